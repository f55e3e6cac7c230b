import type { StdStream } from './demux.ts';

/** Largest batch handed on at once, in bytes: big enough that the cost per message vanishes, small enough for a frame. */
const BATCH_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/**
 * Joins log frames to the byte form of the contract's `logs` stream: each line starts with a mark byte that names the
 * stream. A frame that goes on with an unfinished line of its stream has the timestamp the engine repeats cut off.
 */
export class LogEncoder {
  #buffer = new Uint8Array(BATCH_BYTES);
  #length = 0;
  /** Stream of the line that has no newline yet, or null at the start of a line. */
  #unfinished: StdStream | null = null;
  #skippingTimestamp = false;
  readonly #batches: Uint8Array<ArrayBuffer>[] = [];

  push(stream: StdStream, bytes: Uint8Array, first: boolean): void {
    let start = 0;
    if (first && this.#unfinished !== null) {
      if (this.#unfinished === stream) this.#skippingTimestamp = true;
      else {
        this.#append(NEWLINE);
        this.#unfinished = null;
      }
    }
    if (this.#skippingTimestamp) {
      const end = bytes.indexOf(SPACE);
      if (end < 0) return;
      start = end + 1;
      this.#skippingTimestamp = false;
    }
    while (start < bytes.length) {
      if (this.#unfinished === null) {
        this.#append(stream);
        this.#unfinished = stream;
      }
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline + 1;
      this.#appendAll(bytes.subarray(start, end));
      if (newline >= 0) this.#unfinished = null;
      start = end;
    }
  }

  /** Batches that are ready, each in a buffer of its own. Empties the encoder. */
  take(): Uint8Array<ArrayBuffer>[] {
    if (this.#length > 0) this.#flush();
    return this.#batches.splice(0);
  }

  #append(byte: number): void {
    if (this.#length === BATCH_BYTES) this.#flush();
    this.#buffer[this.#length] = byte;
    this.#length += 1;
  }

  #appendAll(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#length === BATCH_BYTES) this.#flush();
      const take = Math.min(bytes.length - offset, BATCH_BYTES - this.#length);
      this.#buffer.set(bytes.subarray(offset, offset + take), this.#length);
      this.#length += take;
      offset += take;
    }
  }

  #flush(): void {
    this.#batches.push(this.#buffer.slice(0, this.#length));
    this.#length = 0;
  }
}
