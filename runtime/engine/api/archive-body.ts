import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { PassThrough, type Readable, type Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EngineError } from '../errors.ts';
import { ZstdFrames } from '../store/zstd.ts';

/** First bytes of the compressions that clients send. */
const MAGIC = {
  gzip: Buffer.from([0x1f, 0x8b]),
  zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
  bzip2: Buffer.from('BZh'),
  xz: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]),
} as const;
const MAGIC_LENGTH = 5;

/**
 * The plain archive in a request's body, decompressed here and by our own code, never by a program that is looked for in
 * a container (CVE-2026-41567). Who gives the archive up half-way does not end the request: the rest is read and dropped,
 * so that the client gets to read the answer. Throws `invalid` for other compressions.
 */
export async function archiveBody(request: IncomingMessage): Promise<Readable> {
  const decoder = decoderOf(await firstBytes(request));
  const feed = new PassThrough({ highWaterMark: 1024 * 1024 });
  feed.on('error', () => undefined); // Told to whoever reads it.
  const fail = (error: Error): void => {
    feed.destroy(new EngineError('invalid', `the archive is damaged: ${error.message}`, { cause: error }));
  };
  request.on('error', (error) => feed.destroy(error));
  request.on('close', () => {
    if (!request.readableEnded) feed.destroy(new EngineError('invalid', 'the archive was cut off'));
  });
  decoder?.on('error', fail);
  const source = decoder === null ? request : request.pipe(decoder);
  source.pipe(feed);
  feed.on('close', () => {
    source.unpipe(feed);
    request.unpipe();
    decoder?.destroy();
    request.resume();
  });
  return feed;
}

function decoderOf(head: Buffer): Transform | null {
  const startsWith = (magic: Buffer): boolean => head.subarray(0, magic.length).equals(magic);
  if (startsWith(MAGIC.gzip)) return createGunzip();
  if (startsWith(MAGIC.zstd)) return new ZstdFrames();
  if (startsWith(MAGIC.bzip2) || startsWith(MAGIC.xz)) {
    throw new EngineError('invalid', 'archives compressed with bzip2 or xz are not supported; use gzip, zstd or none');
  }
  return null;
}

/** Looks at the beginning of a stream and puts it back. */
async function firstBytes(stream: IncomingMessage): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < MAGIC_LENGTH && !stream.readableEnded && !stream.destroyed) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) head = Buffer.concat([head, chunk]);
    else if (stream.complete) break;
    else await Promise.race([once(stream, 'readable'), once(stream, 'close')]);
  }
  if (head.length > 0) stream.unshift(head);
  return head;
}
