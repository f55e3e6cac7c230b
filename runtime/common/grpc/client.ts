import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';
import { http2 } from '../costly-modules.ts';
import { messageOf } from '../errors.ts';
import { frame, FrameReader } from './frames.ts';
import type { Draft, MessageType } from './message.ts';
import { decodeStatusMessage, GrpcError, GrpcStatus } from './status.ts';
import { written } from './written.ts';

/** Bytes that may be on their way on one stream: contexts come through it. */
const WINDOW = 8 * 1024 * 1024;

/** What goes along with a call. */
export interface CallOptions {
  /** Metadata; several values of a name go one after the other. */
  readonly metadata?: Readonly<Record<string, string | string[]>>;
  readonly signal: AbortSignal;
}

/** A call that sends and receives many messages. */
export interface GrpcCall<Request extends object, Response extends object> {
  /** Resolves when more may be sent; sending to a call that ended does nothing. */
  send(request: Draft<Request>): Promise<void>;
  /** No more is sent. */
  end(): void;
  /** What is received, until the call ends. Throws GrpcError when it ends badly. */
  responses(): AsyncGenerator<Response, void, undefined>;
  /** Ends the call without waiting for the other side. */
  cancel(): void;
}

/** The calling side of gRPC on a connection that is there already: the other side of it serves. */
export class GrpcClient {
  readonly #session: ClientHttp2Session;
  #failure: Error | null = null;

  constructor(socket: Duplex) {
    this.#session = http2().connect('http://session', {
      createConnection: () => socket,
      settings: { initialWindowSize: WINDOW, enablePush: false },
    });
    this.#session.on('error', (error: Error) => {
      this.#failure = error;
    });
    this.#session.on('connect', () => {
      this.#session.setLocalWindowSize(2 * WINDOW);
    });
  }

  /** Told once, when the connection has ended. */
  onClose(listener: () => void): void {
    if (this.#session.closed) listener();
    else this.#session.once('close', listener);
  }

  /** Calls a method of one request and one answer. Throws GrpcError. */
  async unary<Request extends object, Response extends object>(
    path: string,
    [requestType, responseType]: readonly [MessageType<Request>, MessageType<Response>],
    request: Draft<Request>,
    options: CallOptions,
  ): Promise<Response> {
    const call = this.call(path, [requestType, responseType], options);
    await call.send(request);
    call.end();
    let answer: Response | null = null;
    for await (const response of call.responses()) answer = response;
    return answer ?? responseType.decode(new Uint8Array(0));
  }

  /** Begins a call of many messages either way. */
  call<Request extends object, Response extends object>(
    path: string,
    [requestType, responseType]: readonly [MessageType<Request>, MessageType<Response>],
    { metadata = {}, signal }: CallOptions,
  ): GrpcCall<Request, Response> {
    signal.throwIfAborted();
    if (this.#session.closed || this.#session.destroyed)
      throw new GrpcError(GrpcStatus.unavailable, this.#failure?.message ?? 'the connection is closed');
    const stream = this.#session.request({
      ...metadata,
      ':method': 'POST',
      ':scheme': 'http',
      ':authority': 'localhost',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const cancel = (): void => {
      stream.close(http2().constants.NGHTTP2_CANCEL);
    };
    signal.addEventListener('abort', cancel, { once: true });
    stream.once('close', () => {
      signal.removeEventListener('abort', cancel);
    });
    const ending = statusOf(stream, signal);
    return {
      cancel,
      end: () => {
        stream.end();
      },
      send: async (request) => {
        if (stream.destroyed || stream.writableEnded) return;
        await written(stream, frame(requestType.encode(request)));
      },
      async *responses() {
        const frames = new FrameReader();
        try {
          for await (const chunk of stream as AsyncIterable<Buffer>)
            for (const body of frames.push(chunk)) yield responseType.decode(body);
        } catch (error) {
          if (error instanceof GrpcError) {
            cancel();
            throw error;
          }
          signal.throwIfAborted();
          throw new GrpcError(GrpcStatus.unavailable, messageOf(error), { cause: error });
        }
        await ending;
        frames.end();
      },
    };
  }

  /** Ends the connection and all calls on it. */
  close(): void {
    this.#session.destroy();
  }
}

/** Resolves when a call has ended well; rejects with what went wrong. Nobody needs to wait for it. */
function statusOf(stream: ClientHttp2Stream, signal: AbortSignal): Promise<null> {
  const { promise, resolve, reject } = Promise.withResolvers<null>();
  promise.catch(() => undefined);
  const judge = (headers: IncomingHttpHeaders): void => {
    const [code] = [headers['grpc-status']].flat();
    const [text = ''] = [headers['grpc-message']].flat();
    if (code === undefined) return;
    if (code === '0') resolve(null);
    else reject(new GrpcError(Number(code), decodeStatusMessage(text)));
  };
  stream.on('response', judge);
  stream.on('trailers', judge);
  stream.on('error', (error: Error) => {
    reject(new GrpcError(GrpcStatus.unavailable, error.message, { cause: error }));
  });
  stream.on('close', () => {
    const reason = signal.aborted ? 'context canceled' : 'the call ended without a status';
    reject(new GrpcError(signal.aborted ? GrpcStatus.cancelled : GrpcStatus.unavailable, reason));
  });
  return promise;
}
