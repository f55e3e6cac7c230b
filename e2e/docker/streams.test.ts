import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

const IDLE_CONNECTIONS = 2000;

/** Long answers: what clients that are slow, silent or suddenly gone cost the engine. */
describe.each(ENGINE_MODES)('connections as %s', (mode) => {
  const engine = new EngineProcess(mode);
  const ok = (...args: string[]): string => engine.dockerOk(args);
  const descriptors = (): number => readdirSync(`/proc/${engine.pid}/fd`).length;
  const residentMiB = (): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

  const open = async (): Promise<Socket> => {
    const socket = connect(engine.socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };

  /** Asks and resolves with the answer's head, its body not read. */
  const ask = async (method: string, path: string): Promise<IncomingMessage> => {
    const sent = request({ socketPath: engine.socket, method, path, agent: false });
    sent.on('error', () => undefined);
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return response;
  };

  useEngine(engine);

  it('keeps 2,000 idle connections and answers as before', async () => {
    const had = descriptors();
    const sockets: Socket[] = [];
    while (sockets.length < IDLE_CONNECTIONS) {
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, open))));
    }
    // One half has been used, the other never.
    const answered = sockets.slice(0, IDLE_CONNECTIONS / 2).map((socket) => once(socket, 'data'));
    for (const socket of sockets.slice(0, IDLE_CONNECTIONS / 2)) socket.write('GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all(answered);
    await expect.poll(descriptors).toBeGreaterThanOrEqual(IDLE_CONNECTIONS);
    const started = performance.now();
    expect(ok('run', '--rm', TEST_IMAGE, 'echo', 'still here')).toBe('still here');
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(sockets.every((socket) => !socket.destroyed)).toBe(true);
    for (const socket of sockets) socket.destroy();
    await expect.poll(descriptors).toBeLessThanOrEqual(had + 5);
  });

  it('forgets clients that go away: logs, stats, events, wait, attach', async () => {
    ok('run', '-d', '--name', 'long', TEST_IMAGE, 'sh', '-c', 'while true; do echo line; sleep 0.2; done');
    await pause(300);
    const had = descriptors();
    const paths = [
      'GET /containers/long/logs?follow=1&stdout=1',
      'GET /containers/long/stats',
      'GET /events',
      'POST /containers/long/wait',
      'POST /containers/long/attach?stream=1&stdout=1',
    ];
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => paths.map((line) => line.split(' ')))
        .flat()
        .map(([method = '', path = '']) => ask(method, path)),
    );
    expect(ok('info', '--format', '{{.NEventsListener}}')).toBe('8');
    expect(descriptors()).toBeGreaterThanOrEqual(had + answers.length);
    for (const answer of answers) answer.destroy();
    await expect.poll(descriptors).toBeLessThanOrEqual(had + 2);
    await expect.poll(() => ok('info', '--format', '{{.NEventsListener}}')).toBe('0');
    ok('rm', '-f', 'long');
  });

  it('keeps nothing of clients that cut their requests short, send what is none, and leave at any moment', async () => {
    ok('run', '-d', '-i', '--name', 'quiet', TEST_IMAGE, 'cat');
    ok('run', '-d', '--name', 'chatty', TEST_IMAGE, 'sh', '-c', 'while true; do echo line; sleep 0.1; done');
    const upgrade = (protocol: string): string => `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
    const head = (line: string, more = ''): string => `${line} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const exec = JSON.stringify({ Cmd: ['true'] });
    const websocket = `${upgrade('websocket')}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n`;
    const pieces = [
      head('GET /_ping'),
      head('GET /events'),
      head('GET /containers/chatty/logs?follow=1&stdout=1'),
      head('GET /containers/quiet/stats'),
      head('POST /containers/quiet/wait'),
      head('POST /containers/quiet/attach?stream=1&stdin=1&stdout=1'),
      head('POST /containers/quiet/attach?stream=1&stdin=1&stdout=1&logs=1', upgrade('tcp')),
      head('POST /containers/chatty/attach?stream=1&stdout=1', upgrade('tcp')),
      head('GET /containers/quiet/attach/ws?stream=1&stdin=1', websocket),
      head('POST /containers/quiet/exec', `Content-Type: application/json\r\nContent-Length: ${exec.length}\r\n`) +
        exec,
      head('POST /exec/none/start', `${upgrade('tcp')}Content-Length: 2\r\n`) + '{}',
      head('POST /session', upgrade('h2c')),
      head('POST /session', `${upgrade('h2c')}X-Docker-Expose-Session-Uuid: cut\r\n`),
      head('POST /grpc', upgrade('h2c')),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      head('PUT /containers/quiet/archive?path=/tmp', 'Transfer-Encoding: chunked\r\n') + '5\r\nhello\r\n',
      head('POST /build', 'Transfer-Encoding: chunked\r\n') + '4\r\nabcd\r\n',
      head('POST /containers/create', 'Expect: 100-continue\r\nContent-Length: 5\r\n'),
      head('CONNECT x:1'),
      '0\r\n\r\n',
      'hello\n',
    ];
    // The same at every run: a linear congruential generator (Numerical Recipes).
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return Math.floor((state / 2 ** 32) * below);
    };
    const visit = async (): Promise<void> => {
      const socket = await open();
      socket.allowHalfOpen = true;
      if (random(3) > 0) socket.resume();
      for (let left = 1 + random(4); left > 0; left -= 1) {
        const piece = pieces[random(pieces.length)] ?? '';
        if (!socket.destroyed) socket.write(random(3) > 0 ? piece : piece.slice(0, random(piece.length)));
        if (random(2) > 0) await pause(random(8));
      }
      if (random(3) > 0) socket.end();
      if (random(2) > 0) await pause(random(8));
      socket.destroy();
    };
    await visit();
    const had = descriptors();
    for (let round = 0; round < 50; round += 1) await Promise.all(Array.from({ length: 8 }, visit));
    // A client that sent no more and then left is looked for every ten seconds.
    await expect.poll(descriptors, { timeout: 15_000 }).toBeLessThanOrEqual(had + 2);
    ok('rm', '-f', 'quiet', 'chatty');
  });

  it('tells of the end of a container only when those attached have its output, or read none of it', async () => {
    // More than fits between the engine and a client that does not read, less than makes the container wait.
    const bytes = 500_000;
    const command = `head -c ${bytes} /dev/zero`;
    for (const reads of [true, false]) {
      const id = ok('create', TEST_IMAGE, 'sh', '-c', command);
      const attached = await ask('POST', `/containers/${id}/attach?stream=1&stdout=1`);
      let got = 0;
      let gotAtEnd = -1;
      const events = await ask('GET', `/events?filters={"container":["${id}"],"event":["die"]}`);
      const died = once(events, 'data').then(() => (gotAtEnd = got));
      ok('start', id);
      await pause(500);
      expect(gotAtEnd).toBe(-1);
      if (reads) attached.on('data', (chunk: Buffer) => (got += chunk.length));
      await died;
      // Frames have heads; a piece of the last read may still be on its way here.
      if (reads) expect(gotAtEnd).toBeGreaterThan(bytes * 0.8);
      attached.destroy();
      events.destroy();
      ok('rm', id);
    }
  });

  it('gives a pull up when the client goes away', async () => {
    // A registry that never answers.
    const waiting = new Set<IncomingMessage>();
    let asked = 0;
    const registry = createServer((asking) => {
      asked += 1;
      waiting.add(asking);
      asking.socket.on('close', () => waiting.delete(asking));
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    const path = `/images/create?fromImage=127.0.0.1:${port}/some&tag=v1`;
    const sent = request({ socketPath: engine.socket, method: 'POST', path, agent: false });
    sent.on('error', () => undefined);
    sent.end();
    await expect.poll(() => asked).toBeGreaterThan(0);
    sent.destroy();
    await expect.poll(() => waiting.size).toBe(0);
    const tries = asked;
    await pause(1500);
    expect(asked).toBe(tries); // nor is it tried again
    registry.closeAllConnections();
    registry.close();
  });

  it('holds no more than a little for clients that do not read', async () => {
    ok(
      'run',
      '-d',
      '--name',
      'flood',
      TEST_IMAGE,
      'sh',
      '-c',
      'yes "a line of some length" | head -c 200000000; sleep 300',
    );
    const size = residentMiB();
    const silent = await Promise.all([
      ask('GET', '/containers/flood/logs?follow=1&stdout=1'),
      ask('GET', '/containers/flood/logs?follow=1&stdout=1'),
      ask('POST', '/containers/flood/attach?stream=1&stdout=1&logs=1'),
      ask('GET', '/containers/flood/export'),
      ask('GET', `/images/get?names=${TEST_IMAGE}`),
    ]);
    for (const answer of silent) answer.pause();
    for (const deadline = Date.now() + 4000; Date.now() < deadline;) {
      expect(residentMiB() - size).toBeLessThan(80);
      await pause(200);
    }
    expect(ok('ps', '-q')).toHaveLength(12);
    for (const answer of silent) answer.destroy();
    ok('rm', '-f', 'flood');
  });

  it('takes input that comes with the request, and the end of it without the end of the output', async () => {
    ok('run', '-d', '--name', 'early', TEST_IMAGE, 'sleep', '300');
    const made = await engine.api('POST', '/containers/early/exec', {
      AttachStdin: true,
      AttachStdout: true,
      Tty: false,
      Cmd: ['sh', '-c', 'cat; sleep 0.3; echo after'],
    });
    const body = JSON.stringify({ Detach: false, Tty: false });
    const socket = connect({ path: engine.socket, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.end(
      `POST /exec/${String(made.json()['Id'])}/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}early input\n`,
    );
    await once(socket, 'end');
    const answer = Buffer.concat(chunks).toString('latin1');
    expect(answer).toMatch(/^HTTP\/1\.1 101 UPGRADED\r\n/);
    expect(answer).toContain('early input\n');
    expect(answer).toContain('after\n');
    ok('rm', '-f', 'early');
  });

  it('takes no body of an attach for input, in whatever pieces it comes', async () => {
    const body = JSON.stringify({ stream: true, stdin: true, stdout: true });
    const head = (id: string): string =>
      `POST /containers/${id}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n` +
      `Upgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const pieces: readonly ((id: string) => string[])[] = [
      (id) => [head(id), body, 'input'],
      (id) => [head(id), body.slice(0, 5), `${body.slice(5)}in`, 'put'],
      (id) => [`${head(id)}${body}`, 'input'],
      (id) => [`${head(id)}${body}input`],
    ];
    for (const cut of pieces) {
      const id = ok('create', '-i', TEST_IMAGE, 'wc', '-c');
      const client = await open();
      client.setNoDelay(true);
      let answer = '';
      client.setEncoding('latin1').on('data', (text: string) => (answer += text));
      for (const piece of cut(id)) {
        client.write(piece);
        await pause(50); // Each is read by itself.
      }
      ok('start', id);
      client.end();
      await once(client, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\n.{8}5\n$/s);
      ok('rm', id);
    }
  });

  it('waits for events until a day that is far away', async () => {
    const answer = await ask('GET', '/events?until=4102444800');
    let ended = false;
    answer.on('end', () => {
      ended = true;
    });
    answer.resume();
    await pause(300);
    expect(ended).toBe(false);
    answer.destroy();
  });
});
