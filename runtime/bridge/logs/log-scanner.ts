import { stripVTControlCharacters } from 'node:util';
import type { LogMatch } from '../../contract/log-search.ts';

/** As much of a line is searched, as in the view of a log. */
const SEARCHED_CHARACTERS = 4096;
const STDERR_MARK = '\x02';

/** A line as it came, taken apart. */
export interface ScannedLine {
  readonly time: string;
  /** How many lines before it are of the very same time: what is written at once has one. */
  readonly nth: number;
  readonly stderr: boolean;
  readonly text: string;
}

/** A match whose lines after it have not all come. */
interface Open {
  readonly match: LogMatch & { readonly after: string[] };
  missing: number;
}

/** Takes lines out of the bytes of a log in the contract's form, cut anywhere. */
export class LogLines {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #time = '';
  #nth = 0;

  push(bytes: Uint8Array): ScannedLine[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => this.#line(line));
  }

  /** The line that has no end, if there is one. */
  end(): ScannedLine[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [this.#line(rest)];
  }

  #line(raw: string): ScannedLine {
    const line = lineOf(raw);
    this.#nth = line.time === this.#time ? this.#nth + 1 : 0;
    this.#time = line.time;
    return { ...line, nth: this.#nth };
  }
}

function lineOf(raw: string): Omit<ScannedLine, 'nth'> {
  const space = raw.indexOf(' ');
  const text = raw.slice(space + 1, space + 1 + 4 * SEARCHED_CHARACTERS);
  const trimmed = text.endsWith('\r') ? text.slice(0, -1) : text;
  // A progress bar draws over itself: what was drawn last is what counts.
  const shown = trimmed.slice(trimmed.lastIndexOf('\r') + 1);
  return {
    stderr: raw.startsWith(STDERR_MARK),
    time: raw.slice(1, Math.max(1, space)),
    text: stripVTControlCharacters(shown).slice(0, SEARCHED_CHARACTERS),
  };
}

/** Looks for an expression in one log, and keeps the lines around what it finds, each once. */
export class LogScanner {
  readonly #pattern: RegExp;
  readonly #context: number;
  readonly #lines = new LogLines();
  /** The latest lines that no match has. */
  #before: string[] = [];
  /** How many lines no match has had since the last one; infinitely many before the first. */
  #left = Infinity;
  #open: Open | null = null;
  #count = 0;

  /** `pattern` without the flags `g` and `y`. */
  constructor(pattern: RegExp, context: number) {
    this.#pattern = pattern;
    this.#context = context;
  }

  /** Lines looked at so far. */
  get lines(): number {
    return this.#count;
  }

  /** Takes bytes. Returns the matches that are whole now, oldest first. */
  push(bytes: Uint8Array): LogMatch[] {
    return this.#take(this.#lines.push(bytes));
  }

  /** The log has ended. Returns the matches that are left. */
  end(): LogMatch[] {
    const whole = this.#take(this.#lines.end());
    const left = this.#open === null ? [] : [this.#open.match];
    this.#open = null;
    return [...whole, ...left];
  }

  #take(lines: readonly ScannedLine[]): LogMatch[] {
    const whole: LogMatch[] = [];
    for (const line of lines) {
      this.#count += 1;
      const found = this.#pattern.exec(line.text);
      if (found === null) this.#leave(line.text, whole);
      else whole.push(...this.#find(line, [found.index, found.index + found[0].length]));
    }
    return whole;
  }

  /** Takes a line that is no match. A match that needed only this one goes to `whole`. */
  #leave(text: string, whole: LogMatch[]): void {
    if (this.#open !== null) {
      this.#open.match.after.push(text);
      this.#open.missing -= 1;
      if (this.#open.missing > 0) return;
      whole.push(this.#open.match);
      this.#open = null;
    } else if (this.#context > 0) {
      this.#before = [...this.#before, text].slice(-this.#context);
      this.#left += 1;
    }
  }

  /** Takes a match. Returns what is whole now. */
  #find(line: ScannedLine, at: LogMatch['at']): LogMatch[] {
    const joined = this.#context > 0 && (this.#open !== null || this.#left <= this.#context);
    const match = { ...line, at, before: this.#before, after: [], joined };
    this.#before = [];
    this.#left = 0;
    if (this.#context === 0) return [match];
    const earlier = this.#open === null ? [] : [this.#open.match];
    this.#open = { match, missing: this.#context };
    return earlier;
  }
}
