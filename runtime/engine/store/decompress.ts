import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { Duplex, PassThrough, Readable, type Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EngineError } from '../errors.ts';
import { ZstdFrames } from './zstd.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** Bytes that must be known to tell what they are: the `ustar` mark of an archive lies at 257. */
export const HEAD_SIZE = 512;

/** Bytes that tell how the others are compressed. */
export const COMPRESSION_MAGIC_SIZE = 6;

/** How bytes are compressed, by their beginning. */
export function compressionOf(head: Buffer): Compression {
  if (head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  if (head.length >= 3 && head.toString('latin1', 0, 3) === 'BZh') return 'bzip2';
  if (head.length >= 6 && head.toString('latin1', 0, 6) === '\u00fd7zXZ\u0000') return 'xz';
  return 'none';
}

/** Whether the bytes begin a plain archive. */
export function isTar(head: Buffer): boolean {
  if (head.length < 512) return false;
  if (head.toString('latin1', 257, 262) === 'ustar') return true;
  // The oldest form has no mark, only a checksum.
  const stored = Number.parseInt(head.toString('latin1', 148, 156).replaceAll('\0', ' ').trim(), 8);
  let sum = 8 * 0x20;
  for (let index = 0; index < 512; index += 1) if (index < 148 || index >= 156) sum += head[index] ?? 0;
  return stored === sum && head.some((byte) => byte !== 0);
}

/** What turns compressed bytes into plain ones; null where they are plain. bzip2 and xz are left to the host's programs. */
export function decoder(compression: Compression): Duplex | null {
  switch (compression) {
    case 'none':
      return null;
    case 'gzip':
      return createGunzip();
    case 'zstd':
      return new ZstdFrames();
    case 'bzip2':
      return new ProgramDecoder('bzip2', ['-dc']);
    case 'xz':
      return new ProgramDecoder('xz', ['-dc', `--memlimit-decompress=${XZ_MEMORY_MIB}MiB`]);
  }
}

/** The plain form of a stream. */
export function decompressed(source: Readable, compression: Compression): Readable {
  const inflater = decoder(compression);
  if (inflater === null) return source;
  const output = new PassThrough();
  // By hand, as a pipeline would destroy its last stream with the bare error.
  const fail = (error: Error): void => {
    output.destroy(damaged(error, compression));
  };
  source.on('error', fail);
  inflater.on('error', fail);
  source.on('close', () => {
    if (!source.readableEnded) fail(new Error('it was cut off'));
  });
  source.pipe(inflater).pipe(output);
  output.on('close', () => {
    source.destroy();
    inflater.destroy();
  });
  return output;
}

/** As an error for whoever sent the data. */
export function damaged(error: Error, compression: Compression): Error {
  if (error instanceof EngineError) return error;
  return new EngineError('invalid', `the ${compression} data is damaged: ${error.message}`, { cause: error });
}

/** MiB that a stream may ask its reader to keep: `xz -9` asks for 65, and the format for up to 4 GiB. */
const XZ_MEMORY_MIB = 512;

/** A program of the host's PATH that reads compressed bytes and writes plain ones, as a stream. */
class ProgramDecoder extends Duplex {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  constructor(program: string, args: readonly string[]) {
    super();
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/' });
    this.#child = child;
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? `this needs the program ${program}, which is not installed` : error.message;
      this.destroy(new EngineError('unavailable', why));
    });
    // A program that ends early is told of by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (piece: Buffer) => {
      if (!this.push(piece)) child.stdout.pause();
    });
    child.on('close', (code) => {
      if (code === 0) this.push(null);
      else this.destroy(new EngineError('invalid', `the ${program} data is damaged`));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A program that has ended takes no more, and its exit code tells why.
    this.#child.stdin.write(piece, () => {
      done();
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#child.stdin.end(() => {
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#child.kill('SIGKILL');
    done(error);
  }
}

/** The first bytes of a stream, and the whole stream with them; fewer at its end. */
export async function peeked(source: AsyncIterable<Uint8Array>): Promise<{ head: Buffer; whole: Readable }> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  while (size < HEAD_SIZE && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else {
      chunks.push(next.value);
      size += next.value.length;
    }
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* chunks;
    if (!ended) yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head: Buffer.concat(chunks), whole: Readable.from(all(), { objectMode: false }) };
}
