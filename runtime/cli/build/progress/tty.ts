import { stripVTControlCharacters } from 'node:util';
import { BuildSteps, secondsText, type BuildDisplay, type BuildStatus, type ShownStep } from './status.ts';

/** Lines of output that are shown of a step that runs. */
const OUTPUT_LINES = 6;
/** ms between two pictures: smooth for an eye. */
const INTERVAL = 100;
const BLUE = '\u001b[34m';
const RED = '\u001b[31m';
const RESET = '\u001b[0m';

/** One picture of a build, at most `height` lines of at most `width` columns. */
export function renderSteps(
  steps: readonly ShownStep[],
  times: { readonly begun: number; readonly now: number; readonly isOver: boolean },
  { width, height }: { readonly width: number; readonly height: number },
): string[] {
  const visible = steps.filter(({ started, cached }) => started !== null || cached);
  const done = steps.filter(({ completed, cached }) => completed !== null || cached).length;
  const head = `[+] Building ${secondsText(times.begun, times.now)} (${done}/${steps.length})${times.isOver ? ' FINISHED' : ''}`;
  const rows = visible.flatMap((step) => rowsOf(step, times.now, width));
  // What is over goes first when there is not enough room.
  const room = Math.max(1, height - 1);
  return [head.slice(0, width), ...rows.slice(-room)];
}

function rowsOf(step: ShownStep, now: number, width: number): string[] {
  const { name, started, completed, cached, error, lines, parts } = step;
  const isRunning = completed === null && !cached;
  const label = `${cached ? ' => CACHED ' : error === '' ? ' => ' : ' => ERROR '}${name}`;
  const time = secondsText(started, completed ?? (cached ? started : now));
  const rows = [colour(aligned(label, time, width), isRunning ? '' : error === '' ? BLUE : RED)];
  if (!isRunning) return rows;
  for (const [id, { current, total, isDone }] of [...parts].slice(-OUTPUT_LINES))
    if (!isDone) rows.push(aligned(` => => ${id}`, amount(current, total), width));
  for (const { text } of lines.slice(-OUTPUT_LINES)) rows.push(` => => # ${printable(text)}`.slice(0, width));
  return rows;
}

function amount(current: number, total: number): string {
  if (total > 0) return `${Math.floor((current / total) * 100)}%`;
  return current === 0 ? '' : `${(current / 1e6).toFixed(1)}MB`;
}

function aligned(label: string, end: string, width: number): string {
  const room = Math.max(1, width - end.length - 1);
  return `${printable(label).slice(0, room).padEnd(room)} ${end}`.slice(0, width);
}

/** A command's own escapes must not move the cursor of the picture. */
function printable(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\t', ' ')).replaceAll(/\p{Cc}/gu, '');
}

function colour(text: string, code: string): string {
  return code === '' ? text : `${code}${text}${RESET}`;
}

/** Steps that are redrawn in place, as `docker build` does it on a terminal. */
export class TtyDisplay implements BuildDisplay {
  readonly #sink: NodeJS.WriteStream;
  readonly #steps = new BuildSteps();
  readonly #begun = Date.now();
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;

  constructor(sink: NodeJS.WriteStream) {
    this.#sink = sink;
    this.#timer = setInterval(() => {
      this.#draw(false);
    }, INTERVAL);
  }

  update(status: BuildStatus): void {
    this.#steps.take(status);
  }

  #draw(isOver: boolean): void {
    const size = {
      width: this.#sink.columns || 80,
      height: isOver ? Number.MAX_SAFE_INTEGER : (this.#sink.rows || 24) - 1,
    };
    const times = { begun: this.#begun, now: Date.now(), isOver };
    const rows = renderSteps(this.#steps.all, times, size);
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`;
    // To the end of the screen: a picture may have fewer lines than the one before.
    this.#sink.write(`${up}\r\u001b[J${rows.join('\n')}\n`);
    this.#drawn = rows.length;
  }

  finish(): void {
    clearInterval(this.#timer);
    this.#draw(true);
  }
}
