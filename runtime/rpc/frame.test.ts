import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeCredit,
  decodeFrame,
  decodeJson,
  encodeCredit,
  encodeFrame,
  encodeJson,
  FRAME_KINDS,
  FrameError,
  MAX_FRAME_BYTES,
} from './frame.ts';

const uint32 = fc.integer({ min: 0, max: 0xff_ff_ff_ff });

describe('frames', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FRAME_KINDS), uint32, fc.uint8Array({ maxLength: 300 }), (kind, id, payload) => {
        expect(decodeFrame(encodeFrame(kind, id, payload))).toEqual({ kind, id, payload });
      }),
    );
  });

  it('survive any bytes: a frame or a FrameError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const frame = decodeFrame(bytes);
          // What decodes must be the one encoding of itself.
          expect(encodeFrame(frame.kind, frame.id, frame.payload)).toEqual(new Uint8Array(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuse an id with a longer form than needed', () => {
    expect(() => decodeFrame(new Uint8Array([1, 0x81, 0x00]))).toThrow('longer form');
  });

  it('refuse more than the limit', () => {
    expect(() => decodeFrame(new Uint8Array(MAX_FRAME_BYTES + 1))).toThrow('too large');
  });

  it('carry credit', () => {
    fc.assert(
      fc.property(uint32, (bytes) => {
        expect(decodeCredit(encodeCredit(bytes))).toBe(bytes);
      }),
    );
    expect(() => decodeCredit(new Uint8Array([1, 2]))).toThrow(FrameError);
  });

  it('carry JSON, and refuse what is not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeJson(encodeJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(() => decodeJson(new Uint8Array([0xff, 0xfe]))).toThrow(FrameError);
    expect(() => decodeJson(new Uint8Array([0x7b]))).toThrow(FrameError);
  });
});
