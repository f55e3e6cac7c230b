import type { FileHandle } from 'node:fs/promises';

/** One line of a container's output, or a piece of a long one. See `runtime/launcher/README.md` for the format. */
export interface LogRecord {
  readonly stream: 'stdout' | 'stderr';
  /** No newline followed: a long line goes on in the next record of the stream, or the output ended. */
  readonly partial: boolean;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** Without the newline. */
  readonly data: Buffer;
}

const HEADER_BYTES = 16;
const TRAILER_BYTES = 4;
const STREAM_STDERR = 2;
const FLAG_PARTIAL = 1;
/** Longest line in one record; anything longer is a torn or foreign file. */
const MAXIMUM_DATA_BYTES = 16_384;

/**
 * Decodes the whole records at the start of `bytes`; `consumed` is where the first incomplete one begins. Throws a
 * RangeError when the bytes are no log.
 */
export function decodeLogRecords(bytes: Buffer): { records: LogRecord[]; consumed: number } {
  const records: LogRecord[] = [];
  let at = 0;
  while (at + HEADER_BYTES + TRAILER_BYTES <= bytes.length) {
    const size = bytes.readUInt32LE(at);
    if (size > MAXIMUM_DATA_BYTES) throw new RangeError(`the log is damaged: a record of ${size} bytes`);
    const end = at + HEADER_BYTES + size + TRAILER_BYTES;
    if (end > bytes.length) break;
    records.push({
      stream: bytes.readUInt8(at + 4) === STREAM_STDERR ? 'stderr' : 'stdout',
      partial: (bytes.readUInt8(at + 5) & FLAG_PARTIAL) !== 0,
      time: bytes.readBigUInt64LE(at + 8),
      data: bytes.subarray(at + HEADER_BYTES, end - TRAILER_BYTES),
    });
    at = end;
  }
  return { records, consumed: at };
}

/** Bytes read at a time while walking backwards. */
const TAIL_CHUNK = 256 * 1024;

/**
 * Offset of the last `count` records that are `wanted`, walking back from `size`. A torn record at the end (a monitor
 * that was killed while writing) is not counted: then the file is read from the start.
 */
export async function readLogTail(
  file: FileHandle,
  size: number,
  count: number,
  wanted: (record: LogRecord) => boolean,
): Promise<number> {
  if (count === 0) return size;
  let remaining = count;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - TAIL_CHUNK);
    const bytes = Buffer.alloc(end - start);
    await file.read(bytes, 0, bytes.length, start);
    let at = bytes.length;
    for (;;) {
      const record = previousRecord(bytes, at);
      if (record === null) break;
      at = record.start;
      if (wanted(record.record)) remaining -= 1;
      if (remaining === 0) return start + at;
    }
    if (at === bytes.length) return 0; // Not one whole record: damaged, or a torn end.
    end = start + at;
  }
  return 0;
}

function previousRecord(bytes: Buffer, end: number): { start: number; record: LogRecord } | null {
  if (end < HEADER_BYTES + TRAILER_BYTES) return null;
  const size = bytes.readUInt32LE(end - TRAILER_BYTES);
  const start = end - TRAILER_BYTES - size - HEADER_BYTES;
  if (size > MAXIMUM_DATA_BYTES || start < 0 || bytes.readUInt32LE(start) !== size) return null;
  const [record] = decodeLogRecords(bytes.subarray(start, end)).records;
  return record === undefined ? null : { start, record };
}
