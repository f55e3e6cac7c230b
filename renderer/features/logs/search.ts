import { onFrame } from '../../data/frame.ts';
import type { LogBuffer } from '../../ui/log/log-buffer.ts';

/** What one slice may take of a frame, in milliseconds. */
const SLICE_MS = 4;
/** More matches are not counted: nobody steps through them, and the list must stay small. */
const MAX_MATCHES = 50_000;
/** Lines between two looks at the clock. */
const STRIDE = 256;

/** Looks for a pattern in a log that grows while it is searched: a slice per frame, and new lines as they come. */
export class LogSearch {
  readonly #buffer: LogBuffer;
  readonly #onChange: (found: number) => void;
  #pattern: RegExp | null = null;
  #next = 0;
  #matches: number[] = [];
  #waiting: (() => void) | null = null;

  constructor(buffer: LogBuffer, onChange: (found: number) => void) {
    this.#buffer = buffer;
    this.#onChange = onChange;
  }

  /** Absolute numbers of the matching lines, oldest first. */
  get matches(): readonly number[] {
    return this.#matches;
  }

  /** Starts again with another pattern, without the flags `g` and `y`; null for none. */
  start(pattern: RegExp | null): void {
    this.#pattern = pattern;
    this.#matches = [];
    this.#waiting = null;
    this.#next = this.#buffer.first;
    this.#onChange(this.#matches.length);
    this.continue();
  }

  /**
   * Calls back once all lines that are there have been searched: who presses Enter right after the last letter means the
   * newest match, which is found last. The next call, and another pattern, take its place.
   */
  whenSearched(listener: () => void): void {
    this.#waiting = listener;
    this.continue();
  }

  /** Goes on, for example because lines came. */
  continue(): void {
    if (this.#pattern !== null) onFrame(this.#slice);
  }

  readonly #slice = () => {
    const pattern = this.#pattern;
    if (pattern === null) return;
    const deadline = performance.now() + SLICE_MS;
    const before = this.#matches.length;
    this.#next = Math.max(this.#next, this.#buffer.first);
    if ((this.#matches[0] ?? Infinity) < this.#buffer.first) {
      this.#matches = this.#matches.filter((line) => line >= this.#buffer.first);
    }
    while (this.#next < this.#buffer.end && this.#matches.length < MAX_MATCHES) {
      if (this.#buffer.matches(this.#next, pattern)) this.#matches.push(this.#next);
      this.#next += 1;
      if (this.#next % STRIDE === 0 && performance.now() > deadline) break;
    }
    if (this.#matches.length !== before) this.#onChange(this.#matches.length);
    if (this.#next < this.#buffer.end && this.#matches.length < MAX_MATCHES) {
      onFrame(this.#slice);
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  };
}
