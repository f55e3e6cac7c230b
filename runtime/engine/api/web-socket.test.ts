import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unframed } from './web-socket.ts';

const frame = (stream: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
};

describe('Unframed', () => {
  it('leaves the bytes of every frame, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 }))),
        fc.integer({ min: 1, max: 30 }),
        async (frames, step) => {
          const sent = Buffer.concat(frames.map(([stream, body]) => frame(stream, Buffer.from(body))));
          const unframed = new Unframed();
          for (let at = 0; at < sent.length; at += step) unframed.write(sent.subarray(at, at + step));
          unframed.end();
          const chunks: Buffer[] = [];
          for await (const chunk of unframed as AsyncIterable<Buffer>) chunks.push(chunk);
          expect(Buffer.concat(chunks)).toEqual(Buffer.concat(frames.map(([, body]) => Buffer.from(body))));
        },
      ),
      { numRuns: 50 },
    );
  });
});
