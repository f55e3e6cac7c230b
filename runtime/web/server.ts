/**
 * The browser host: serves the built page and the bridge's contract on loopback. Start reading at `startWebServer`.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { createBridge, type BridgeOptions } from '../bridge/bridge.ts';
import { securityHeaders } from '../common/content-security-policy.ts';
import { StaticFiles } from '../common/static-files.ts';
import { MAX_FRAME_BYTES } from '../rpc/frame.ts';
import { RpcServer, type Handlers } from '../rpc/server.ts';
import { AccessControl, isLoopback, proofIn } from './access.ts';
import { senderOf } from './sender.ts';
import { socketTransport } from './socket-transport.ts';

export interface WebServerOptions extends BridgeOptions {
  /** Directory of the built page. */
  readonly pageRoot: string;
  /** Loopback address to listen on; 127.0.0.1 when left out. */
  readonly address?: string;
  /**
   * 0, or left out: the system chooses. One that could be known before would let another user of this machine serve there
   * while the app is away, and leave in the browser what is run in place of the page later (a service worker).
   */
  readonly port?: number;
  /** Serves these instead of a bridge to `socketPath`; for measuring the page alone. */
  readonly handlers?: Handlers;
}

export interface WebServer {
  readonly port: number;
  /**
   * An address that opens the app once: its fragment carries a fresh one-time token. With `user` it does so in a browser of
   * that user alone.
   */
  openUrl(user?: number): string;
  close(): Promise<void>;
}

/** A token is 43 characters; a body longer than this is not one. In bytes. */
const MAX_BODY_BYTES = 1024;

/** Starts the server. Rejects for an address that is not loopback, and when the port is taken. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const address = options.address ?? '127.0.0.1';
  if (!isLoopback(address))
    throw new Error(`${address} is not a loopback address: the page is only served to this machine`);
  const files = await StaticFiles.load(options.pageRoot);
  const bridge =
    options.handlers === undefined ? createBridge(options) : { handlers: options.handlers, dispose: () => {} };
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const access = new AccessControl(port);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES });

  server.on('request', (request, response) => {
    answer(request, response, files, access).catch(() => {
      response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    const { headers } = request;
    const isPage = access.isOurs(headers) && access.hasOrigin(headers);
    const allowed = request.url === '/rpc' && isPage && access.hasSession(headers, proofIn(headers));
    if (!allowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      new RpcServer(socketTransport(accepted), bridge.handlers);
    });
  });

  return {
    port,
    openUrl: (user) => `http://127.0.0.1:${String(port)}/#token=${access.issueToken(user ?? null)}`,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      bridge.dispose();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: StaticFiles,
  access: AccessControl,
): Promise<void> {
  const nonce = randomBytes(18).toString('base64url');
  const headers = securityHeaders(nonce);
  const refuse = (status: number) => {
    response.writeHead(status, { ...headers, 'Content-Length': 0, Connection: 'close' });
    response.end();
  };
  if (!access.isOurs(request.headers)) {
    refuse(403);
    return;
  }
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/session') {
    // Sec-Fetch-Site is sent by every browser this page runs in; a value of another site never gets a session.
    const site = request.headers['sec-fetch-site'];
    const sameSite = site === undefined || site === 'same-origin';
    if (request.method === 'GET') {
      refuse(access.hasSession(request.headers, proofIn(request.headers)) ? 204 : 401);
      return;
    }
    if (request.method !== 'POST' || !access.hasOrigin(request.headers) || !sameSite) {
      refuse(403);
      return;
    }
    const session = access.exchange(await readBody(request), () => senderOf(request.socket));
    if (session === null) {
      refuse(401);
      return;
    }
    const answered = { 'Content-Type': 'text/plain', 'Set-Cookie': session.cookie, 'Cache-Control': 'no-store' };
    response.writeHead(200, { ...headers, ...answered });
    response.end(session.proof);
    return;
  }
  const file = request.method === 'GET' || request.method === 'HEAD' ? files.find(pathname, nonce) : null;
  if (file === null) {
    refuse(404);
    return;
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': file.type,
    'Content-Length': file.body.length,
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > MAX_BODY_BYTES) throw new Error('the body is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
