import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MANIFEST_TYPE, sha256, type TestImage } from './images.ts';

/** What becomes of the `count`th request for a path; `respond` answers it as it should be. */
export type Fault = (request: IncomingMessage, response: ServerResponse, respond: () => void, count: number) => void;

/** A registry of one image that misbehaves as `fault` says. */
export async function withFaultyRegistry(
  image: TestImage,
  fault: Fault,
  work: (host: string) => Promise<void>,
): Promise<void> {
  const blobs = new Map([image.config, ...image.layers.map(({ gzip }) => gzip)].map((bytes) => [sha256(bytes), bytes]));
  const counts = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    fault(
      request,
      response,
      () => {
        if (path === '/v2/') return response.end('{}');
        if (path.includes('/manifests/'))
          return response.writeHead(200, { 'Content-Type': MANIFEST_TYPE }).end(image.manifest);
        const blob = blobs.get(path.replace(/^.*\/blobs\//, ''));
        if (blob === undefined) return response.writeHead(404).end();
        const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const headers = start === 0 ? {} : { 'Content-Range': `bytes ${start}-${blob.length - 1}/${blob.length}` };
        return response.writeHead(start === 0 ? 200 : 206, headers).end(blob.subarray(start));
      },
      count,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The layer that a request asks for, if it does. */
export const isLayer = (request: IncomingMessage, image: TestImage): Buffer | undefined =>
  image.layers.find(({ gzip }) => request.url?.endsWith(sha256(gzip)))?.gzip;
