/**
 * The frame format, the same on every transport: one kind byte, the channel id as an unsigned LEB128 varint of at most
 * five bytes, then the payload up to the end of the message. Control payloads are JSON, `data` payloads raw bytes.
 */
export const FRAME_KINDS = [
  'hello', // JSON; first frame in both directions, id 0
  'call', // JSON { name, input }
  'ok', // JSON result of a call
  'error', // JSON ErrorData of a failed call
  'cancel', // empty; the page no longer wants the call or stream
  'open', // JSON { name, input }
  'item', // JSON, either direction
  'data', // bytes, either direction
  'credit', // varint: bytes the peer may send in addition
  'end', // empty; the sender will send no more on this channel
  'abort', // JSON ErrorData; the stream failed
  'ping', // empty; answered with `pong`
  'pong',
] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

export interface Frame {
  readonly kind: FrameKind;
  readonly id: number;
  readonly payload: Uint8Array;
}

/** A message that is not a frame. The connection it came from must be closed. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** A message of more bytes than may be sent. */
export class FrameSizeError extends FrameError {
  constructor() {
    super('frame is too large');
  }
}

/** Largest whole message accepted, in bytes: four times the largest window, so an honest peer never meets it. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;

const KIND_NUMBER = new Map<FrameKind, number>(FRAME_KINDS.map((kind, index) => [kind, index]));
const MAX_UINT32 = 0xff_ff_ff_ff;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const EMPTY = new Uint8Array(0);

/**
 * Encodes a frame into a buffer of its own (never a view of a pool, so a transport may post it as it is). Throws
 * FrameSizeError for more than the far side accepts: one answer too long must not cost the connection.
 */
export function encodeFrame(kind: FrameKind, id: number, payload: Uint8Array = EMPTY): Uint8Array<ArrayBuffer> {
  const idLength = varintLength(id);
  if (1 + idLength + payload.length > MAX_FRAME_BYTES) throw new FrameSizeError();
  const bytes = new Uint8Array(1 + idLength + payload.length);
  bytes[0] = KIND_NUMBER.get(kind) ?? 0;
  writeVarint(bytes, 1, id);
  bytes.set(payload, 1 + idLength);
  return bytes;
}

/** Decodes one message. Throws FrameError. */
export function decodeFrame(message: Uint8Array): Frame {
  if (message.length > MAX_FRAME_BYTES) throw new FrameSizeError();
  const kind = FRAME_KINDS[message[0] ?? -1];
  if (kind === undefined) throw new FrameError('unknown frame kind');
  const [id, offset] = readVarint(message, 1);
  return { kind, id, payload: message.subarray(offset) };
}

/** UTF-8 JSON. `undefined` becomes an empty object, since a call without a result has nothing to say. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(value === undefined ? {} : value));
}

/** Parses a control payload. Throws FrameError. */
export function decodeJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(payload)) as unknown;
  } catch {
    throw new FrameError('control payload is not UTF-8 JSON');
  }
}

/** Payload of a `credit` frame. */
export function encodeCredit(bytes: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(varintLength(bytes));
  writeVarint(payload, 0, bytes);
  return payload;
}

/** Bytes granted by a `credit` frame. Throws FrameError. */
export function decodeCredit(payload: Uint8Array): number {
  const [bytes, offset] = readVarint(payload, 0);
  if (offset !== payload.length) throw new FrameError('credit has trailing bytes');
  return bytes;
}

function varintLength(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > MAX_UINT32)
    throw new RangeError('not an unsigned 32-bit number');
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

function writeVarint(target: Uint8Array, start: number, value: number): void {
  let offset = start;
  let rest = value;
  while (rest >= 0x80) {
    target[offset] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    offset += 1;
  }
  target[offset] = rest;
}

function readVarint(source: Uint8Array, start: number): [value: number, next: number] {
  let value = 0;
  let factor = 1;
  for (let index = 0; index < 5; index += 1) {
    const byte = source[start + index];
    if (byte === undefined) throw new FrameError('frame ends inside a number');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      if (value > MAX_UINT32) throw new FrameError('number is out of range');
      if (index > 0 && byte === 0) throw new FrameError('number has a longer form than needed');
      return [value, start + index + 1];
    }
    factor *= 0x80;
  }
  throw new FrameError('number is too long');
}
