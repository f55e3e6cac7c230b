import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LogSearchMessage } from '../../contract/log-search.ts';
import type { ServerChannel } from '../../rpc/server.ts';
import { DockerClient } from '../docker-client.ts';
import { TrashService } from '../trash.ts';
import { searchLogs } from './log-search.ts';

let directory = '';
let server: Server;
let docker: DockerClient;
/** Ends of log answers that were cut off by the bridge. */
const cutOff = vi.fn();

const row = (name: string, State: string) => ({ Id: name.padEnd(12, '0'), Names: [`/${name}`], State, Labels: {} });
const stamp = (second: number) => `2026-11-29T00:00:${String(second).padStart(2, '0')}.000000000Z`;

/** An engine with a running and an ended container, one without a log, and one in the trash. */
beforeEach(async () => {
  cutOff.mockReset();
  directory = await mkdtemp(join(tmpdir(), 'berth-search-'));
  server = createServer((request, response) => {
    const pathname = new URL(request.url ?? '/', 'http://engine').pathname.replace(/^\/v[\d.]+/, '');
    const json = (value: unknown) => response.end(JSON.stringify(value));
    if (pathname === '/containers/json')
      json([row('ended', 'exited'), row('web', 'running'), row('mute', 'exited'), row('endless', 'exited')]);
    else if (pathname === '/berth/trash')
      json([{ Id: 'gone00000000', Name: 'gone', Image: '', RemovedAt: 0, Size: 0 }]);
    else if (pathname.endsWith('/json')) json({ Config: { Tty: true } });
    else if (pathname.startsWith('/containers/mute')) {
      response.statusCode = 501;
      json({ message: 'configured logging driver does not support reading' });
    } else if (pathname.startsWith('/containers/endless')) {
      const more = setInterval(() => response.write(`${stamp(0)} needle\n`), 1);
      response.on('close', () => {
        clearInterval(more);
        cutOff();
      });
    } else {
      response.setHeader('Content-Type', 'application/vnd.docker.raw-stream');
      response.end(Array.from({ length: 1200 }, (_, at) => `${stamp(at % 60)} needle ${String(at)}\n`).join(''));
    }
  });
  server.listen(join(directory, 'engine.sock'));
  await once(server, 'listening');
  docker = new DockerClient(join(directory, 'engine.sock'));
});
afterEach(async () => {
  docker.close();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

function channelOf(signal: AbortSignal): { channel: ServerChannel<LogSearchMessage>; messages: LogSearchMessage[] } {
  const messages: LogSearchMessage[] = [];
  const channel = {
    signal,
    item: (message: LogSearchMessage) => {
      messages.push(message);
      return Promise.resolve();
    },
    data: () => Promise.resolve(),
    onData: () => {},
    onItem: () => {},
    onEnd: () => {},
  };
  return { channel, messages };
}

const asked = { pattern: 'needle', regex: false, ids: ['web', 'ended', 'mute', 'gone'], context: 1 };

it('searches what runs, has ended, and was removed; keeps the newest, counts all, and tells what has no log', async () => {
  const { channel, messages } = channelOf(new AbortController().signal);
  await searchLogs(docker, new TrashService(docker), asked, channel);
  expect(messages[0]).toMatchObject({
    kind: 'sources',
    kept: 500,
    sources: [{ name: 'web' }, { name: 'ended' }, { name: 'mute' }, { name: 'gone', removed: true }],
  });
  const last = new Map(
    messages.flatMap((one) => (one.kind === 'progress' ? one.progress.map((state) => [state.id, state] as const) : [])),
  );
  expect([...last.values()].map(({ id, state, lines, found }) => [id.slice(0, 4), state, lines, found])).toEqual(
    expect.arrayContaining([
      ['web0', 'done', 1200, 1200],
      ['ende', 'done', 1200, 1200],
      ['mute', 'failed', 0, 0],
      ['gone', 'done', 1200, 1200],
    ]),
  );
  const web = messages.flatMap((one) => (one.kind === 'found' && one.id.startsWith('web') ? one.matches : []));
  expect(web.at(-1)).toMatchObject({ text: 'needle 1199', before: [], joined: true, after: [] });
});

it('stops reading when it is cancelled', async () => {
  const controller = new AbortController();
  const { channel, messages } = channelOf(controller.signal);
  const search = searchLogs(docker, new TrashService(docker), { ...asked, ids: ['endless'] }, channel);
  await vi.waitFor(
    () => {
      expect(messages.some(({ kind }) => kind === 'found')).toBe(true);
    },
    { timeout: 20_000 },
  );
  controller.abort();
  await expect(search).rejects.toMatchObject({ code: 'cancelled' });
  await vi.waitFor(() => {
    expect(cutOff).toHaveBeenCalledOnce();
  });
});
