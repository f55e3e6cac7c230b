import { setTimeout as sleep } from 'node:timers/promises';
import { inspectContainer, unlessGone } from '../../compose/objects/containers.ts';
import { followLog } from '../../compose/operations/logs.ts';
import { followStarts, startedAt } from '../../compose/operations/starts.ts';
import type { UpContainer } from '../../compose/operations/up.ts';
import type { CliContext } from '../command.ts';
import { LogPrinter, shortName } from './log-printer.ts';
import type { ComposeSession } from './session.ts';

export interface AttachedChoices {
  readonly containers: readonly UpContainer[];
  /** Whether what a service says is shown. */
  readonly isShown: (service: string) => boolean;
  /** Lines before this moment (ms since 1970) are not shown again. */
  readonly since: number;
  readonly prefix: boolean;
  readonly colour: boolean;
  readonly timestamps: boolean;
  /** What commands of `post_start` have printed before. */
  readonly said: readonly HookLine[];
}

/** A line of a command that was run for a container. */
export interface HookLine {
  readonly container: { readonly service: string; readonly name: string };
  readonly text: string;
}

export interface AttachedEnd {
  /** When a container's end stops all others. */
  readonly abortOn: 'never' | 'exit' | 'failure';
  /** The service whose exit code is the command's. */
  readonly exitFrom: string | undefined;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/** Exit code of a command that was interrupted. */
const INTERRUPTED = 130;
/** Status of a container that has ended and is not over. */
const GOES_ON: ReadonlySet<string> = new Set(['restarting', 'running']);
/** Between two looks at one that is to begin again, whose policy waits 100 ms at least. */
const RESTART_LOOK_MS = 100;

/** The foreground of `compose up`: logs of all containers until they end or the person interrupts. */
export class AttachedRun {
  readonly #session: ComposeSession;
  readonly #choices: AttachedChoices;
  readonly #printer: LogPrinter;
  readonly #cli: CliContext;
  readonly #codes = new Map<string, number>();
  /** What is waited for; who is done takes itself out. */
  readonly #pending = new Set<Promise<void>>();
  #end: AttachedEnd | null = null;
  #stopping: Promise<void> | null = null;
  /** Ids of those whose end is awaited. */
  readonly #attached = new Set<string>();
  #result = 0;

