import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { answerOthers, askOpenApp, openAppSocket } from './open-app.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-open-app-'));
  path = openAppSocket(directory, '/run/berth/berth.sock');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('gives each that asks an address of its own', async () => {
  expect(await askOpenApp(path)).toBeNull();
  let count = 0;
  const stop = await answerOthers(path, () => `http://127.0.0.1:21000/#token=t${String((count += 1))}`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const first = await askOpenApp(path);
  const second = await askOpenApp(path);
  expect(first).toMatch(/#token=t\d+$/);
  expect(second).not.toBe(first);
  expect(openAppSocket(directory, '/tmp/other.sock')).not.toBe(path);
  stop();
  expect(await askOpenApp(path)).toBeNull();
});

it('takes the place of one that was killed', async () => {
  writeFileSync(path, '');
  expect(await askOpenApp(path)).toBeNull();
  const stop = await answerOthers(path, () => 'http://127.0.0.1:21000/#token=t');
  expect(await askOpenApp(path)).toBe('http://127.0.0.1:21000/#token=t');
  stop();
});

it('neither asks nor tells where others can write', async () => {
  chmodSync(directory, 0o777);
  const stop = await answerOthers(path, () => 'http://127.0.0.1:21000/#token=t');
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  stop();
  const stranger = createServer((socket) => socket.end('http://127.0.0.1:21000/#token=t')).listen(path);
  expect(await askOpenApp(path)).toBeNull();
  stranger.close();
});

it('opens nothing but an address of the app', async () => {
  const stop = await answerOthers(path, () => 'http://evil.example/#token=t');
  expect(await askOpenApp(path)).toBeNull();
  stop();
});
