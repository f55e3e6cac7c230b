import { stripAnsi } from './ansi.ts';

/** One line, taken apart when it is looked at. */
export interface LogLine {
  readonly stderr: boolean;
  /** RFC 3339 with nanoseconds; empty for a line without one. */
  readonly time: string;
  readonly text: string;
}

/** Lines kept; at some 120 bytes each this is about 12 MB. */
const DEFAULT_CAPACITY = 100_000;
/** Old lines are dropped this many at a time, because moving the others down costs the same however many go. */
const DROP_BATCH = 8192;
/** As much of a line is searched: a careless expression on one endless line must not hold the page. */
export const SEARCHED_CHARACTERS = 4096;
const STDERR_MARK = '\x02';

/**
 * The lines of a log stream: a bounded list that is appended to in big chunks. Knows no DOM. A line is held as it
 * came (mark, timestamp, text) and only taken apart when it is shown, so appending costs little more than decoding.
 */
export class LogBuffer {
  readonly #capacity: number;
  #decoder = new TextDecoder();
  #partial = '';
  #lines: string[] = [];
  /** Running total of visual rows, parallel to the lines; only kept while wrapping. */
  #rows: number[] = [];
  #dropped = 0;
  #columns = 0;
  #longest = 0;
  /** Time of the last line, and how many lines had it: where to go on after a break. */
  #lastTime = '';
  #lastCount = 0;
  #skip: { time: string; count: number } | null = null;

  constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** Lines held now. */
  get length(): number {
    return this.#lines.length;
  }

  /** Lines dropped from the front so far: the absolute number of the first line held. */
  get first(): number {
    return this.#dropped;
  }

  /** Absolute number after the last line. */
  get end(): number {
    return this.#dropped + this.#lines.length;
  }

  /** Length of the longest line seen, in UTF-16 units, timestamp not counted. */
  get longest(): number {
    return this.#longest;
  }

  /** Appends a chunk cut anywhere. */
  push(bytes: Uint8Array): void {
    const text = this.#partial + this.#decoder.decode(bytes, { stream: true });
    const lines = text.split('\n');
    this.#partial = lines.pop() ?? '';
    const fresh = this.#skip === null ? lines : this.#skipSeen(lines);
    this.append(fresh);
    this.#remember(fresh);
  }

