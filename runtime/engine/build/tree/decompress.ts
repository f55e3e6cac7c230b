import { spawn } from 'node:child_process';
import { PassThrough, pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EngineError } from '../../errors.ts';
import { ZstdFrames } from '../../store/zstd.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** Bytes that must be known to tell what they are: the `ustar` mark of an archive lies at 257. */
export const HEAD_SIZE = 512;

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

/** The plain form of a stream. bzip2 and xz are left to the programs of that name. */
export function decompressed(source: Readable, compression: Compression): Readable {
  if (compression === 'none') return source;
  if (compression === 'bzip2' || compression === 'xz') return throughProgram(source, compression);
  const inflater = compression === 'gzip' ? createGunzip() : new ZstdFrames();
  const output = new PassThrough();
  pipeline(source, inflater, output, (error) => {
    if (error) output.destroy(new EngineError('invalid', `the ${compression} data is damaged: ${error.message}`));
  });
  return output;
}

function throughProgram(source: Readable, program: 'bzip2' | 'xz'): Readable {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const output = new PassThrough();
  child.on('error', (error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? `this needs the program ${program}, which is not installed` : error.message;
    output.destroy(new EngineError('unavailable', why));
  });
  // A program that ends early is told of by its exit code.
  pipeline(source, child.stdin, () => undefined);
  child.stdout.pipe(output, { end: false });
  child.on('close', (code) => {
    if (code === 0) output.end();
    else output.destroy(new EngineError('invalid', `the ${program} data is damaged`));
  });
  output.on('close', () => child.kill('SIGKILL'));
  return output;
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
