import { onFrame } from '../../data/frame.ts';
import type { LogBuffer } from '../../ui/log/log-buffer.ts';

/** What one slice may take of a frame, in milliseconds. */
const SLICE_MS = 4;
/** More matches are not counted: nobody steps through them, and the list must stay small. */
const MAX_MATCHES = 50_000;
/** Lines between two looks at the clock. */
const STRIDE = 256;

/** Looks for a text in a log that grows while it is searched: a slice per frame, and new lines as they come. */
export class LogSearch {
  readonly #buffer: LogBuffer;
  readonly #onChange: () => void;
  #needle = '';
  #next = 0;
  #matches: number[] = [];

  constructor(buffer: LogBuffer, onChange: () => void) {
    this.#buffer = buffer;
    this.#onChange = onChange;
  }

  /** Absolute numbers of the matching lines, oldest first. */
  get matches(): readonly number[] {
    return this.#matches;
  }

  /** Starts again with another text; empty for none. */
  start(needle: string): void {
    this.#needle = needle.toLowerCase();
    this.#matches = [];
    this.#next = this.#buffer.first;
    this.#onChange();
    this.continue();
  }

  /** Goes on, for example because lines came. */
  continue(): void {
    if (this.#needle !== '') onFrame(this.#slice);
  }

  readonly #slice = () => {
    if (this.#needle === '') return;
    const deadline = performance.now() + SLICE_MS;
    const before = this.#matches.length;
    this.#next = Math.max(this.#next, this.#buffer.first);
    if ((this.#matches[0] ?? Infinity) < this.#buffer.first) {
      this.#matches = this.#matches.filter((line) => line >= this.#buffer.first);
    }
    while (this.#next < this.#buffer.end && this.#matches.length < MAX_MATCHES) {
      if (this.#buffer.matches(this.#next, this.#needle)) this.#matches.push(this.#next);
      this.#next += 1;
      if (this.#next % STRIDE === 0 && performance.now() > deadline) break;
    }
    if (this.#matches.length !== before) this.#onChange();
    if (this.#next < this.#buffer.end) onFrame(this.#slice);
  };
}
