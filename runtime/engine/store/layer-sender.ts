import { Connection, ANSWER_PATIENCE } from '../launcher/connection.ts';
import { LaunchError } from '../launcher/types.ts';
import { decodeLayer } from '../launcher/wire.ts';
import type { LayerOutcome, LayerSink } from './layer-messages.ts';

/** Bytes on their way to the launcher before the sender is held back: some write buffers of a fast disk. */
const WINDOW = 4 * 1024 * 1024;

interface Piece {
  readonly bytes: Uint8Array;
  readonly sent: (() => void) | undefined;
}

/** Sends an archive to the launcher and hears how the unpacking went. */
export class ArchiveSender {
  readonly #opened: Promise<Connection | null>;
  readonly #answered: Promise<LayerOutcome>;
  readonly #drained: () => void;
  /** Before the connection stands. */
  readonly #early: Piece[] = [];
  #connection: Connection | null = null;
  /** The launcher refused, or is gone: it reads no more. */
  #over = false;
  #ended = false;
  #outstanding = 0;

  /** `drained` is called each time `send` may go on. */
  constructor(sink: LayerSink, drained: () => void) {
    this.#drained = drained;
    this.#opened = Connection.open(sink.socketPath, ANSWER_PATIENCE);
    this.#answered = this.#ask(sink).catch(refusalOf);
  }

  async #ask(sink: LayerSink): Promise<LayerOutcome> {
    try {
      const connection = await this.#opened;
      if (connection === null) throw new LaunchError('process-gone', 'the launcher ended before a layer came', 0);
      const answered = connection.request(Buffer.from(sink.request));
      this.#connection = connection;
      for (const piece of this.#early.splice(0)) this.#write(connection, piece);
      if (this.#ended) connection.socket.end();
      return { applied: decodeLayer((await answered).payload) };
    } finally {
      this.#over = true;
      this.#outstanding = 0;
      this.#early.length = 0;
      this.#drained();
    }
  }

  /**
   * Takes bytes that nobody changes any more; `sent` is called once they are on their way, after that of all before
   * them, and never for what a launcher that is over does not get. False: `drained` will be called when there is room
   * for more.
   */
  send(bytes: Uint8Array, sent?: () => void): boolean {
    if (this.#over) return true;
    this.#outstanding += bytes.length;
    if (this.#connection === null) this.#early.push({ bytes, sent });
    else this.#write(this.#connection, { bytes, sent });
    return this.#outstanding < WINDOW;
  }

  #write(connection: Connection, { bytes, sent }: Piece): void {
    const { length } = bytes;
    connection.socket.write(bytes, () => {
      sent?.();
      if (this.#over) return;
      const wasFull = this.#outstanding >= WINDOW;
      this.#outstanding -= length;
      if (wasFull && this.#outstanding < WINDOW) this.#drained();
    });
  }

  /** No more comes. Resolves when the launcher has ended its work on the layer, however it went. */
  async finish(): Promise<LayerOutcome> {
    this.#ended = true;
    this.#connection?.socket.end();
    const outcome = await this.#answered;
    this.#connection?.close();
    return outcome;
  }
}

function refusalOf(error: unknown): LayerOutcome {
  const { kind, message, errno } =
    error instanceof LaunchError ? error : new LaunchError('internal', error instanceof Error ? error.message : '', 0);
  return { refusal: { kind, message, errno } };
}
