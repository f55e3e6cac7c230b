import { LEVELS, levelOfPlain, type Level } from '../../../runtime/contract/log-level.ts';
import { stripAnsi } from '../../ui/log/ansi.ts';
import type { LogBuffer } from '../../ui/log/log-buffer.ts';

/** Levels that are shown; none chosen means all of them. */
export type LevelChoice = ReadonlySet<Level>;
export const ALL_LEVELS: LevelChoice = new Set();

/** The level of a line as it came, with the one before it. */
export function levelOf(text: string, before: Level = 'info'): Level {
  return levelOfPlain(stripAnsi(text), before);
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
