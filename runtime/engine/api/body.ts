import type { IncomingMessage } from 'node:http';
import { EngineError, messageOf } from '../errors.ts';
import { jsonMistake } from './json-mistake.ts';

/** Largest JSON body: Docker's own create bodies are a few kB; 4 MiB leaves room for huge environments. */
const MAXIMUM_JSON_BYTES = 4 * 1024 * 1024;
/**
 * Bytes that are read of a body that is too large, and dropped: a socket that is closed with unread bytes is reset, and
 * the refusal may be lost with it.
 */
const MAXIMUM_READ_BYTES = 64 * 1024 * 1024;

/**
 * Reads and parses the JSON body. For an upgrade request Node hands the body's first bytes over as `head` and never
 * parses the rest, so it is read from the socket by Content-Length and what follows is put back for the stream.
 */
export async function readJsonBody(request: IncomingMessage, head: Buffer | null): Promise<unknown> {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  assertReadable(length, head);
  const bytes = head === null ? await collect(request) : await collectUpgraded(request, head, length);
  if (bytes.length === 0) return undefined;
  const type = request.headers['content-type'];
  if (type !== undefined && !type.startsWith('application/json')) {
    throw new EngineError('invalid', `unsupported Content-Type header (${type}): must be 'application/json'`);
  }
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngineError('invalid', jsonMistake(text, messageOf(error)), { cause: error });
  }
}

/** Reads a body of known length and forgets it. One without a length may be the stream itself, as old clients send it. */
export async function skipBody(request: IncomingMessage, head: Buffer | null): Promise<void> {
  const length = Number(request.headers['content-length'] ?? 0);
  assertReadable(length, head);
  if (length > 0) await (head === null ? collect(request) : collectUpgraded(request, head, length));
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAXIMUM_READ_BYTES) throw tooLarge();
    if (size <= MAXIMUM_JSON_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MAXIMUM_JSON_BYTES) throw tooLarge();
  return Buffer.concat(chunks);
}

/** What is not even read to be dropped. An upgraded connection's body is kept whole. */
function assertReadable(length: number, head: Buffer | null): void {
  if (length > (head === null ? MAXIMUM_READ_BYTES : MAXIMUM_JSON_BYTES)) throw tooLarge();
}

function collectUpgraded(request: IncomingMessage, head: Buffer, length: number): Promise<Buffer> {
  if (!Number.isFinite(length) || length <= 0) {
    if (head.length > 0) request.socket.unshift(head);
    return Promise.resolve(Buffer.alloc(0));
  }
  return new Promise((resolve, reject) => {
    let pending = head;
    const finish = (): void => {
      request.socket.off('data', take).off('close', gone);
      request.socket.pause();
      if (pending.length > length) request.socket.unshift(pending.subarray(length));
      resolve(pending.subarray(0, length));
    };
    const take = (chunk: Buffer): void => {
      pending = Buffer.concat([pending, chunk]);
      if (pending.length >= length) finish();
    };
    const gone = (): void => {
      reject(new EngineError('invalid', 'the connection closed before the body was complete'));
    };
    if (pending.length >= length) {
      finish();
      return;
    }
    request.socket.on('data', take).on('close', gone);
  });
}

function tooLarge(): EngineError {
  return new EngineError('too-large', `request body too large: the limit is ${MAXIMUM_JSON_BYTES} bytes`);
}
