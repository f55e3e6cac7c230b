import { Duplex } from 'node:stream';

/** A connection whose bytes go as messages of a call either way. It ends when no more messages come. */
export class MessageTunnel extends Duplex {
  readonly #messages: AsyncIterator<{ readonly data: Uint8Array }>;
  readonly #send: (data: Buffer) => Promise<void>;

  constructor(messages: AsyncIterable<{ readonly data: Uint8Array }>, send: (data: Buffer) => Promise<void>) {
    super();
    this.#messages = messages[Symbol.asyncIterator]();
    this.#send = send;
  }

  override _read(): void {
    this.#receive().catch((error: unknown) => {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #receive(): Promise<void> {
    for (;;) {
      const next = await this.#messages.next();
      if (next.done === true) {
        this.push(null);
        return;
      }
      // An empty piece would read as the end.
      if (next.value.data.length > 0) {
        this.push(next.value.data);
        return;
      }
    }
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(data).then(
      () => {
        done();
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }
}
