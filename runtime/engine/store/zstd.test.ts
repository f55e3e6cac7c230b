import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ZstdFrame, ZstdFrames } from './zstd.ts';

/** A frame that decompressors pass over (RFC 8878, 3.1.2). */
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const FIRST = Buffer.alloc(300_000, 'first ');
const SECOND = randomBytes(200_000);
const FRAMES = Buffer.concat([
  zstdCompressSync(FIRST),
  SKIPPABLE,
  zstdCompressSync(SECOND),
  zstdCompressSync(Buffer.alloc(0)),
  SKIPPABLE,
]);

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function through(stream: PassThrough | ZstdFrame | ZstdFrames, input: Iterable<Buffer>): Promise<Buffer> {
  const end = new PassThrough();
  const [result] = await Promise.all([buffer(end), pipeline(Readable.from(input), stream, end)]);
  return result;
}

describe('decompressed zstd', () => {
  it.each([1, 13, 1000, 65_536, FRAMES.length])('is that of all frames, in pieces of %i bytes', async (size) => {
    const input = size === 1 ? FRAMES.subarray(0, zstdCompressSync(FIRST).length + SKIPPABLE.length) : FRAMES;
    const expected = size === 1 ? FIRST : Buffer.concat([FIRST, SECOND]);
    expect((await through(new ZstdFrames(16_384), pieces(input, size))).equals(expected)).toBe(true);
  });

  it('is read as slowly as somebody likes', async () => {
    const stream = new ZstdFrames(16_384);
    const written = pipeline(Readable.from(pieces(FRAMES, 50_000)), stream);
    const got: Buffer[] = [];
    for await (const piece of stream as AsyncIterable<Buffer>) {
      got.push(piece);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await written;
    expect(Buffer.concat(got).equals(Buffer.concat([FIRST, SECOND]))).toBe(true);
  });

  it('is read once, whether a frame ends before its write is called back or after', async () => {
    // Which of them it is, is chance: with frames like these about every other round met both.
    for (let round = 0; round < 12; round += 1) {
      const parts = Array.from({ length: 40 }, (_, part) => randomBytes(1 + ((part * 7919) % 20_000)));
      const frames = Buffer.concat(parts.map((part) => zstdCompressSync(part)));
      const stream = new ZstdFrames(4096);
      const written = pipeline(Readable.from(pieces(frames, 15_000)), stream);
      const got: Buffer[] = [];
      for await (const piece of stream as AsyncIterable<Buffer>) {
        got.push(piece);
        if (got.length % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await written;
      expect(Buffer.concat(got).equals(Buffer.concat(parts))).toBe(true);
    }
  });

  it.each([
    ['cut off', FRAMES.subarray(0, FRAMES.length - SKIPPABLE.length - 30)],
    ['followed by something else', Buffer.concat([FRAMES, Buffer.from('something else')])],
  ])('is refused where it is %s', async (_, bytes) => {
    await expect(through(new ZstdFrames(), [bytes])).rejects.toMatchObject({ code: expect.any(String) as string });
  });

  it('gives the memory of a piece back when it calls back', async () => {
    const stream = new ZstdFrames();
    const result = buffer(stream);
    for (const piece of pieces(FRAMES, 30_000)) {
      const own = Buffer.from(piece);
      await new Promise<void>((resolve) => stream.write(own, () => resolve()));
      own.fill(0);
    }
    stream.end();
    expect((await result).equals(Buffer.concat([FIRST, SECOND]))).toBe(true);
  });
});

describe('compressed zstd', () => {
  it('is one frame, the same whether or not pieces wait', async () => {
    const waiting = new ZstdFrame(3);
    const result = buffer(waiting);
    for (const piece of pieces(SECOND, 50_000)) waiting.write(piece);
    waiting.end();
    const slow = await through(
      new ZstdFrame(3),
      (function* () {
        yield* pieces(SECOND, 50_000);
      })(),
    );
    expect((await result).equals(slow)).toBe(true);
    // Node's own function reads the first frame only.
    expect(zstdDecompressSync(slow).equals(SECOND)).toBe(true);
    expect(slow.subarray(-9).equals(zstdCompressSync(Buffer.alloc(0)))).toBe(false);
    expect(slow.includes(Buffer.from('28b52ffd2000010000', 'hex'))).toBe(false);
  });
});
