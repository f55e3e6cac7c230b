import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { EngineError, messageOf } from '../errors.ts';
import type { Router } from '../api/router.ts';
import { type ApiContext } from '../api/router.ts';

const STATUS: Record<string, number> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  unsupported: 501,
};

/** A bare server over a router, for tests of one resource's routes with real clients. */
export function serveRouter(router: Router, socketPath: string): Promise<Server> {
  router.add('GET', '/_ping', ({ response }) => {
    response.writeHead(200, { 'Api-Version': '1.51', 'Content-Type': 'text/plain' }).end('OK');
  });
  router.add('HEAD', '/_ping', ({ response }) => {
    response.writeHead(200, { 'Api-Version': '1.51' }).end();
  });
  const server = createServer((request, response) => {
    handle(router, request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const status = error instanceof EngineError ? (STATUS[error.kind] ?? 500) : 500;
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ message: messageOf(error) }));
    });
  });
  return new Promise((resolve) => {
    server.listen(socketPath, () => {
      resolve(server);
    });
  });
}

async function handle(router: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://engine');
  const path = url.pathname.replace(/^\/v\d+\.\d+/, '');
  const { handler, params } = router.match(request.method ?? 'GET', path);
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const context: ApiContext = {
    request,
    response,
    params,
    query: url.searchParams,
    version: [1, 51],
    signal: gone.signal,
    skipBody: () => Promise.resolve(),
    json: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      return chunks.length === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString()) as unknown);
    },
    hijack: () => {
      throw new EngineError('unsupported', 'no route under test hijacks');
    },
    upgrade: () => {
      throw new EngineError('unsupported', 'no route under test speaks another protocol');
    },
    webSocket: () => {
      throw new EngineError('unsupported', 'no route under test takes web sockets');
    },
  };
  await handler(context);
}
