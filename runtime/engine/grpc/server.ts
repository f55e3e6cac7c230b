import { once } from 'node:events';
import {
  performServerHandshake,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { EngineError, messageOf } from '../errors.ts';
import { frame, FrameReader } from './frames.ts';
import type { Draft, MessageType } from './message.ts';
import { encodeStatusMessage, GrpcError, GrpcStatus } from './status.ts';

/** What a method learns of a call besides its messages. */
export interface ServerCall {
  readonly metadata: IncomingHttpHeaders;
  /** Aborted when the caller gives the call up, or is gone. */
  readonly signal: AbortSignal;
}

/** A method that is served: by its path, `/package.Service/Method`. */
export type GrpcMethod = (stream: ServerHttp2Stream, call: ServerCall) => Promise<void>;

/** A method of one request and one answer. */
export function unaryMethod<Request extends object, Response extends object>(
  [requestType, responseType]: readonly [MessageType<Request>, MessageType<Response>],
  handle: (request: Request, call: ServerCall) => Promise<Draft<Response>> | Draft<Response>,
): GrpcMethod {
  return async (stream, call) => {
    const request = await readRequest(stream, requestType);
    const response = await handle(request, call);
    await write(stream, frame(responseType.encode(response)));
  };
}

/** A method of one request and many answers. */
export function streamMethod<Request extends object, Response extends object>(
  [requestType, responseType]: readonly [MessageType<Request>, MessageType<Response>],
  handle: (request: Request, send: (response: Draft<Response>) => Promise<void>, call: ServerCall) => Promise<void>,
): GrpcMethod {
  return async (stream, call) => {
    const request = await readRequest(stream, requestType);
    await handle(request, (response) => write(stream, frame(responseType.encode(response))), call);
  };
}

/** Serves methods on a connection that is there already, until it ends. */
export function serveGrpc(socket: Duplex, methods: ReadonlyMap<string, GrpcMethod>): ServerHttp2Session {
  const session = performServerHandshake(socket);
  session.on('error', () => {
    session.destroy();
  });
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    void answer(stream, headers, methods);
  });
  return session;
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  methods: ReadonlyMap<string, GrpcMethod>,
): Promise<void> {
  const abort = new AbortController();
  stream.on('close', () => {
    abort.abort();
  });
  // A caller that resets its stream is one that went away: the signal says so.
  stream.on('error', () => {
    abort.abort();
  });
  let code: number = GrpcStatus.ok;
  let text = '';
  try {
    const path = headers[':path'] ?? '';
    const method = methods.get(path);
    if (method === undefined) throw new GrpcError(GrpcStatus.unimplemented, `unknown method ${path}`);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    await method(stream, { metadata: headers, signal: abort.signal });
  } catch (error) {
    code = codeOf(error);
    text = messageOf(error);
  }
  if (stream.destroyed || stream.closed) return;
  const trailers = {
    'grpc-status': String(code),
    ...(text === '' ? {} : { 'grpc-message': encodeStatusMessage(text) }),
  };
  if (!stream.headersSent) {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
    return;
  }
  stream.on('wantTrailers', () => {
    stream.sendTrailers(trailers);
  });
  stream.end();
  // What the caller still sends means nothing.
  stream.resume();
}

function codeOf(error: unknown): number {
  if (error instanceof GrpcError) return error.code;
  if (!(error instanceof EngineError)) return GrpcStatus.unknown;
  if (error.kind === 'not-found') return GrpcStatus.notFound;
  if (error.kind === 'unsupported') return GrpcStatus.unimplemented;
  return error.kind === 'invalid' ? GrpcStatus.invalidArgument : GrpcStatus.unknown;
}

async function readRequest<T extends object>(stream: ServerHttp2Stream, type: MessageType<T>): Promise<T> {
  const frames = new FrameReader();
  // Not `for await`, which would destroy the stream when it is left.
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let request: T | null = null;
  const onData = (chunk: Buffer): void => {
    try {
      for (const body of frames.push(chunk)) request ??= type.decode(body);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const onEnd = (): void => {
    if (request === null) reject(new GrpcError(GrpcStatus.internal, 'the call has no request'));
    else resolve(request);
  };
  const onClose = (): void => {
    reject(new GrpcError(GrpcStatus.cancelled, 'context canceled'));
  };
  stream.on('data', onData);
  stream.once('end', onEnd);
  stream.once('close', onClose);
  try {
    return await promise;
  } finally {
    stream.off('data', onData);
    stream.off('end', onEnd);
    stream.off('close', onClose);
  }
}

async function write(stream: ServerHttp2Stream, bytes: Buffer): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw new GrpcError(GrpcStatus.cancelled, 'context canceled');
  if (stream.write(bytes)) return;
  const done = new AbortController();
  await Promise.race([
    once(stream, 'drain', { signal: done.signal }),
    once(stream, 'close', { signal: done.signal }),
  ]).finally(() => {
    done.abort();
  });
}
