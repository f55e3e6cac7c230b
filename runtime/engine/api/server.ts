import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { https } from '../../common/costly-modules.ts';
import { EngineError } from '../errors.ts';
import type { Logger } from '../../common/logger.ts';
import { readJsonBody, skipBody } from './body.ts';
import { sendError } from './error-response.ts';
import { asksForRawStream, hijackedStream, hijackHead, leaveParser, streamType, upgradeHead } from './hijack.ts';
import type { ApiContext, Router } from './router.ts';
import { API_VERSION, MINIMUM_API_VERSION, parseVersionedPath } from './version.ts';
import { assertNoPage } from './web-pages.ts';
import { acceptWebSocket, asksForWebSocket } from './web-socket.ts';

/** ms in which the head of a request must have come: dockerd's five minutes. */
const HEAD_TIMEOUT = 300_000;

/** What `abort()` would make anew for each request, with a stack that nobody reads: a tenth of a millisecond. */
const RESPONSE_CLOSED = new DOMException('This operation was aborted', 'AbortError');

/** What a server needs to know besides its routes. */
export interface ApiServerOptions {
  readonly version: string;
  readonly logger: Logger;
  /** Null for plain HTTP. */
  readonly tls: TlsOptions | null;
  /** Names by which it may be asked over TCP. */
  readonly names: ReadonlySet<string>;
}

/** Serves the routes over HTTP/1.1, with `tls` over TLS. Listening is the caller's. */
export function createApiServer(router: Router, { version, logger, tls, names }: ApiServerOptions): Server {
  // Idle connections are kept, as dockerd keeps them: clients pool them, and one that is closed as it is used is an error.
  const options = { keepAlive: true, requestTimeout: 0, headersTimeout: HEAD_TIMEOUT, keepAliveTimeout: 0 };
  // A client that has no more input still waits for output.
  const server =
    tls === null ? createServer(options) : https().createServer({ ...options, ...tls, allowHalfOpen: true });
  // `docker events` and `wait` are idle for days: no time-out on an accepted request.
  server.timeout = 0;

  const handle = (request: IncomingMessage, response: ServerResponse, head: Buffer | null): void => {
    response.setHeader('Api-Version', API_VERSION);
    response.setHeader('Server', `Berth/${version} (linux)`);
    response.setHeader('Ostype', 'linux');
    response.setHeader('Docker-Experimental', 'false');
    const abort = new AbortController();
    response.on('close', () => {
      abort.abort(RESPONSE_CLOSED);
    });
    dispatch(router, names, request, response, head, abort.signal).catch((error: unknown) => {
      if (!(error instanceof EngineError)) logger.debug('request failed', { url: request.url, error });
      // A connection that was taken over has no place for an answer: its end is all that can be told.
      if (response.socket === null) request.socket.destroy();
      else sendError(response, error);
    });
  };

  // Connections that are about to be taken over: what comes on them before is no request, and dropped, as dockerd drops it.
  const becomingRaw = new WeakMap<Duplex, IncomingMessage>();
  const left = new WeakSet<Duplex>();
  server.on('request', (request, response) => {
    if (becomingRaw.has(request.socket)) return;
    if (asksForRawStream(request)) {
      const { socket } = request;
      becomingRaw.set(socket, request);
      // Answered like any other, for there was no such container; nobody reads on what the parser has left.
      response.on('finish', () => {
        becomingRaw.delete(socket);
        if (left.has(socket)) socket.destroySoon();
      });
    }
    handle(request, response, null);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new ServerResponse(request);
    try {
      response.assignSocket(socket as Socket);
    } catch {
      // An earlier request of this connection is not answered yet: nobody could tell the answers apart.
      socket.destroy();
      return;
    }
    // Errors and plain answers to an upgrade request end the connection: its parser is detached from the socket.
    response.shouldKeepAlive = false;
    response.on('finish', () => {
      response.detachSocket(socket as Socket);
      socket.end();
      // Nobody is told of the end of what nobody reads.
      socket.resume();
    });
    socket.on('error', () => socket.destroy());
    handle(request, response, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code?.startsWith('HPE_') === true && becomingRaw.get(socket)?.complete === true) {
      left.add(socket);
      leaveParser(socket as Socket);
      return;
    }
    if (socket.writable && error.code !== 'ECONNRESET') {
      socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    } else {
      socket.destroy();
    }
  });
  return server;
}

async function dispatch(
  router: Router,
  names: ReadonlySet<string>,
  request: IncomingMessage,
  response: ServerResponse,
  head: Buffer | null,
  signal: AbortSignal,
): Promise<void> {
  assertNoPage(request, names);
  const url = new URL(request.url ?? '/', 'http://engine');
  const { version, path } = parseVersionedPath(url.pathname);
  if (compareVersions(version, parseVersion(MINIMUM_API_VERSION)) < 0) {
    const asked = version.join('.');
    throw new EngineError(
      'invalid',
      `client version ${asked} is too old. Minimum supported API version is ${MINIMUM_API_VERSION}, please upgrade your client to a newer version`,
    );
  }
  if (compareVersions(version, parseVersion(API_VERSION)) > 0) {
    throw new EngineError(
      'invalid',
      `client version ${version.join('.')} is too new. Maximum supported API version is ${API_VERSION}`,
    );
  }
  const { handler, params } = router.match(request.method ?? 'GET', path);
  const context: ApiContext = {
    request,
    response,
    params,
    query: url.searchParams,
    version,
    signal,
    json: () => readJsonBody(request, head),
    skipBody: () => skipBody(request, head),
    hijack: (multiplexed) => {
      const socket = response.socket ?? request.socket;
      response.detachSocket(socket);
      socket.write(hijackHead(request, streamType(context, multiplexed)));
      return hijackedStream(socket, request, head);
    },
    upgrade: (protocol) => {
      const asked = request.headers.upgrade;
      if (head === null || asked === undefined) throw new EngineError('invalid', 'no upgrade proto in request');
      if (asked.toLowerCase() !== protocol) throw new EngineError('invalid', `protocol ${asked} not supported`);
      const socket = response.socket ?? request.socket;
      response.detachSocket(socket);
      socket.write(upgradeHead(protocol));
      // Of HTTP/2 there is no half: a client that sends no more is gone.
      socket.allowHalfOpen = false;
      return hijackedStream(socket, request, head);
    },
    webSocket: () => {
      if (head === null || !asksForWebSocket(request)) throw new EngineError('invalid', 'not a websocket handshake');
      const socket = response.socket ?? request.socket;
      response.detachSocket(socket);
      return acceptWebSocket(request, socket, head);
    },
  };
  await handler(context);
}

function parseVersion(text: string): readonly [number, number] {
  const [major, minor] = text.split('.').map(Number);
  return [major ?? 0, minor ?? 0];
}

function compareVersions(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}
