import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { EngineError } from '../../errors.ts';
import type { CallOptions } from '../../../common/grpc/client.ts';
import { GrpcError, GrpcStatus } from '../../../common/grpc/status.ts';
import type { Descriptor } from '../../images/manifest.ts';
import { digestOf, type Digest } from '../../store/digest.ts';
import type { BlobTarget, ClientContent } from '../cache/remote/blob-places.ts';
import * as messages from '../../../common/buildkit/content-messages.ts';
import { CONTENT_METHODS } from '../../../common/buildkit/content-messages.ts';
import type { BuildSession } from './session.ts';

/** Which of the client's stores is meant. */
const STORE_HEADER = 'buildkit-attachable-store-id';
/** Bytes of one message; gRPC's own limit is 4 MiB. */
const PIECE = 1024 * 1024;
/** Bytes of a manifest or configuration that is read into memory. */
const READ_MAX = 32 * 1024 * 1024;

/** A content store of the client, to be read and written. */
export type ClientStore = ClientContent & BlobTarget;

/**
 * A directory of the client that holds an OCI layout, reached through containerd's content service on its session: the
 * caches of `type=local`. The client itself writes `index.json`, when it hears of the cache's manifest.
 */
export function clientContent(session: Pick<BuildSession, 'call'>, store: string, signal: AbortSignal): ClientStore {
  const optionsOf = (one: AbortSignal): CallOptions => ({ metadata: { [STORE_HEADER]: store }, signal: one });

  async function* open({ digest, size }: Descriptor, stop: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const call = session.call(CONTENT_METHODS.read, [messages.readRequest, messages.readResponse], optionsOf(stop));
    await call.send({ digest, size: BigInt(size) });
    call.end();
    for await (const { data } of call.responses()) if (data.length > 0) yield data;
  }

  /** Size in bytes; null when the store does not have it. */
  const sizeOf = async (digest: Digest, stop: AbortSignal): Promise<number | null> => {
    const call = session.call(CONTENT_METHODS.info, [messages.infoRequest, messages.infoResponse], optionsOf(stop));
    await call.send({ digest });
    call.end();
    try {
      let size: number | null = null;
      for await (const { info } of call.responses()) if (info !== null) size = Number(info.size);
      return size;
    } catch (error) {
      if (error instanceof GrpcError && error.code === GrpcStatus.notFound) return null;
      throw error;
    }
  };

  const write = async ({ digest, size }: Descriptor, bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    const types = [messages.writeRequest, messages.writeResponse] as const;
    const call = session.call(CONTENT_METHODS.write, types, optionsOf(signal));
    const whole = { total: BigInt(size), expected: digest };
    // A name of this write alone: what another one has left is not gone on with.
    const ref = `berth-${randomUUID()}`;
    const answered = (async () => {
      for await (const { action } of call.responses()) if (action === messages.WriteAction.commit) return true;
      return false;
    })();
    answered.catch(() => undefined);
    try {
      let offset = 0;
      for await (const piece of pieces(bytes)) {
        await call.send({ action: messages.WriteAction.write, ref, ...whole, offset: BigInt(offset), data: piece });
        offset += piece.length;
      }
      await call.send({ action: messages.WriteAction.commit, ref, ...whole, offset: BigInt(offset) });
      call.end();
      if (!(await answered)) throw new EngineError('internal', `the client did not take ${digest}`);
    } catch (error) {
      call.cancel();
      // Somebody else has put it there meanwhile.
      if (!(error instanceof GrpcError && error.code === GrpcStatus.alreadyExists)) throw error;
    }
  };

  return {
    open,
    read: async (digest, stop) => {
      const size = await sizeOf(digest, stop);
      if (size === null) throw new EngineError('not-found', `content ${digest}: not found`);
      if (size > READ_MAX) throw new EngineError('invalid', `content ${digest} of the client is too large`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of open({ mediaType: '', digest, size }, stop)) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (digestOf(bytes) !== digest) throw new EngineError('invalid', `content ${digest} of the client is another`);
      return bytes;
    },
    has: async ({ digest }) => (await sizeOf(digest, signal)) !== null,
    put: (blob, path) => write(blob, createReadStream(path, { highWaterMark: PIECE })),
    finish: async (bytes, mediaType) => {
      const blob = { mediaType, digest: digestOf(bytes), size: bytes.length };
      if ((await sizeOf(blob.digest, signal)) === null) await write(blob, once(bytes));
    },
  };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield await Promise.resolve(bytes);
}

/** The same bytes in pieces that one message can carry. */
async function* pieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes)
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}
