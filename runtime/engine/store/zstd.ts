import { Duplex, Transform, type TransformCallback } from 'node:stream';
import { constants, createZstdCompress, createZstdDecompress, type ZstdCompress, type ZstdDecompress } from 'node:zlib';

/**
 * Decompresses zstd of any number of frames one after the other (RFC 8878, 3), as layers of `zstd:chunked` are, skippable
 * ones included. Node's own stream ends with the first frame that something follows in the same piece, and drops that.
 * Whoever writes is called back when nothing needs the piece any more. `chunkSize`: bytes of each piece of the result.
 */
export class ZstdFrames extends Transform {
  readonly #chunkSize: number;
  #frame: ZstdDecompress | null = null;
  /** Told when all of the frame was read. */
  #onEnd: () => void = () => undefined;

  constructor(chunkSize = 64 * 1024) {
    super();
    this.#chunkSize = chunkSize;
  }

  #begin(): ZstdDecompress {
    const frame = createZstdDecompress({ chunkSize: this.#chunkSize });
    frame.on('data', (piece: Buffer) => {
      if (!this.push(piece)) frame.pause();
    });
    frame.on('error', (error) => this.destroy(error));
    frame.on('end', () => {
      this.#frame = null;
      // Told once: the next frame may end before anybody waits for that, and what followed this one is read already.
      const told = this.#onEnd;
      this.#onEnd = () => undefined;
      told();
    });
    return frame;
  }

  override _read(size: number): void {
    this.#frame?.resume();
    super._read(size);
  }

  override _transform(bytes: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    const frame = (this.#frame ??= this.#begin());
    const before = frame.bytesWritten;
    frame.write(bytes, (error) => {
      if (error) {
        done(error);
        return;
      }
      const rest = bytes.subarray(frame.bytesWritten - before);
      const goOn = (): void => {
        if (rest.length === 0) done();
        else this._transform(rest, encoding, done);
      };
      // What it has left is not of its frame, and it ends by itself; its last piece may still be on the way.
      if (rest.length === 0 || this.#frame === null) goOn();
      else this.#onEnd = goOn;
    });
  }

  override _flush(done: TransformCallback): void {
    this.#onEnd = done;
    if (this.#frame === null) done();
    else this.#frame.end();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#frame?.destroy();
    done(error);
  }
}

/**
 * Compresses into one zstd frame, always the same bytes for the same input. Node's own stream adds an empty frame where its
 * end was known before the last piece was taken, which is a matter of chance.
 */
export class ZstdFrame extends Duplex {
  readonly #frame: ZstdCompress;

  /** `level`: of zstd, null for its usual one. */
  constructor(level: number | null) {
    super();
    this.#frame = createZstdCompress({
      params: level === null ? {} : { [constants.ZSTD_c_compressionLevel]: level },
    });
    this.#frame.on('data', (piece: Buffer) => {
      if (!this.push(piece)) this.#frame.pause();
    });
    this.#frame.on('end', () => this.push(null));
    this.#frame.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#frame.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#frame.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#frame.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#frame.destroy();
    done(error);
  }
}
