import { GrpcError, GrpcStatus } from './status.ts';

/** Flag byte and big-endian length before every message. */
const HEAD_LENGTH = 5;
/** Bytes of one message: clients send pieces of 3 MiB at most, gRPC's own limit is 4. */
const MESSAGE_MAX = 16 * 1024 * 1024;

/** A message as it goes over the wire: not compressed. */
export function frame(body: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(HEAD_LENGTH + body.length);
  whole.writeUInt8(0, 0);
  whole.writeUInt32BE(body.length, 1);
  whole.set(body, HEAD_LENGTH);
  return whole;
}

/** Takes a stream's bytes apart into messages. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** The messages that are whole now. Throws GrpcError for compressed or too large ones. */
  *push(chunk: Buffer): Generator<Uint8Array, void, undefined> {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (bytes.length >= HEAD_LENGTH) {
      if (bytes.readUInt8(0) !== 0)
        throw new GrpcError(GrpcStatus.unimplemented, 'compressed messages are not understood');
      const length = bytes.readUInt32BE(1);
      if (length > MESSAGE_MAX)
        throw new GrpcError(GrpcStatus.resourceExhausted, `a message of ${length} bytes is too large`);
      if (bytes.length < HEAD_LENGTH + length) break;
      yield bytes.subarray(HEAD_LENGTH, HEAD_LENGTH + length);
      bytes = bytes.subarray(HEAD_LENGTH + length);
    }
    this.#held = bytes;
  }

  /** Throws when the stream ended in the middle of a message. */
  end(): void {
    if (this.#held.length > 0) throw new GrpcError(GrpcStatus.internal, 'the stream ended inside a message');
  }
}
