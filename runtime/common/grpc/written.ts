import { once } from 'node:events';
import type { Http2Stream } from 'node:http2';

/** Writes to a stream and resolves when it takes more, or is gone. */
export async function written(stream: Http2Stream, bytes: Buffer): Promise<void> {
  if (stream.write(bytes)) return;
  const done = new AbortController();
  await Promise.race([
    once(stream, 'drain', { signal: done.signal }),
    once(stream, 'close', { signal: done.signal }),
  ]).finally(() => {
    done.abort();
  });
}
