import type { LogSource } from './log-files.ts';
import { decodeBackward, logRecordOverhead, type LogRecord } from '../launcher/log-format.ts';

/** Bytes read at a time while walking backwards. */
const CHUNK = 256 * 1024;

/**
 * Offset of the last `count` records of a log file that are `wanted`, walking back from `size`, and how many of them the
 * file does not have. A torn end (a monitor that was killed while writing) cannot be walked over: then the file is read
 * from its start.
 */
export async function findLogTail(
  file: LogSource,
  size: number,
  count: number,
  wanted: (record: LogRecord) => boolean,
): Promise<{ offset: number; missing: number }> {
  if (count === 0) return { offset: size, missing: 0 };
  let remaining = count;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK);
    const buffer = Buffer.alloc(end - start);
    await file.read(buffer, 0, buffer.length, start);
    const { records, offset } = decodeBackward(buffer, Number.POSITIVE_INFINITY);
    if (offset === buffer.length) return { offset: 0, missing: 0 };
    const { found, left } = countBack(records, remaining, wanted);
    if (found !== null) return { offset: end - sizeOf(records.slice(found)), missing: 0 };
    remaining = left;
    end = start + offset;
  }
  return { offset: 0, missing: remaining };
}

/** Index of the `count`th wanted record from the end, or how many are still to be found. */
function countBack(
  records: readonly LogRecord[],
  count: number,
  wanted: (record: LogRecord) => boolean,
): { found: number | null; left: number } {
  let left = count;
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (record !== undefined && wanted(record)) left -= 1;
    if (left === 0) return { found: index, left };
  }
  return { found: null, left };
}

function sizeOf(records: readonly LogRecord[]): number {
  return records.reduce((sum, record) => sum + record.bytes.length + logRecordOverhead, 0);
}
