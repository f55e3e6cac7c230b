import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Demultiplexer } from './demux.ts';
import { LogEncoder } from './log-encoder.ts';

function frame(stream: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** Cuts bytes into chunks at the given places. */
function chunks(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

describe('Demultiplexer', () => {
  it('gives the same streams however the bytes are cut', () => {
    const parts = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ maxLength: 40 })), { maxLength: 12 });
    fc.assert(
      fc.property(parts, fc.array(fc.nat()), (messages, cuts) => {
        const got = { 1: '', 2: '' };
        const demultiplexer = new Demultiplexer((stream, bytes) => {
          got[stream] += Buffer.from(bytes).toString('latin1');
        });
        const bytes = Buffer.concat(messages.map(([stream, text]) => frame(stream, text)));
        for (const chunk of chunks(bytes, cuts)) demultiplexer.push(chunk);
        const wanted = (stream: number) =>
          messages.flatMap(([one, text]) => (one === stream ? [Buffer.from(text).toString('latin1')] : [])).join('');
        expect(got).toEqual({ 1: wanted(1), 2: wanted(2) });
      }),
    );
  });
});

describe('LogEncoder', () => {
  function encode(messages: readonly (readonly [1 | 2, string])[]): string {
    const encoder = new LogEncoder();
    const demultiplexer = new Demultiplexer((stream, bytes, first) => {
      encoder.push(stream, bytes, first);
    });
    for (const [stream, text] of messages) demultiplexer.push(frame(stream, text));
    return Buffer.concat(encoder.take()).toString();
  }

  it('marks each line with its stream', () => {
    expect(
      encode([
        [1, 'T1 a\n'],
        [2, 'T2 b\n'],
        [1, 'T3 c\nT4 d\n'],
      ]),
    ).toBe('\x01T1 a\n\x02T2 b\n\x01T3 c\n\x01T4 d\n');
  });

  it('joins a line that came in pieces and drops the repeated timestamp', () => {
    expect(
      encode([
        [1, 'T1 long '],
        [1, 'T1 line\n'],
      ]),
    ).toBe('\x01T1 long line\n');
  });

  it('ends an unfinished line when the other stream speaks', () => {
    expect(
      encode([
        [1, 'T1 no newline'],
        [2, 'T2 err\n'],
      ]),
    ).toBe('\x01T1 no newline\n\x02T2 err\n');
  });

  it('gives batches of at most 64 KiB', () => {
    const encoder = new LogEncoder();
    encoder.push(1, Buffer.alloc(200_000, 'x'), true);
    const batches = encoder.take();
    expect(batches.every((batch) => batch.length <= 64 * 1024)).toBe(true);
    expect(batches.reduce((sum, batch) => sum + batch.length, 0)).toBe(200_001);
  });
});
