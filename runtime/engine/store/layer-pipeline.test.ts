import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LaunchError } from '../launcher/types.ts';
import { answer, encodeApplyLayer, FrameWriter } from '../launcher/wire.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from './digest.ts';
import { LayerPipeline } from './layer-pipeline.ts';

let directory = '';
let pipeline: LayerPipeline;
let server: Server;
/** What the launcher's side does; it has been greeted and gets every byte that comes after that. */
let launcher: (socket: Socket) => void;
const sink = { socketPath: '', request: encodeApplyLayer('/nowhere', []) };

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'layer-'));
  pipeline = new LayerPipeline();
  sink.socketPath = `\0berth-test-${randomUUID()}`;
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.write(new FrameWriter(answer.hello).u16(0).u32(process.pid).finish());
    launcher(socket);
  }).listen(sink.socketPath);
  await once(server, 'listening');
});
afterEach(async () => {
  await pipeline.close();
  server.close();
  rmSync(directory, { recursive: true });
});

const source = (bytes: AsyncIterable<Uint8Array>): { bytes: AsyncIterable<Uint8Array>; writePath: string } => ({
  bytes,
  writePath: join(directory, randomUUID()),
});
const LAYER = gzipSync(randomBytes(8 << 20), { level: 0 });
async function* whole(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < LAYER.length; at += 65_536) {
    yield LAYER.subarray(at, at + 65_536);
    await Promise.resolve();
  }
}

it('sends the archive, and tells what came of it beside the digests', async () => {
  let received = 0;
  launcher = (socket) => {
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    socket.on('end', () => {
      socket.end(new FrameWriter(answer.layer).u64(7n).u64(1n).strings(['a word']).finish());
    });
  };
  const { digests, applied } = await pipeline.run(source(whole()), sink).result;
  expect(digests).toMatchObject({ blobSize: LAYER.length, plainSize: 8 << 20 });
  expect(applied).toEqual({ size: 7, entries: 1, warnings: ['a word'] });
  expect(received).toBeGreaterThan(8 << 20);
});

const PLAIN = randomBytes(400_000);
const [FIRST, REST] = [PLAIN.subarray(0, 250_000), PLAIN.subarray(250_000)];
it.each([
  ['zstd of several frames', Buffer.concat([zstdCompressSync(FIRST), zstdCompressSync(REST)])],
  ['zstd with an empty frame at its end', Buffer.concat([zstdCompressSync(PLAIN), zstdCompressSync(Buffer.alloc(0))])],
  ['gzip of several members', Buffer.concat([gzipSync(FIRST), gzipSync(REST)])],
  ['gzip with zeros after it', Buffer.concat([gzipSync(PLAIN), Buffer.alloc(100_000)])],
])('takes %s to its end, in whatever pieces it comes', async (_, blob) => {
  for (const size of [blob.length, 50_000, 65_536]) {
    async function* bytes(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < blob.length; at += size) yield await Promise.resolve(blob.subarray(at, at + size));
    }
    const { digests } = await pipeline.run(source(bytes()), null).result;
    expect(digests).toMatchObject({
      blobDigest: digestOf(blob),
      blobSize: blob.length,
      diffId: digestOf(PLAIN),
      plainSize: PLAIN.length,
    });
  }
});

it('stores and hashes to its end what the launcher refuses at once', async () => {
  launcher = (socket) => {
    socket.once('data', () => {
      socket.write(new FrameWriter(answer.error).u8(8).u32(5).string('refused').finish());
    });
    socket.on('end', () => socket.end());
  };
  const { digests, applied } = await pipeline.run(source(whole()), sink).result;
  expect(digests).toMatchObject({ blobSize: LAYER.length, plainSize: 8 << 20 });
  expect(applied).toBeInstanceOf(LaunchError);
  expect(applied).toMatchObject({ message: 'refused', errno: 5 });
});

it('tells of a launcher that is not there, or dies, in the same way', async () => {
  launcher = (socket) => {
    socket.once('data', () => socket.destroy());
  };
  const died = await pipeline.run(source(whole()), sink).result;
  expect(died.applied).toMatchObject({ kind: 'process-gone' });
  const absent = await pipeline.run(source(whole()), { ...sink, socketPath: join(directory, 'none') }).result;
  expect(absent.applied).toMatchObject({ kind: 'process-gone' });
});

it.each(['gives it up', 'sends damaged bytes', 'breaks off'] as const)(
  'fails only when the launcher has ended its work, where who asks %s',
  async (what) => {
    let stillWriting = true;
    const begun = Promise.withResolvers<null>();
    launcher = (socket) => {
      socket.on('data', () => {
        begun.resolve(null);
      });
      socket.on('end', () => {
        // A disk takes its time.
        void pause(300).then(() => {
          stillWriting = false;
          socket.end(new FrameWriter(answer.error).u8(8).u32(0).string('it ends early').finish());
        });
      });
    };
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield LAYER.subarray(0, 1 << 20);
      await begun.promise;
      if (what === 'breaks off') throw new Error('the registry hung up');
      if (what === 'sends damaged bytes') yield Buffer.alloc(1 << 20, 1);
      else await pause(10_000, null, { ref: false });
    }
    const run = pipeline.run(source(bytes()), sink);
    await begun.promise;
    if (what === 'gives it up') run.cancel(new Error('given up'));
    const reason = { 'gives it up': 'given up', 'sends damaged bytes': 'damaged', 'breaks off': 'hung up' }[what];
    await expect(run.result).rejects.toThrow(reason);
    expect(stillWriting).toBe(false);
  },
);
