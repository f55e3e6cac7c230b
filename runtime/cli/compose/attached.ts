import { followLog } from '../../compose/operations/logs.ts';
import type { UpContainer } from '../../compose/operations/up.ts';
import type { CliContext } from '../command.ts';
import { LogPrinter, shortName } from './log-printer.ts';
import type { ComposeSession } from './session.ts';

export interface AttachedChoices {
  readonly containers: readonly UpContainer[];
  /** Lines before this moment (ms since 1970) are not shown again. */
  readonly since: number;
  readonly prefix: boolean;
  readonly colour: boolean;
  readonly timestamps: boolean;
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
  #result = 0;

  constructor(cli: CliContext, session: ComposeSession, choices: AttachedChoices) {
    this.#cli = cli;
    this.#session = session;
    this.#choices = choices;
    this.#printer = new LogPrinter(cli, choices);
    for (const { name } of choices.containers) this.#printer.add(shortName(session.project.name, name));
  }

  /**
   * Returns the exit code: that of the service asked for or of the container that stopped all, else 0. `beside` is
   * waited for, too.
   */
  async run(end: AttachedEnd, beside: Promise<void> = Promise.resolve()): Promise<number> {
    const { project } = this.#session;
    const { containers, since } = this.#choices;
    if (containers.length === 0) return 0;
    this.#cli.stderr.write(`Attaching to ${containers.map(({ name }) => shortName(project.name, name)).join(', ')}\n`);
    this.#end = end;
    const interrupts = this.#onInterrupt(end);
    this.#track(beside);
    for (const container of containers) this.attach(container, since);
    try {
      while (this.#pending.size > 0) await Promise.all(this.#pending);
    } finally {
      interrupts.release();
    }
    this.#session.progress.finish();
    if (interrupts.count() > 0) return INTERRUPTED;
    return end.exitFrom === undefined ? this.#result : (this.#codes.get(end.exitFrom) ?? 0);
  }

  /** Shows what a container says from a moment on (ms since 1970), until it ends. */
  attach(container: UpContainer, since: number): void {
    const name = shortName(this.#session.project.name, container.name);
    this.#printer.add(name);
    const options = {
      follow: true,
      timestamps: this.#choices.timestamps,
      tail: 'all',
      since: (since / 1000).toFixed(3),
    };
    this.#track(
      followLog(this.#session.context, container.id, options, (text, stream) => {
        this.#printer.print(name, text, stream);
      }),
    );
    this.#track(this.#ended(container, name));
  }

  #track(work: Promise<void>): void {
    const done = work.finally(() => this.#pending.delete(done));
    done.catch(() => undefined);
    this.#pending.add(done);
  }

  async #ended(container: UpContainer, name: string): Promise<void> {
    const code = await this.#exitCode(container);
    this.#codes.set(container.service, code);
    this.#printer.print(name, `exited with code ${code}`);
    const { abortOn = 'never', stop } = this.#end ?? {};
    const isReason = abortOn === 'exit' || (abortOn === 'failure' && code !== 0);
    if (!isReason || this.#stopping !== null || stop === undefined) return;
    this.#result = code;
    this.#cli.stderr.write(`Aborting on container exit...\n`);
    this.#stopping = stop();
    await this.#stopping;
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
