import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { hijackHead, streamType } from './hijack.ts';
import { Router, sendEmpty } from './router.ts';
import { createApiServer } from './server.ts';

const MULTIPLEXED = 'application/vnd.docker.multiplexed-stream';
const RAW = 'application/vnd.docker.raw-stream';
const UPGRADE = { connection: 'Upgrade', upgrade: 'tcp' };

it('says what the stream is, and upgrades who asked to', () => {
  expect(hijackHead({ headers: UPGRADE }, MULTIPLEXED)).toBe(
    'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
  );
  expect(hijackHead({ headers: {} }, RAW)).toBe(
    'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n',
  );
});

it('fills the buffer of docker-py, which would lose what comes with the head', () => {
  for (const headers of [{}, UPGRADE]) {
    const head = hijackHead({ headers: { ...headers, 'user-agent': 'docker-sdk-python/5.0.3' } }, RAW);
    expect(Buffer.byteLength(head)).toBe(8192);
    expect(head).toMatch(/^HTTP\/1\.1 [^]*\r\nX-Filler: -+\r\n\r\n$/);
  }
});

it('calls frames by their own name from API 1.42 on', () => {
  const named = (minor: number, multiplexed: boolean): string => streamType({ version: [1, minor] }, multiplexed);
  expect([named(41, true), named(42, true), named(51, false)]).toEqual([RAW, MULTIPLEXED, RAW]);
});

/** A server whose attach gives back what comes; resolves with where it listens, and what else was asked for. */
async function echoes(
  path?: string,
): Promise<{ port: number; asked: string[]; lost: () => number; open: () => Promise<number> }> {
  const asked: string[] = [];
  let lost = 0;
  const router = new Router();
  router.add('POST', '/containers/{id}/attach', async (context) => {
    await context.skipBody();
    // As long as a start may take.
    await new Promise((wake) => setTimeout(wake, 50));
    const stream = context.hijack(true);
    stream.on('close', () => (lost += 1));
    if (context.query.has('quiet')) stream.resume();
    else stream.pipe(stream);
  });
  router.add('POST', '/exec/{id}/start', async (context) => {
    await context.json();
    sendEmpty(context, 200);
  });
  router.add('GET', '/waits', () => undefined);
  router.add('GET', '/{any}', (context) => {
    asked.push(context.request.url ?? '');
    sendEmpty(context, 200);
  });
  const logger = createLogger('fatal');
  const server: Server = createApiServer(router, { version: '1', logger, tls: null, names: new Set() });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 0,
    asked,
    lost: () => lost,
    open: promisify(server.getConnections.bind(server)),
  };
}

const REQUEST = 'GET /asked HTTP/1.1\r\nHost: localhost\r\n\r\n';
const ATTACH = 'POST /v1.41/containers/c/attach?stdin=1 HTTP/1.1\r\nHost: localhost\r\n';

it.each([
  ['when it is there', `${ATTACH}\r\n`, ''],
  ['of a client that wants no further answers', `${ATTACH}Connection: close\r\n\r\n`, ''],
  ['with a body, which is no input', `${ATTACH}Content-Length: 2\r\n\r\n{}`, ''],
  ['and drops what was there before', `${ATTACH}\r\n`, 'early\n'],
  ['and takes none of it for a request', `${ATTACH}\r\n`, REQUEST],
])('gives a stream to who did not say that it is one, %s', async (_case, head, early) => {
  const { port, asked } = await echoes();
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  client.setEncoding('latin1').on('data', (text: string) => (answer += text));
  client.write(head + early);
  await expect.poll(() => answer).toContain('\r\n\r\n');
  // What another parser would take for a request, and its end alone.
  client.end(`${REQUEST}input\n`);
  await once(client, 'end');
  expect(answer).toBe(`HTTP/1.1 200 OK\r\nContent-Type: ${RAW}\r\n\r\n${REQUEST}input\n`);
  expect(asked).toEqual([]);
});

it('answers further requests of a connection that was not taken over', async () => {
  const { port, asked } = await echoes();
  const client = connect(port, '127.0.0.1');
  let answer = '';
  client.setEncoding('latin1').on('data', (text: string) => (answer += text));
  for (const path of ['exec/e/start', 'containers/c/d/attach']) {
    answer = '';
    client.write(`POST /${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
    await expect.poll(() => answer).toContain('HTTP/1.1');
  }
  client.write(REQUEST);
  await expect.poll(() => asked).toEqual(['/asked']);
  client.destroy();
});

it('ends a connection that was not taken over after bytes that are no request', async () => {
  const { port } = await echoes();
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.resume();
  client.end('POST /exec/e/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}hello');
  await once(client, 'end');
});

it('lives on when a connection is to be taken over on which an earlier request waits', async () => {
  const { port, asked } = await echoes();
  const client = connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write('GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n');
  client.write(`${ATTACH}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
  await once(client, 'close');
  const other = connect(port, '127.0.0.1');
  other.write(REQUEST);
  await expect.poll(() => asked).toEqual(['/asked']);
  other.destroy();
});

it('notices that a client has gone which nothing is written to, and keeps one that only sends no more', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hijack-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 'api.sock');
  const { lost } = await echoes(path);
  const attached = async (): Promise<Socket> => {
    const client = connect({ path, allowHalfOpen: true });
    client.write(`${ATTACH.replace('stdin=1', 'quiet')}\r\n`);
    await once(client, 'data');
    return client;
  };
  const [gone, silent] = [await attached(), await attached()];
  silent.end();
  gone.destroy();
  await expect.poll(lost).toBe(1);
  await new Promise((wake) => setTimeout(wake, 50));
  expect(lost()).toBe(1);
  silent.destroy();
});

it.each([
  ['asked to upgrade', `${ATTACH.replace('stdin=1', 'quiet')}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n`],
  ['did not say that it is one', `${ATTACH.replace('stdin=1', 'quiet')}\r\n`],
])('keeps no connection of a client that was gone before it was taken over, which %s', async (_case, request) => {
  const directory = mkdtempSync(join(tmpdir(), 'hijack-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 'api.sock');
  const { open } = await echoes(path);
  for (const end of ['destroy', 'half'] as const) {
    const client = connect({ path, allowHalfOpen: true });
    await once(client, 'connect');
    client.on('error', () => undefined);
    client.write(request);
    if (end === 'half') client.end();
    await new Promise((wake) => setTimeout(wake, 10));
    client.destroy();
  }
  await new Promise((wake) => setTimeout(wake, 100));
  await expect.poll(open).toBe(0);
});
