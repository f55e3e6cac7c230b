/** One app for an engine: whoever starts it again gets an address of the one that is open. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isOwnDirectory } from '../common/own-directory.ts';
import { socketAnswers } from '../common/socket-answers.ts';

/** An address as the app prints it: the token signs one browser in, once. */
const ADDRESS = /^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+$/;

/** Where the app of an engine tells its address, below the directory of the engine's other sockets. */
export function openAppSocket(execRoot: string, engineSocket: string): string {
  const name = createHash('sha256').update(engineSocket).digest('hex').slice(0, 16);
  return join(execRoot, `app-${name}.sock`);
}

/** A fresh address of the app that is open; null when none is. */
export async function askOpenApp(path: string): Promise<string | null> {
  // In /tmp anybody can make a directory first: an address signs in whoever has it.
  if (!existsSync(path) || !isOwnDirectory(dirname(path)) || !(await socketAnswers(path))) return null;
  const address = await text(connect(path)).catch(() => '');
  return ADDRESS.test(address) ? address : null;
}

/** Tells addresses to those that ask, until the function that it resolves to is called. Without a place of its own it tells nobody. */
export async function answerOthers(path: string, openUrl: () => string): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (!isOwnDirectory(dirname(path))) return () => undefined;
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(openUrl());
  });
  const before = process.umask(0o177);
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  process.umask(before);
  await listening;
  return () => {
    // Removes the socket, too.
    server.close();
  };
}
