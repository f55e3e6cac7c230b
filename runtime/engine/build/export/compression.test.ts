import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { conversion, kindOf, typeFor, type Compression, type CompressionKind } from '../../images/compression.ts';
import { askedCompression } from './compression.ts';

const asked = (attributes: Readonly<Record<string, string>>): Compression | null =>
  askedCompression(new Map(Object.entries(attributes)));

describe('the compression that an output asks for', () => {
  it.each([
    [{}, null],
    [{ compression: 'zstd' }, { kind: 'zstd', level: null, force: false }],
    [
      { compression: 'zstd', 'compression-level': '22' },
      { kind: 'zstd', level: 22, force: false },
    ],
    [{ 'compression-level': '9' }, { kind: 'gzip', level: 9, force: false }],
    [
      { compression: 'uncompressed', 'force-compression': 'true' },
      { kind: 'uncompressed', level: null, force: true },
    ],
  ])('%j', (attributes, expected) => {
    expect(asked(attributes)).toEqual(expected);
  });

  it.each([
    [{ compression: 'estargz' }, 'use gzip, zstd or uncompressed'],
    [{ compression: 'gzip', 'compression-level': '10' }, 'use 0 to 9'],
    [{ compression: 'zstd', 'compression-level': 'best' }, 'use 0 to 22'],
    [{ 'force-compression': 'maybe' }, 'non-bool value'],
  ])('refuses %j', (attributes, message) => {
    expect(() => asked(attributes)).toThrow(message);
  });
});

describe('layers made of others', () => {
  const content = Buffer.alloc(100_000, 'layer ');
  const convert = async (bytes: Buffer, from: CompressionKind, to: Compression): Promise<Buffer> => {
    const end = new PassThrough();
    const [result] = await Promise.all([buffer(end), pipeline([Readable.from([bytes]), ...conversion(from, to), end])]);
    return result;
  };

  it('are the same inside', async () => {
    const gzip = await convert(content, 'uncompressed', { kind: 'gzip', level: 9, force: false });
    expect(gunzipSync(gzip)).toEqual(content);
    const zstd = await convert(gzip, 'gzip', { kind: 'zstd', level: 3, force: true });
    expect(zstdDecompressSync(zstd)).toEqual(content);
    expect(await convert(zstd, 'zstd', { kind: 'uncompressed', level: null, force: true })).toEqual(content);
  });

  it.each([
    ['application/vnd.oci.image.layer.v1.tar', 'zstd', 'application/vnd.oci.image.layer.v1.tar+zstd'],
    ['application/vnd.oci.image.layer.v1.tar+gzip', 'uncompressed', 'application/vnd.oci.image.layer.v1.tar'],
    ['application/vnd.docker.image.rootfs.diff.tar', 'gzip', 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
  ] as const)('%s as %s are %s', (type, kind, expected) => {
    expect(typeFor(type, kind)).toBe(expected);
    expect(kindOf(expected)).toBe(kind);
  });
});
