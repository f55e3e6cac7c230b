import { stripAnsi } from '../../ui/log/ansi.ts';
import type { LogBuffer } from '../../ui/log/log-buffer.ts';

/** How bad a line is, as far as its words tell. */
export const LEVELS = ['all', 'debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

const RANK: Readonly<Record<Level, number>> = { all: 0, debug: 1, info: 2, warn: 3, error: 4 };
/** Lines kept of all sources together. */
const MAX_LINES = 50_000;
/** Colours of the sources' names: the terminal's, without black, white and the red of errors. */
const COLOURS = [36, 33, 35, 32, 34, 96, 93, 95, 92, 94];

/**
 * The level of a line: a word like WARN near its beginning, `level=warn`, or `"level":"warn"`. A line without one is
 * information; on stderr it is not taken for an error, because many programs write everything there.
 */
export function levelOf(text: string): Exclude<Level, 'all'> {
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
    default:
      return 'info';
  }
}

/** Which lines are shown. */
export interface LogFilter {
  readonly level: Level;
  /** null shows them all. */
  readonly pattern: RegExp | null;
}

interface Line {
  readonly time: string;
  readonly mark: string;
  readonly source: string;
  readonly text: string;
}

/** Lines of several logs in one buffer, in the order of their time as far as it is known when they are shown. */
export class MergedLog {
  readonly #buffer: LogBuffer;
  readonly #encoder = new TextEncoder();
  #lines: Line[] = [];
  #waiting: Line[] = [];
  #filter: LogFilter = { level: 'all', pattern: null };
  readonly #colours = new Map<string, number>();

  constructor(buffer: LogBuffer) {
    this.#buffer = buffer;
  }

  /** Where one source's bytes go in: the bridge's log format, cut anywhere. */
  source(name: string): (bytes: Uint8Array) => void {
    const decoder = new TextDecoder();
    let rest = '';
    if (!this.#colours.has(name)) this.#colours.set(name, COLOURS[this.#colours.size % COLOURS.length] ?? 36);
    return (bytes) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const space = line.indexOf(' ');
        this.#waiting.push({
          mark: line.charAt(0),
          time: line.slice(1, space),
          source: name,
          text: line.slice(space + 1),
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
    const { level, pattern } = this.#filter;
    const width = Math.min(24, Math.max(0, ...[...this.#colours.keys()].map(({ length }) => length)));
    const shown = lines.filter(
      ({ text }) =>
        (level === 'all' || RANK[levelOf(text)] >= RANK[level]) && (pattern === null || pattern.test(stripAnsi(text))),
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

/** The pattern for what was typed; null for nothing, undefined for what is no regular expression. */
export function patternOf(text: string, regex: boolean): RegExp | null | undefined {
  if (text === '') return null;
  try {
    return new RegExp(regex ? text : text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
  } catch {
    return undefined;
  }
}
