import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { http2 } from '../costly-modules.ts';
import { messageOf } from '../errors.ts';
import { frame, FrameReader } from './frames.ts';
import type { Draft, MessageType } from './message.ts';
import { GrpcError, GrpcStatus, statusTrailers } from './status.ts';
import { written } from './written.ts';

/** What a method learns of a call besides its messages. */
export interface ServerCall {
  readonly metadata: IncomingHttpHeaders;
  /** All values of a name of the metadata, one after the other: `metadata` has them in one text. */
  readonly values: (name: string) => string[];
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

/** A method whose requests and answers go side by side. It ends with `handle`. */
export function duplexMethod<Request extends object, Response extends object>(
  [requestType, responseType]: readonly [MessageType<Request>, MessageType<Response>],
  handle: (
    requests: AsyncIterable<Request>,
    send: (response: Draft<Response>) => Promise<void>,
    call: ServerCall,
  ) => Promise<void>,
): GrpcMethod {
  return (stream, call) =>
    handle(requestsOf(stream, requestType), (response) => write(stream, frame(responseType.encode(response))), call);
}

async function* requestsOf<T extends object>(
  stream: ServerHttp2Stream,
  type: MessageType<T>,
): AsyncGenerator<T, void, undefined> {
  const frames = new FrameReader();
  // The answers go on after the last request.
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) for (const body of frames.push(chunk)) yield type.decode(body);
}

/** Which code of gRPC an error is told as, when it is no GrpcError. */
export type CodeOf = (error: unknown) => number;

/** Serves methods on a connection that is there already, until it ends. */
export function serveGrpc(
  socket: Duplex,
  methods: ReadonlyMap<string, GrpcMethod>,
  codeOf: CodeOf = () => GrpcStatus.unknown,
): ServerHttp2Session {
  const session = http2().performServerHandshake(socket);
  session.on('error', () => {
    session.destroy();
  });
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    const values = (name: string): string[] =>
      raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
    void answer(stream, headers, values, methods, codeOf);
  });
  return session;
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  values: ServerCall['values'],
  methods: ReadonlyMap<string, GrpcMethod>,
  codeOf: CodeOf,
): Promise<void> {
  const abort = new AbortController();
  stream.on('close', () => {
    abort.abort();
  });
  // A caller that resets its stream is one that went away: the signal says so.
  stream.on('error', () => {
    abort.abort();
  });
  let trailers = statusTrailers(GrpcStatus.ok, '');
  try {
    const path = headers[':path'] ?? '';
    const method = methods.get(path);
    if (method === undefined) throw new GrpcError(GrpcStatus.unimplemented, `unknown method ${path}`);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    await method(stream, { metadata: headers, values, signal: abort.signal });
  } catch (error) {
    const [code, details] = error instanceof GrpcError ? [error.code, error.details] : [codeOf(error), []];
    trailers = statusTrailers(code, messageOf(error), details);
  }
  if (stream.destroyed || stream.closed) return;
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
  await written(stream, bytes);
}
