import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBackward, decodeForward, logLineMax, type LogRecord } from './log-format.ts';

function encode(record: LogRecord): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(record.bytes.length, 0);
  header.writeUInt8(record.stream === 'stdout' ? 1 : 2, 4);
  header.writeUInt8(record.partial ? 1 : 0, 5);
  header.writeBigUInt64LE(record.time, 8);
  return Buffer.concat([header, record.bytes, header.subarray(0, 4)]);
}

const record: fc.Arbitrary<LogRecord> = fc.record({
  stream: fc.constantFrom('stdout', 'stderr'),
  partial: fc.boolean(),
  time: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  bytes: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
});

test('what was written is read, forward in any pieces and backward in any number', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), fc.nat(), fc.nat(25), (records, cut, limit) => {
      const file = Buffer.concat(records.map(encode));
      const middle = file.length === 0 ? 0 : cut % (file.length + 1);
      const first = decodeForward(file.subarray(0, middle));
      const second = decodeForward(file.subarray(first.offset));
      expect(first.damaged || second.damaged).toBe(false);
      expect([...first.records, ...second.records]).toEqual(records);
      expect(first.offset + second.offset).toBe(file.length);
      const last = decodeBackward(file, limit);
      expect(last.records).toEqual(limit === 0 ? [] : records.slice(-limit));
      expect(decodeBackward(file.subarray(0, last.offset), 100).records).toEqual(
        records.slice(0, records.length - last.records.length),
      );
    }),
  );
});

test('a torn or damaged record is told, and nothing of it is returned', () => {
  const good = encode({ stream: 'stdout', partial: false, time: 1n, bytes: Buffer.from('line') });
  const torn = good.subarray(0, good.length - 1);
  expect(decodeForward(Buffer.concat([good, torn]))).toMatchObject({ offset: good.length, damaged: false });
  expect(decodeBackward(Buffer.concat([good, torn]), 9).records).toEqual([]);
  const wrong = Buffer.from(good);
  wrong.writeUInt32LE(3, good.length - 4);
  expect(decodeForward(Buffer.concat([good, wrong]))).toMatchObject({ offset: good.length, damaged: true });
  const huge = Buffer.from(good);
  huge.writeUInt32LE(logLineMax + 1, 0);
  expect(decodeForward(huge)).toMatchObject({ records: [], damaged: true });
});
