import { open, rm, type FileHandle } from 'node:fs/promises';

/** Bytes kept in memory before a file is begun: most contexts never reach the disk. */
const MEMORY_MAX = 16 * 1024 * 1024;
/** Bytes written at a time. */
const PIECE = 1024 * 1024;

/** Bytes that are put one after the other and read again by place; in memory, and in a file when there are many. */
export class Spool {
  readonly #path: string;
  readonly #chunks: Buffer[] = [];
  #file: FileHandle | null = null;
  #pending: Buffer[] = [];
  #pendingSize = 0;
  #size = 0;
  #written = 0;
  #whole: Buffer | null = null;

  /** `path` is where a file may be made. */
  constructor(path: string) {
    this.#path = path;
  }

  get size(): number {
    return this.#size;
  }

  /** Resolves when more may come. */
  append(chunk: Buffer): Promise<void> | undefined {
    this.#size += chunk.length;
    // The reader's buffer is its own.
    if (this.#file === null && this.#size <= MEMORY_MAX) {
      this.#chunks.push(chunk);
      return undefined;
    }
    this.#pending.push(chunk);
    this.#pendingSize += chunk.length;
    return this.#pendingSize >= PIECE ? this.#flush() : undefined;
  }

  async #flush(): Promise<void> {
    if (this.#file === null) {
      this.#file = await open(this.#path, 'wx+', 0o600);
      this.#pending.unshift(...this.#chunks.splice(0));
    }
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingSize = 0;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#written);
      at += bytesWritten;
      this.#written += bytesWritten;
    }
  }

  /** No more comes. */
  async finish(): Promise<void> {
    if (this.#pendingSize > 0 || this.#file !== null) await this.#flush();
    else this.#whole = Buffer.concat(this.#chunks.splice(0));
  }

  /** A part that is small enough to be held. */
  async read(offset: number, length: number): Promise<Buffer> {
    if (this.#whole !== null) return this.#whole.subarray(offset, offset + length);
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const part = await this.#file?.read(bytes, at, length - at, offset + at);
      if (part === undefined || part.bytesRead === 0) throw new Error('the spooled file is too short');
      at += part.bytesRead;
    }
    return bytes;
  }

  /** A part, piece by piece. */
  async *stream(offset: number, length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let at = 0; at < length; at += PIECE) yield await this.read(offset + at, Math.min(PIECE, length - at));
  }

  async dispose(): Promise<void> {
    this.#whole = null;
    await this.#file?.close();
    this.#file = null;
    await rm(this.#path, { force: true });
  }
}
