import type { ProgressEvent } from '../../compose/operations/context.ts';

/** How progress is shown: redrawn in place, a line for each change, or not at all. */
export type ProgressMode = 'tty' | 'plain' | 'quiet';

const MARKS: Readonly<Record<ProgressEvent['state'], string>> = { working: '⠿', done: '✔', warning: '!', error: '✘' };
const COLOURS: Readonly<Record<ProgressEvent['state'], string>> = {
  working: '\u001b[36m',
  done: '\u001b[32m',
  warning: '\u001b[33m',
  error: '\u001b[31m',
};
const RESET = '\u001b[0m';

/** Shows what happens to the objects of a project, on standard error as docker's Compose does. */
export class ComposeProgress {
  readonly #sink: NodeJS.WriteStream;
  readonly #mode: ProgressMode;
  readonly #rows = new Map<string, { event: ProgressEvent; started: number; ended: number | null }>();
  readonly #prefix: string;
  #drawn = 0;
  /** The beginning of a line whose end is still to come. */
  #unfinished = '';

  /** `prefix` stands before everything that is shown. */
  constructor(sink: NodeJS.WriteStream, mode: ProgressMode, prefix = '') {
    this.#sink = sink;
    this.#mode = mode;
    this.#prefix = prefix;
  }

  readonly show = (event: ProgressEvent): void => {
    if (this.#mode === 'quiet' && event.state !== 'warning') return;
    if (this.#mode !== 'tty') {
      this.#sink.write(`${this.#prefix} ${event.object}  ${event.status} \n`);
      return;
    }
    const known = this.#rows.get(event.object);
    const isOver = event.state !== 'working';
    this.#rows.set(event.object, {
      event,
      started: known?.started ?? Date.now(),
      ended: isOver ? Date.now() : null,
    });
    this.#redraw();
  };

  /** What was drawn stays; what comes next stands below. */
  finish(): void {
    this.#rows.clear();
    this.#drawn = 0;
    this.#unfinished = '';
  }

  /** Prints what an operation says above what is drawn. Where nothing is, half a line is printed at once, too. */
  print(sink: NodeJS.WriteStream, text: string): void {
    if (this.#drawn === 0) {
      sink.write(this.#unfinished + text);
      this.#unfinished = '';
      return;
    }
    const whole = this.#unfinished + text;
    const end = whole.lastIndexOf('\n') + 1;
    this.#unfinished = whole.slice(end);
    if (end === 0) return;
    this.#sink.write(`\u001b[${this.#drawn}A\r\u001b[0J`);
    this.#drawn = 0;
    sink.write(whole.slice(0, end));
    this.#redraw();
  }

  #redraw(): void {
    const rows = [...this.#rows];
    // More rows than the window has cannot be redrawn: the oldest that are done scroll away.
    const room = Math.max(4, (this.#sink.rows || 24) - 2);
    const shown = rows.slice(-room);
    const width = Math.max(...shown.map(([object]) => object.length));
    const lines = shown.map(([object, { event, started, ended }]) => {
      const seconds = (((ended ?? Date.now()) - started) / 1000).toFixed(1);
      const { state, status } = event;
      return `${this.#prefix} ${COLOURS[state]}${MARKS[state]}${RESET} ${object.padEnd(width)}  ${COLOURS[state]}${status.padEnd(12)}${RESET} ${seconds}s`;
    });
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#sink.write(`${up}${lines.map((line) => `\r\u001b[2K${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }
}
