import { Readable } from 'node:stream';

/** Bytes of a tar header, which is as much as has to be seen of an archive. */
const HEAD_SIZE = 512;
/** What gzip, bzip2, xz and zstd begin with. */
const COMPRESSED = ['1f8b08', '425a68', 'fd377a585a00', '28b52ffd'];
const CHECKSUM = { start: 148, end: 156 } as const;

/** Whether a stream begins as a tar does, compressed or not; `whole` has everything, what was read for that too. */
export async function lookForArchive(stream: Readable): Promise<{ isArchive: boolean; whole: Readable }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  const read: Buffer[] = [];
  for (let size = 0; size < HEAD_SIZE;) {
    const next = await chunks.next();
    if (next.done === true) break;
    const bytes = Buffer.from(next.value);
    read.push(bytes);
    size += bytes.length;
  }
  const head = Buffer.concat(read);
  const hex = head.subarray(0, 8).toString('hex');
  const isArchive = COMPRESSED.some((magic) => hex.startsWith(magic)) || isTarHeader(head);
  return { isArchive, whole: Readable.from(joined(head, chunks), { objectMode: false }) };
}

async function* joined(head: Buffer, chunks: AsyncIterator<Buffer | string>): AsyncGenerator<Buffer | string> {
  if (head.length > 0) yield head;
  yield* { [Symbol.asyncIterator]: () => chunks };
}

/** A header's sum is that of its bytes, with blanks in its own place. */
function isTarHeader(head: Buffer): boolean {
  if (head.length < HEAD_SIZE) return false;
  const written = /^[ 0]*([0-7]+)[ \0]/.exec(head.toString('latin1', CHECKSUM.start, CHECKSUM.end))?.[1];
  if (written === undefined) return false;
  let sum = 0;
  for (let at = 0; at < HEAD_SIZE; at += 1) sum += at >= CHECKSUM.start && at < CHECKSUM.end ? 0x20 : (head[at] ?? 0);
  return sum === Number.parseInt(written, 8);
}