  constructor(cli: CliContext, session: ComposeSession, choices: AttachedChoices) {
    this.#cli = cli;
    this.#session = session;
    this.#choices = choices;
    this.#printer = new LogPrinter(cli, choices);
    for (const { name } of this.#shown()) this.#printer.add(shortName(session.project.name, name));
  }

  /**
   * Returns the exit code: that of the service asked for or of the container that stopped all, else 0. `beside` is
   * waited for, too.
   */
  async run(end: AttachedEnd, beside: Promise<void> = Promise.resolve()): Promise<number> {
    const { project, context } = this.#session;
    const containers = this.#shown();
    if (containers.length === 0) return 0;
    this.#cli.stdout.write(`Attaching to ${containers.map(({ name }) => shortName(project.name, name)).join(', ')}\n`);
    for (const line of this.#choices.said) this.printHook(line);
    this.#end = end;
    const interrupts = this.#onInterrupt(end);
    this.#track(beside);
    for (const container of containers) this.#attach(container, (this.#choices.since / 1000).toFixed(3));
    const over = new AbortController();
    const signal = AbortSignal.any([context.signal, over.signal]);
    const starts = followStarts({ ...context, signal }, project.name, (container) => {
      if (this.#choices.isShown(container.service)) this.#track(this.#attachAgain(container));
    });
    // Told below, with what else went wrong.
    starts.catch(() => undefined);
    try {
      while (this.#pending.size > 0) await Promise.all(this.#pending);
    } finally {
      over.abort();
      interrupts.release();
      await starts;
    }
    this.#session.progress.finish();
    if (interrupts.count() > 0) return INTERRUPTED;
    return end.exitFrom === undefined ? this.#result : (this.#codes.get(end.exitFrom) ?? 0);
  }

  /** Shows what a command printed, behind the name of the container it was run for. */
  printHook({ container: { service, name }, text }: HookLine): void {
    if (!this.#choices.isShown(service)) return;
    const source = `${shortName(this.#session.project.name, name)} ->`;
    this.#printer.add(source);
    this.#printer.print(source, text);
  }

  #shown(): UpContainer[] {
    const { containers, isShown } = this.#choices;
    return containers.filter(({ service }) => isShown(service));
  }

  /** Shows what a container says from a moment on (the API's `since`), until it ends. */
  #attach(container: UpContainer, since: string): void {
    if (this.#attached.has(container.id)) return;
    this.#attached.add(container.id);
    const name = shortName(this.#session.project.name, container.name);
    this.#printer.add(name);
    const options = { follow: true, timestamps: this.#choices.timestamps, tail: 'all', since };
    const said = followLog(this.#session.context, container.id, options, (text, stream) => {
      this.#printer.print(name, text, stream);
    });
    this.#track(this.#ended(container, name, said));
  }

  /** Of one that was started while others were shown: by a restart, by somebody else, or as one more of its service. */
  async #attachAgain(container: UpContainer): Promise<void> {
    if (this.#attached.has(container.id) || this.#stopping !== null) return;
    await unlessGone(
      startedAt(this.#session.context, container.id).then((since) => {
        this.#attach(container, since);
      }),
    );
  }

  #track(work: Promise<void>): void {
    const done = work.finally(() => this.#pending.delete(done));
    done.catch(() => undefined);
    this.#pending.add(done);
  }

  async #ended(container: UpContainer, name: string, said: Promise<void>): Promise<void> {
    const [code] = await Promise.all([this.#exitCode(container), said]);
    this.#attached.delete(container.id);
    this.#codes.set(container.service, code);
    const again = this.#stopping === null && GOES_ON.has(await this.#statusOf(container));
    this.#printer.tell(name, `exited with code ${code}${again ? ' (restarting)' : ''}`);
    if (again) return this.#restarted(container);
    const { abortOn = 'never', stop } = this.#end ?? {};
    const isReason = abortOn === 'exit' || (abortOn === 'failure' && code !== 0);
    if (!isReason || this.#stopping !== null || stop === undefined) return;
    this.#result = code;
    this.#cli.stderr.write(`Aborting on container exit...\n`);
    this.#stopping = stop();
    await this.#stopping;
  }

  /** `running`, `restarting`, `exited`, ...; '' for a container that is gone. */
  async #statusOf({ id }: UpContainer): Promise<string> {
    let status = '';
    await unlessGone(
      inspectContainer(this.#session.context.api, id).then(({ State }) => {
        status = State.Status;
      }),
    );
    return status;
  }

  /** Waits until a container that its policy restarts is begun again, or is not after all. */
  async #restarted(container: UpContainer): Promise<void> {
    for (;;) {
      const status = await this.#statusOf(container);
      if (this.#attached.has(container.id) || !GOES_ON.has(status)) return;
      if (status === 'running') return this.#attachAgain(container);
      await sleep(RESTART_LOOK_MS);
    }
  }

  async #exitCode({ id }: UpContainer): Promise<number> {
    const { StatusCode } = await this.#session.context.api.json<{ StatusCode: number }>(
      'POST',
      `/containers/${id}/wait`,
    );
    return StatusCode;
  }

  /** The first interrupt stops, the second kills. */
  #onInterrupt(end: AttachedEnd): { release: () => void; count: () => number } {
    let count = 0;
    const handler = (): void => {
      count += 1;
      this.#cli.stderr.write(count === 1 ? '\nGracefully Stopping... press Ctrl+C again to force\n' : '\nKilling...\n');
      const work = count === 1 ? end.stop() : end.kill();
      work.catch((error: unknown) => {
        this.#cli.stderr.write(`${String(error)}\n`);
      });
    };
    process.on('SIGINT', handler);
    process.on('SIGTERM', handler);
    return {
      release: () => {
        process.off('SIGINT', handler);
        process.off('SIGTERM', handler);
      },
      count: () => count,
    };
  }
}
