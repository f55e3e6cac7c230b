/** Streams of Docker's multiplexed format. */
export type StdStream = 1 | 2;

const HEADER_BYTES = 8;

/**
 * Takes Docker's multiplexed stream apart (8-byte header: stream type, three zero bytes, big-endian length), in chunks
 * cut anywhere. Payloads are handed on as views of the chunks they came in, so a frame may arrive in pieces; `first`
 * tells the piece that begins a frame.
 */
export class Demultiplexer {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerLength = 0;
  #remaining = 0;
  #stream: StdStream = 1;
  #first = true;
  readonly #sink: (stream: StdStream, bytes: Uint8Array, first: boolean) => void;

  constructor(sink: (stream: StdStream, bytes: Uint8Array, first: boolean) => void) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#remaining === 0) {
        const take = Math.min(HEADER_BYTES - this.#headerLength, chunk.length - offset);
        this.#header.set(chunk.subarray(offset, offset + take), this.#headerLength);
        this.#headerLength += take;
        offset += take;
        if (this.#headerLength < HEADER_BYTES) return;
        this.#headerLength = 0;
        // Type 0 is stdin, which engines use for stdout's echo; anything but 2 is shown as stdout.
        this.#stream = this.#header[0] === 2 ? 2 : 1;
        this.#remaining = new DataView(this.#header.buffer).getUint32(4);
        this.#first = true;
        continue;
      }
      const take = Math.min(this.#remaining, chunk.length - offset);
      this.#sink(this.#stream, chunk.subarray(offset, offset + take), this.#first);
      this.#first = false;
      this.#remaining -= take;
      offset += take;
    }
  }
}
