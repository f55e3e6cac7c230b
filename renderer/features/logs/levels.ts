import { stripAnsi } from '../../ui/log/ansi.ts';
import type { LogBuffer } from '../../ui/log/log-buffer.ts';

/** How bad a line is, as far as its words tell. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** Levels that are shown; none chosen means all of them. */
export type LevelChoice = ReadonlySet<Level>;
export const ALL_LEVELS: LevelChoice = new Set();

/**
 * The level of a line: a word like WARN near its beginning, `level=warn`, or `"level":"warn"`. A line that is indented
 * goes with the one before, as those of a stack trace do. Any other without one is information; on stderr it is not
 * taken for an error, because many programs write everything there.
 */
export function levelOf(text: string, before: Level = 'info'): Level {
  const plain = stripAnsi(text).slice(0, 400);
  const found =
    /\b(?:level|lvl|severity)["']?\s*[=:]\s*["']?(\w+)/i.exec(plain)?.[1] ??
    /(?:^|[\s[|(])(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL|PANIC)\b/.exec(
      plain.slice(0, 120),
    )?.[1];
  switch (found?.toLowerCase()) {
    case 'trace':
    case 'debug':
      return 'debug';
    case 'warn':
    case 'warning':
      return 'warn';
    case 'err':
    case 'error':
    case 'crit':
    case 'critical':
    case 'fatal':
    case 'panic':
      return 'error';
    case undefined:
      return /^\s+\S/.test(plain) ? before : 'info';
    default:
      return 'info';
  }
}

/** The choice after one level was pressed: the first press shows that one alone, the last one taken away all again. */
export function toggled(choice: LevelChoice, level: Level): LevelChoice {
  const next = new Set(choice);
  if (!next.delete(level)) next.add(level);
  return next.size === LEVELS.length ? ALL_LEVELS : next;
}

/** Lines looked at between two looks at the clock. */
const STRIDE = 512;
/** What one slice may take of a frame, in milliseconds. */
const SLICE_MS = 4;

/** The lines of some levels of a log that grows, in a buffer of their own. */
export class LevelFilter {
  readonly #source: LogBuffer;
  readonly #shown: LogBuffer;
  readonly #choice: LevelChoice;
  #next: number;
  #before: Level = 'info';

  constructor(source: LogBuffer, shown: LogBuffer, choice: LevelChoice) {
    this.#source = source;
    this.#shown = shown;
    this.#choice = choice;
    this.#next = source.first;
  }

  /** Takes over lines for a part of a frame. Returns whether there are more. */
  advance(): boolean {
    const deadline = performance.now() + SLICE_MS;
    const taken: string[] = [];
    this.#next = Math.max(this.#next, this.#source.first);
    while (this.#next < this.#source.end) {
      const raw = this.#source.raw(this.#next);
      this.#before = levelOf(raw.slice(raw.indexOf(' ') + 1), this.#before);
      if (this.#choice.has(this.#before)) taken.push(raw);
      this.#next += 1;
      if (this.#next % STRIDE === 0 && performance.now() > deadline) break;
    }
    this.#shown.append(taken);
    return this.#next < this.#source.end;
  }
}