  /** Appends whole lines as they came. */
  append(lines: readonly string[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      if (line.length > this.#longest) this.#longest = line.length;
      if (this.#columns > 0) this.#rows.push((this.#rows.at(-1) ?? 0) + this.#rowsOf(line));
    }
    const surplus = this.#lines.length - this.#capacity;
    if (surplus >= DROP_BATCH) this.#drop(surplus);
  }

  /**
   * Prepares to take the stream up again after a break: the new stream starts at the time of the last line, so as
   * many lines as had that time already are skipped. Returns that time as `since`, or undefined when nothing came yet.
   */
  resume(): string | undefined {
    this.#decoder = new TextDecoder();
    this.#partial = '';
    this.#skip = this.#lastTime === '' ? null : { time: this.#lastTime, count: this.#lastCount };
    return this.#lastTime === '' ? undefined : unixTime(this.#lastTime);
  }

  /** Forgets all lines, but not where the stream is. */
  clear(): void {
    this.#dropped += this.#lines.length;
    this.#lines = [];
    this.#rows = [];
    this.#longest = 0;
  }

  /** The line with this absolute number, or null. */
  line(number: number): LogLine | null {
    const raw = this.#lines[number - this.#dropped];
    return raw === undefined ? null : splitLine(raw);
  }

  /** The line with this absolute number as it came: mark, time, a space, text. Empty when it is not held. */
  raw(number: number): string {
    return this.#lines[number - this.#dropped] ?? '';
  }

  /** Whether the text of the line with this absolute number matches, as far as lines are searched. */
  matches(number: number, pattern: RegExp): boolean {
    const raw = this.#lines[number - this.#dropped];
    if (raw === undefined) return false;
    return pattern.test(stripAnsi(raw.slice(raw.indexOf(' ') + 1)).slice(0, SEARCHED_CHARACTERS));
  }

  /** Everything held, one string per line, with a newline each. */
  *export(timestamps: boolean): Generator<string> {
    for (const raw of this.#lines) {
      const { time, text } = splitLine(raw);
      yield `${timestamps && time !== '' ? `${time} ` : ''}${stripAnsi(text)}\n`;
    }
  }

  /* ---------------------------------------------------------------- visual rows */

  /** Wraps lines at this many columns; 0 for no wrapping. */
  setColumns(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#rows = [];
    if (columns === 0) return;
    let total = 0;
    for (const line of this.#lines) {
      total += this.#rowsOf(line);
      this.#rows.push(total);
    }
  }

  /** Visual rows of all lines held. */
  get rowCount(): number {
    if (this.#columns === 0) return this.#lines.length;
    return (this.#rows.at(-1) ?? 0) - this.#rowBase();
  }

  /** Which line a visual row (counted from the first line held) belongs to, and which piece of it. */
  locate(row: number): { line: number; piece: number } {
    if (this.#columns === 0) return { line: this.#dropped + row, piece: 0 };
    const wanted = row + this.#rowBase();
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] ?? 0) <= wanted) low = middle + 1;
      else high = middle;
    }
    const before = low === 0 ? this.#rowBase() : (this.#rows[low - 1] ?? 0);
    return { line: this.#dropped + low, piece: wanted - before };
  }

  /** First visual row of a line. */
  rowOf(number: number): number {
    const index = number - this.#dropped;
    if (this.#columns === 0) return index;
    return (index <= 0 ? this.#rowBase() : (this.#rows[index - 1] ?? 0)) - this.#rowBase();
  }

  #rowBase(): number {
    return (this.#rows[0] ?? 0) - (this.#lines[0] === undefined ? 0 : this.#rowsOf(this.#lines[0]));
  }

  #rowsOf(raw: string): number {
    const length = stripAnsi(raw).length - raw.indexOf(' ') - 1;
    return Math.max(1, Math.ceil(length / this.#columns));
  }

  #drop(count: number): void {
    this.#lines.splice(0, count);
    if (this.#columns > 0) this.#rows.splice(0, count);
    this.#dropped += count;
  }

  #remember(lines: readonly string[]): void {
    const last = lines.at(-1);
    if (last === undefined) return;
    const time = timeOf(last);
    if (time === '') return;
    let count = 0;
    while (count < lines.length && timeOf(lines[lines.length - 1 - count] ?? '') === time) count += 1;
    this.#lastCount = time === this.#lastTime && count === lines.length ? this.#lastCount + count : count;
    this.#lastTime = time;
  }

  #skipSeen(lines: readonly string[]): readonly string[] {
    const skip = this.#skip;
    if (skip === null) return lines;
    let index = 0;
    while (index < lines.length) {
      const time = timeOf(lines[index] ?? '');
      if (time > skip.time) break;
      if (time === skip.time) {
        if (skip.count === 0) break;
        skip.count -= 1;
      }
      index += 1;
    }
    if (index < lines.length) this.#skip = null;
    return lines.slice(index);
  }
}

function timeOf(raw: string): string {
  const end = raw.indexOf(' ');
  return end < 0 ? '' : raw.slice(1, end);
}

function splitLine(raw: string): LogLine {
  const end = raw.indexOf(' ');
  const text = raw.slice(end + 1);
  // A progress bar draws over itself with carriage returns: what was drawn last is what counts.
  const trimmed = text.endsWith('\r') ? text.slice(0, -1) : text;
  const shown = trimmed.includes('\r') ? trimmed.slice(trimmed.lastIndexOf('\r') + 1) : trimmed;
  return { stderr: raw.startsWith(STDERR_MARK), time: end < 0 ? '' : raw.slice(1, end), text: shown };
}

/** RFC 3339 with nanoseconds as Unix seconds with nine decimals, as the API's `since` wants it. */
export function unixTime(time: string): string | undefined {
  const found = /^(.*?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  const seconds = found === null ? Number.NaN : Date.parse(`${found[1] ?? ''}${found[3] ?? ''}`) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return `${String(seconds)}.${(found?.[2] ?? '').padEnd(9, '0')}`;
}
