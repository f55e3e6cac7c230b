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

  constructor(cli: CliContext, session: ComposeSession, choices: AttachedChoices) {
    this.#cli = cli;
    this.#session = session;
    this.#choices = choices;
    this.#printer = new LogPrinter(cli, choices);
    for (const { name } of choices.containers) this.#printer.add(shortName(session.project.name, name));
  }

  /** Returns the exit code: that of the service asked for or of the container that stopped all, else 0. */
  async run(end: AttachedEnd): Promise<number> {
    const { context, project } = this.#session;
    const { containers } = this.#choices;
    if (containers.length === 0) return 0;
    this.#cli.stderr.write(`Attaching to ${containers.map(({ name }) => shortName(project.name, name)).join(', ')}\n`);
    const interrupts = this.#onInterrupt(end);
    const codes = new Map<string, number>();
    let stopping: Promise<void> | null = null;
    let result = 0;
    const ended = containers.map(async (container) => {
      const code = await this.#exitCode(container);
      codes.set(container.service, code);
      this.#printer.print(shortName(project.name, container.name), `exited with code ${code}`);
      const isReason = end.abortOn === 'exit' || (end.abortOn === 'failure' && code !== 0);
      if (!isReason || stopping !== null) return;
      result = code;
      this.#cli.stderr.write(`Aborting on container exit...\n`);
      stopping = end.stop();
      await stopping;
    });
    const logs = containers.map((container) =>
      followLog(
        context,
        container.id,
        {
          follow: true,
          timestamps: this.#choices.timestamps,
          tail: 'all',
          since: (this.#choices.since / 1000).toFixed(3),
        },
        (text, stream) => {
          this.#printer.print(shortName(project.name, container.name), text, stream);
        },
      ),
    );
    try {
      await Promise.all([...ended, ...logs]);
    } finally {
      interrupts.release();
    }
    this.#session.progress.finish();
    if (interrupts.count() > 0) return INTERRUPTED;
    return end.exitFrom === undefined ? result : (codes.get(end.exitFrom) ?? 0);
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
