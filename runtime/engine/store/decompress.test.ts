import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { compressionOf, decompressed, type Compression } from './decompress.ts';

// Larger than what lies in pipes and buffers on the way, and partly not to be made smaller.
const PLAIN = Buffer.concat([randomBytes(600_000), Buffer.alloc(600_000, 'plain ')]);
const program = (name: string) => (plain: Buffer) =>
  execFileSync(name, ['-1c'], { input: plain, maxBuffer: 2 * PLAIN.length });

const FORMS: readonly (readonly [Compression, (plain: Buffer) => Buffer])[] = [
  ['none', (plain) => plain],
  ['gzip', (plain) => gzipSync(plain)],
  ['zstd', (plain) => zstdCompressSync(plain)],
  ['bzip2', program('bzip2')],
  ['xz', program('xz')],
];
const COMPRESSED = FORMS.slice(1);

const inPieces = (bytes: Buffer): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 50_000) }, (_, at) => bytes.subarray(at * 50_000, (at + 1) * 50_000)),
  );

it.each(FORMS)('knows %s by its beginning, and makes it plain', async (compression, compress) => {
  const bytes = compress(PLAIN);
  expect(compressionOf(bytes)).toBe(compression);
  const plain = await buffer(decompressed(inPieces(bytes), compression));
  expect(plain.equals(PLAIN)).toBe(true);
});

it.each(COMPRESSED)('says that %s is damaged where it is, or ends early', { timeout: 10_000 }, async (...form) => {
  const [compression, compress] = form;
  const bytes = compress(PLAIN);
  const said = `the ${compression} data is damaged`;
  await expect(buffer(decompressed(inPieces(bytes.subarray(0, 300_000)), compression))).rejects.toThrow(said);
  const changed = Buffer.from(bytes);
  changed.fill(0xff, 200_000, 200_100);
  // Frames of zstd have a sum only where it was asked for.
  if (compression !== 'zstd') await expect(buffer(decompressed(inPieces(changed), compression))).rejects.toThrow(said);
});

it.each(COMPRESSED)('gives %s up when nobody wants it any more', async (compression, compress) => {
  const source = new PassThrough();
  source.write(compress(PLAIN).subarray(0, 100_000));
  const plain = decompressed(source, compression);
  plain.on('error', () => undefined);
  plain.destroy();
  await expect.poll(() => source.destroyed).toBe(true);
});

it('names a program that is not there', async () => {
  vi.stubEnv('PATH', '/nowhere');
  await expect(buffer(decompressed(inPieces(Buffer.from('BZh9')), 'bzip2'))).rejects.toThrow(
    'this needs the program bzip2, which is not installed',
  );
  vi.unstubAllEnvs();
});
