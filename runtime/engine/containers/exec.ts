import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import * as z from 'zod';
import { Readable, type Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { Launcher, Supervised } from '../launcher/interface.ts';
import { LaunchError, type ExitRecord, type ProcessPlan } from '../launcher/types.ts';
import type { AppArmor } from '../system/apparmor.ts';
import { permitsBirth } from '../seccomp/permits-birth.ts';
import type { EventBus } from '../system/events.ts';
import { monitorSocketPath } from '../system/paths.ts';
import { processEnvironment } from './command.ts';
import type { ContainerHandle } from './handle.ts';
import type { Isolation } from './isolation.ts';
import { processPlan } from './plan.ts';
import type { Planner } from './planner.ts';
import { buildProcess, seccompFor } from './spec.ts';
import type { ContainerRecord } from './types.ts';

const execConfigSchema = z.looseObject({
  AttachStdin: z.boolean().nullish(),
  AttachStdout: z.boolean().nullish(),
  AttachStderr: z.boolean().nullish(),
  Tty: z.boolean().nullish(),
  Detach: z.boolean().nullish(),
  DetachKeys: z.string().nullish(),
  Env: z.array(z.string()).nullish(),
  Cmd: z.union([z.array(z.string()), z.string().transform((word) => [word])]).nullish(),
  Privileged: z.boolean().nullish(),
  User: z.string().nullish(),
  WorkingDir: z.string().nullish(),
  ConsoleSize: z.array(z.number()).nullish(),
});

export type ExecConfig = z.infer<typeof execConfigSchema>;

/** A command in a running container: made, then started once, then kept for inspect until the container goes. */
export interface ExecSession {
  readonly id: string;
  readonly container: ContainerHandle;
  readonly config: ExecConfig;
  started: boolean;
  supervised: Supervised | null;
  running: boolean;
  pid: number;
  exitCode: number | null;
  /** How it ends; null until it was started. */
  exited: Promise<ExitRecord> | null;
  /** A size asked for while the process was being made: rows and columns. */
  wantedSize: readonly [number, number] | null;
}

/** Ended execs are kept this long for `docker exec` to read the exit code: Docker's 5 minutes, in milliseconds. */
const KEEP_ENDED = 5 * 60 * 1000;

export interface ExecParts {
  readonly launcher: Launcher;
  readonly planner: Planner;
  readonly events: EventBus;
  readonly execRoot: string;
  readonly linkVariables: (record: ContainerRecord) => readonly string[];
  readonly isolation: Pick<Isolation, 'assertExec'>;
  readonly apparmor: Pick<AppArmor, 'ensure'>;
}

/** Two blocks of zeroes end an archive (POSIX pax). */
const EMPTY_ARCHIVE_BYTES = 1024;

export class Execs {
  readonly #sessions = new Map<string, ExecSession>();
  readonly #parts: ExecParts;

  constructor(parts: ExecParts) {
    this.#parts = parts;
    parts.events.subscribe(({ Type, Action, Actor }) => {
      if (Type === 'container' && Action === 'destroy') this.#forget(({ container }) => container.id === Actor.ID);
    });
  }

  /** The container has ended: what was not started in this run never is. How the others ended can still be asked. */
  ended(container: ContainerHandle): void {
    this.#forget((session) => session.container === container && !session.started);
  }

  #forget(isGone: (session: ExecSession) => boolean): void {
    for (const session of this.#sessions.values()) {
      if (!isGone(session)) continue;
      this.#sessions.delete(session.id);
      session.container.execs.delete(session.id);
    }
  }

  /**
   * Reads the body of `POST /containers/{id}/exec` and makes a session. Throws `invalid`, also for a user whom the container
   * does not know, `conflict` when nothing runs, `forbidden` for privileges where containers are isolated strictly.
   */
  async create(container: ContainerHandle, body: unknown): Promise<ExecSession> {
    const parsed = execConfigSchema.safeParse(body ?? {});
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new EngineError('invalid', `invalid exec config: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
    }
    if ((parsed.data.Cmd ?? []).length === 0) throw new EngineError('invalid', 'No exec command specified');
    this.#parts.isolation.assertExec(parsed.data.Privileged === true);
    await this.#assertUser(assertRuns(container), parsed.data.User ?? '');
    const session: ExecSession = {
      id: randomBytes(32).toString('hex'),
      container,
      config: parsed.data,
      started: false,
      supervised: null,
      running: false,
      pid: 0,
      exitCode: null,
      exited: null,
      wantedSize: null,
    };
    this.#sessions.set(session.id, session);
    container.execs.add(session.id);
    this.#publish(session, `exec_create: ${(parsed.data.Cmd ?? []).join(' ')}`);
    return session;
  }

  /**
   * Asked while it can be answered: a start has its connection taken over. Numbers need no looking up. An empty archive that
   * is to be a user's has the user looked up, and nothing done; where that cannot be, the start will tell.
   */
  async #assertUser({ process }: Supervised, owner: string): Promise<void> {
    if (/^(?:\d+(?::\d+)?)?$/.test(owner)) return;
    const nothing = Readable.from([Buffer.alloc(EMPTY_ARCHIVE_BYTES)]);
    const look = this.#parts.launcher.storage.extract({ process, bare: false }, '/', nothing, {
      keepKinds: true,
      owner,
    });
    await look.catch((error: unknown) => {
      if (error instanceof LaunchError && error.kind === 'bad-user')
        throw new EngineError('invalid', error.message, { cause: error });
    });
  }

  /** Throws `not-found`. */
  find(id: string): ExecSession {
    const session =
      this.#sessions.get(id) ?? [...this.#sessions.values()].find((one) => id.length >= 12 && one.id.startsWith(id));
    if (session === undefined) throw new EngineError('not-found', `No such exec instance: ${id}`);
    return session;
  }

  /** Throws `conflict` when the session has run before or its container does not run, `forbidden` as `create`. */
  assertStartable(session: ExecSession): Supervised {
    this.#parts.isolation.assertExec(session.config.Privileged === true);
    if (session.started) throw new EngineError('conflict', `exec ${session.id} has already run`);
    return assertRuns(session.container);
  }

  /** Sets the terminal's size, as soon as there is one when the process is still being made. Throws `conflict`. */
  async resize(session: ExecSession, rows: number, columns: number): Promise<void> {
    if (session.supervised !== null) await session.supervised.resize(rows, columns);
    else if (session.started && session.exitCode === null) session.wantedSize = [rows, columns];
    else throw new EngineError('conflict', `exec ${session.id} is not running`);
  }

  /** Starts the command; with `attach`, returns its stream connected before the first byte. */
  async start(session: ExecSession, attach: boolean, consoleSize: readonly number[] | null): Promise<Duplex | null> {
    const { container, config } = session;
    const process = this.assertStartable(session);
    session.started = true;
    let supervised: Supervised | null = null;
    try {
      const plan = this.#processPlan(session, attach, consoleSize);
      await this.#parts.apparmor.ensure(plan.apparmorProfile);
      supervised = await this.#parts.launcher.exec({
        id: session.id,
        socketPath: monitorSocketPath(this.#parts.execRoot, session.id),
        target: process.process,
        process: plan,
        cgroups: this.#parts.planner.cgroups(container),
        restrictBeforeBirth: permitsBirth(plan.seccomp),
      });
      const streams = {
        stdin: config.AttachStdin === true,
        stdout: config.AttachStdout === true,
        stderr: config.AttachStderr === true,
      };
      const stream = attach ? await supervised.attach(streams) : null;
      if (session.wantedSize !== null) await supervised.resize(...session.wantedSize);
      await supervised.start();
      this.#follow(session, supervised);
      return stream;
    } catch (error) {
      supervised?.release();
      if (error instanceof LaunchError && error.kind === 'process-gone') await this.#tidyUpLost(session);
      this.#end(session, error instanceof LaunchError && error.kind === 'command-not-found' ? 127 : 126);
      throw error;
    }
  }

  #follow(session: ExecSession, supervised: Supervised): void {
    session.supervised = supervised;
    session.exited = supervised.exited;
    session.running = true;
    session.pid = supervised.process.pid;
    this.#publish(session, `exec_start: ${(session.config.Cmd ?? []).join(' ')}`);
    void supervised.exited.then(async (exit) => {
      supervised.release();
      if (exit.lost === true) await this.#tidyUpLost(session);
      this.#end(session, exit.exitCode);
      this.#publish(session, 'exec_die', { exitCode: String(exit.exitCode) });
    });
  }

  /** What a monitor that was killed would have removed. Never rejects: the next start of the engine tries again. */
  async #tidyUpLost(session: ExecSession): Promise<void> {
    await rm(monitorSocketPath(this.#parts.execRoot, session.id), { force: true }).catch(() => undefined);
  }

  #end(session: ExecSession, exitCode: number): void {
    session.supervised = null;
    session.running = false;
    session.pid = 0;
    session.exitCode = exitCode;
    session.container.execs.delete(session.id);
    setTimeout(() => this.#sessions.delete(session.id), KEEP_ENDED).unref();
  }

  #processPlan(session: ExecSession, attach: boolean, consoleSize: readonly number[] | null): ProcessPlan {
    const { container, config } = session;
    const { record } = container;
    const input = this.#parts.planner.specInput(record, 'create');
    const privileged = config.Privileged === true || record.hostConfig.Privileged === true;
    const environment = processEnvironment(
      { ...record.config, Tty: config.Tty },
      this.#parts.planner.hostname(record),
      this.#parts.linkVariables(record),
    );
    const own = config.Env ?? [];
    const names = new Set(own.map((entry) => entry.split('=', 1)[0]));
    const size = config.ConsoleSize ?? consoleSize;
    const process = buildProcess(
      {
        host: input.host,
        labels: input.labels,
        hostConfig: { ...input.hostConfig, ConsoleSize: size === null ? null : [...size] },
      },
      {
        privileged,
        environment: [...environment.filter((entry) => !names.has(entry.split('=', 1)[0])), ...own],
        args: config.Cmd ?? [],
        user:
          config.User === undefined || config.User === null || config.User === ''
            ? (record.config.User ?? '')
            : config.User,
        cwd: firstNonEmpty(config.WorkingDir, record.config.WorkingDir, '/'),
        terminal: config.Tty === true,
      },
    );
    const openStdin = attach && config.AttachStdin === true;
    return processPlan(process, seccompFor(input, privileged), { openStdin, stdinOnce: openStdin });
  }

  #publish(session: ExecSession, action: string, attributes: Record<string, string> = {}): void {
    const { record } = session.container;
    this.#parts.events.publish('container', action, record.id, {
      ...record.config.Labels,
      execID: session.id,
      image: record.imageName,
      name: record.name,
      ...attributes,
    });
  }
}

function firstNonEmpty(...candidates: readonly (string | null | undefined)[]): string {
  return candidates.find((text) => text !== undefined && text !== null && text !== '') ?? '';
}

/** The process of a container an exec can enter. Throws `conflict` in Docker's words. */
function assertRuns(container: ContainerHandle): Supervised {
  container.assertReachable();
  if (container.state.status === 'paused') {
    throw new EngineError('conflict', `Container ${container.id} is paused, unpause the container before exec`);
  }
  if (container.supervised === null || !container.running) {
    throw new EngineError('conflict', `container ${container.id} is not running`);
  }
  return container.supervised;
}
