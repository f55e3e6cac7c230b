import { PassThrough, Transform, type Readable } from 'node:stream';
import type { ByteProgress } from '../contract/volumes.ts';
import { BridgeError } from '../rpc/error.ts';
import type { ServerChannel } from '../rpc/server.ts';
import { toBridgeError } from './docker-client.ts';

/** Bytes handed on at once. */
const CHUNK_BYTES = 64 * 1024;
/** 10 Hz: as often as a person can see a number change. In milliseconds. */
const REPORT_MS = 100;

/**
 * What the page sends on a channel as a stream. Must be called before anything is awaited, or the first bytes are lost.
 * The page gets credit as the reader takes the bytes.
 */
export function receive(channel: ServerChannel<unknown>): Readable {
  const stream = new PassThrough({ highWaterMark: 4 * CHUNK_BYTES });
  channel.onData = (bytes) =>
    new Promise<void>((resolve) => {
      // The frame's memory is the transport's; this copy is ours.
      stream.write(Buffer.from(bytes), () => {
        resolve();
      });
    });
  channel.onEnd = () => {
    stream.end();
  };
  channel.signal.addEventListener('abort', () => {
    stream.destroy(new BridgeError('cancelled', 'Cancelled.'));
  });
  // Whoever reads it hears of it; nobody may be reading yet.
  stream.on('error', () => {});
  return stream;
}

/** Sends a stream's bytes to the page as fast as the page takes them. Resolves to their number. */
export async function send(stream: Readable, channel: ServerChannel<unknown>): Promise<number> {
  let total = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (let offset = 0; offset < chunk.length; offset += CHUNK_BYTES) {
        await channel.data(chunk.subarray(offset, offset + CHUNK_BYTES));
      }
      total += chunk.length;
      if (channel.signal.aborted) break;
    }
  } catch (error) {
    throw toBridgeError(error, channel.signal);
  } finally {
    stream.destroy();
  }
  return total;
}

/** A stream that tells the page now and then how many bytes have passed. */
export function counted(channel: Pick<ServerChannel<ByteProgress>, 'item'>): Transform {
  let bytes = 0;
  let toldAt = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      const now = performance.now();
      if (now - toldAt >= REPORT_MS) {
        toldAt = now;
        channel.item({ bytes }).catch(() => {});
      }
      done(null, chunk);
    },
  });
}
