import type { Level } from '../../../runtime/contract/log-level.ts';
import { stripAnsi } from '../../ui/log/ansi.ts';
import type { LogBuffer } from '../../ui/log/log-buffer.ts';
import { ALL_LEVELS, levelOf, type LevelChoice } from './levels.ts';

/** Lines kept of all sources together. */
const MAX_LINES = 50_000;
/** Colours of the sources' names: the terminal's, without black, white and the red of errors. */
const COLOURS = [36, 33, 35, 32, 34, 96, 93, 95, 92, 94];

/** Which lines are shown. */
export interface LogFilter {
  readonly levels: LevelChoice;
  /** null shows them all. */
  readonly pattern: RegExp | null;
}

interface Line {
  readonly time: string;
  readonly mark: string;
  readonly source: string;
  readonly text: string;
  readonly level: Level;
}

/** Lines of several logs in one buffer, in the order of their time as far as it is known when they are shown. */
export class MergedLog {
  readonly #buffer: LogBuffer;
  readonly #encoder = new TextEncoder();
  #lines: Line[] = [];
  #waiting: Line[] = [];
  #filter: LogFilter = { levels: ALL_LEVELS, pattern: null };
  readonly #colours = new Map<string, number>();

  constructor(buffer: LogBuffer) {
    this.#buffer = buffer;
  }

  /** Where one source's bytes go in: the bridge's log format, cut anywhere. */
  source(name: string): (bytes: Uint8Array) => void {
    const decoder = new TextDecoder();
    let rest = '';
    let before: Level = 'info';
    if (!this.#colours.has(name)) this.#colours.set(name, COLOURS[this.#colours.size % COLOURS.length] ?? 36);
    return (bytes) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const space = line.indexOf(' ');
        const text = line.slice(space + 1);
        before = levelOf(text, before);
        this.#waiting.push({
          mark: line.charAt(0),
          time: line.slice(1, space),
          source: name,
          text,
          level: before,
        });
      }
    };
  }

  /** Shows what has come since the last time, sorted. */
  flush(): void {
    const fresh = this.#waiting.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    this.#waiting = [];
    if (fresh.length === 0) return;
    this.#lines.push(...fresh);
    if (this.#lines.length > MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
    this.#push(fresh);
  }

  /** Shows other lines of those that are held. */
  setFilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#buffer.clear();
    this.#push(this.#lines);
  }

  #push(lines: readonly Line[]): void {
    const { levels, pattern } = this.#filter;
    const width = Math.min(24, Math.max(0, ...[...this.#colours.keys()].map(({ length }) => length)));
    const shown = lines.filter(
      ({ text, level }) =>
        (levels.size === 0 || levels.has(level)) && (pattern === null || pattern.test(stripAnsi(text))),
    );
    if (shown.length === 0) return;
    const text = shown
      .map(({ mark, time, source, text: words }) => {
        const colour = this.#colours.get(source) ?? 36;
        return `${mark}${time} \x1b[${String(colour)}m${source.slice(0, width).padEnd(width)}\x1b[0m ${words}`;
      })
      .join('\n');
    this.#buffer.push(this.#encoder.encode(`${text}\n`));
  }
}
