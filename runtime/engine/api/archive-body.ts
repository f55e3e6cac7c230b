import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { COMPRESSION_MAGIC_SIZE, compressionOf, damaged, decoder } from '../store/decompress.ts';

/**
 * The plain archive in a request's body, decompressed here and on the host's side, never by a program that is looked for
 * in a container (CVE-2026-41567). Who gives the archive up half-way does not end the request: the rest is read and dropped,
 * so that the client gets to read the answer.
 */
export async function archiveBody(request: IncomingMessage): Promise<Readable> {
  const compression = compressionOf(await firstBytes(request));
  const inflater = decoder(compression);
  const feed = new PassThrough({ highWaterMark: 1024 * 1024 });
  feed.on('error', () => undefined); // Told to whoever reads it.
  const fail = (error: Error): void => {
    feed.destroy(damaged(error, compression));
  };
  request.on('error', (error) => feed.destroy(error));
  request.on('close', () => {
    if (!request.readableEnded) feed.destroy(new EngineError('invalid', 'the archive was cut off'));
  });
  inflater?.on('error', fail);
  const source = inflater === null ? request : request.pipe(inflater);
  source.pipe(feed);
  feed.on('close', () => {
    source.unpipe(feed);
    request.unpipe();
    inflater?.destroy();
    request.resume();
  });
  return feed;
}

/** Looks at the beginning of a stream and puts it back. */
async function firstBytes(stream: IncomingMessage): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < COMPRESSION_MAGIC_SIZE && !stream.readableEnded && !stream.destroyed) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) head = Buffer.concat([head, chunk]);
    else if (stream.complete) break;
    else await Promise.race([once(stream, 'readable'), once(stream, 'close')]);
  }
  if (head.length > 0) stream.unshift(head);
  return head;
}
