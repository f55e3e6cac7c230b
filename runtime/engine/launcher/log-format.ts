/**
 * The launcher's log records (runtime/launcher/README.md): u32 length, u8 stream, u8 flags, u16 zero, u64 time, bytes,
 * u32 length again, all little endian. Pure functions over buffers; reading files is the caller's.
 */

/** One line of output, or a part of one. */
export interface LogRecord {
  readonly stream: 'stdout' | 'stderr';
  /** No newline follows: the line goes on in the stream's next record, or the output ended without one. */
  readonly partial: boolean;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** Without the newline. A view of the buffer given. */
  readonly bytes: Buffer;
}

/** Bytes of a record besides the text. */
export const logRecordOverhead = 20;
/** Most bytes of text in one record. */
export const logLineMax = 16384;
const headerSize = 16;
const trailerSize = 4;

/** What a decoder found: the records in order, and how far it came. */
export interface DecodedLog {
  readonly records: readonly LogRecord[];
  /** Forward: offset behind the last whole record. Backward: offset of the first record returned. */
  readonly offset: number;
  /** The bytes beyond `offset` are no record, nor the beginning of one: the file is damaged there. */
  readonly damaged: boolean;
}

function recordAt(buffer: Buffer, at: number, length: number): LogRecord | null {
  const stream = buffer.readUInt8(at + 4);
  if (stream !== 1 && stream !== 2) return null;
  if (buffer.readUInt8(at + 5) > 1 || buffer.readUInt16LE(at + 6) !== 0) return null;
  if (buffer.readUInt32LE(at + headerSize + length) !== length) return null;
  return {
    stream: stream === 1 ? 'stdout' : 'stderr',
    partial: buffer.readUInt8(at + 5) === 1,
    time: buffer.readBigUInt64LE(at + 8),
    bytes: buffer.subarray(at + headerSize, at + headerSize + length),
  };
}

/**
 * Decodes whole records from the start of `buffer`, which must be the start of a record. A record that is still being
 * written stays for the next call, which starts at `offset`.
 */
export function decodeForward(buffer: Buffer): DecodedLog {
  const records: LogRecord[] = [];
  let at = 0;
  while (at + 4 <= buffer.length) {
    const length = buffer.readUInt32LE(at);
    if (length > logLineMax) return { records, offset: at, damaged: true };
    if (at + headerSize + length + trailerSize > buffer.length) break;
    const record = recordAt(buffer, at, length);
    if (record === null) return { records, offset: at, damaged: true };
    records.push(record);
    at += headerSize + length + trailerSize;
  }
  return { records, offset: at, damaged: false };
}

/**
 * Decodes at most `limit` whole records from the end of `buffer`, which must be the end of a record, and returns them
 * in the order they were written. A record that begins before the buffer is left out: read further back and give the
 * bytes before `offset` again. When the buffer begins where the file does and still neither `limit` records nor offset 0
 * came out, the file's tail is torn: decode it forward.
 */
export function decodeBackward(buffer: Buffer, limit: number): DecodedLog {
  const records: LogRecord[] = [];
  let end = buffer.length;
  while (records.length < limit && end >= trailerSize) {
    const length = buffer.readUInt32LE(end - trailerSize);
    if (length > logLineMax) return { records: records.reverse(), offset: end, damaged: true };
    const at = end - trailerSize - length - headerSize;
    if (at < 0) break;
    const record = buffer.readUInt32LE(at) === length ? recordAt(buffer, at, length) : null;
    if (record === null) return { records: records.reverse(), offset: end, damaged: true };
    records.push(record);
    end = at;
  }
  return { records: records.reverse(), offset: end, damaged: false };
}
