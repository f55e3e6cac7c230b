import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DockerClient } from './docker-client.ts';
import { ExternalTerminalService, templateWords } from './external-terminal.ts';

const ID = 'f'.repeat(64);
let directory: string;
let server: Server;
let docker: DockerClient;
beforeEach(async () => {
  directory = mkdtempSync('/tmp/berth-terminal-');
  mkdirSync(join(directory, 'bin'));
  server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ Id: ID }));
  });
  await new Promise<void>((resolve) => {
    server.listen(join(directory, 'socket'), resolve);
  });
  docker = new DockerClient(join(directory, 'socket'));
});
afterEach(() => {
  docker.close();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A terminal that only writes down its words, one a line. */
function install(name: string, exitCode = 0): void {
  const path = join(directory, 'bin', name);
  writeFileSync(path, `#!/bin/sh\nfor word; do echo "$word"; done > ${directory}/words\nexit ${String(exitCode)}\n`);
  chmodSync(path, 0o755);
}
const service = (environment: NodeJS.ProcessEnv = {}) =>
  new ExternalTerminalService(docker, ['/usr/bin/node', '/berth.mjs'], {
    PATH: `${directory}/bin:relative`,
    DISPLAY: ':7',
    ...environment,
  });
const words = () => readFileSync(join(directory, 'words'), 'utf8').trimEnd().split('\n');

it('finds the terminals of the desktop, and hands one the words of an exec', async () => {
  expect(await service().list()).toEqual({ found: [] });
  await expect(service().open('web', '', '')).rejects.toMatchObject({ code: 'not-found' });
  install('xterm');
  install('gnome-terminal');
  expect(await service().list()).toEqual({ found: ['gnome-terminal', 'xterm'] });
  const command = ['/usr/bin/node', '/berth.mjs', '--host', `unix://${directory}/socket`, 'exec', '-it', ID, '/bin/sh'];
  await service().open('web', '', '');
  expect(words().slice(0, -2)).toEqual(['--', ...command]);
  await service().open('web', 'xterm', '');
  expect(words().slice(0, -2)).toEqual(['-e', ...command]);
});

it('starts no other program by a name of the list, and runs nothing by way of a shell', async () => {
  install('xterm');
  install('rm');
  await expect(service().open('web', 'rm', '')).rejects.toMatchObject({ code: 'not-found' });
  await expect(service().open('web', '../bin/rm', '')).rejects.toMatchObject({ code: 'not-found' });
  await service().open(
    'web',
    '',
    `xterm "$(touch ${directory}/made)" ; -t 'a b' {command}`.replace('xterm', `${directory}/bin/xterm`),
  );
  expect(words().slice(0, 4)).toEqual([`$(touch ${directory}/made)`, ';', '-t', 'a b']);
  expect(existsSync(join(directory, 'made'))).toBe(false);
});

it('says what stands in the way', async () => {
  install('xterm', 3);
  await expect(service({ DISPLAY: '' }).open('web', '', '')).rejects.toMatchObject({ code: 'unsupported' });
  await expect(service().open('web', 'xterm', '')).rejects.toThrow(/ended at once/);
  await expect(service().open('web', '', '/no/such/terminal')).rejects.toThrow(/cannot be started/);
});

it.each([
  ['tilix -e', ['tilix', '-e', 'a', 'b c']],
  ['kitty --title "my  shell" {command} --hold', ['kitty', '--title', 'my  shell', 'a', 'b c', '--hold']],
  [`foot --app-id='x'"y"`, ['foot', '--app-id=xy', 'a', 'b c']],
])('reads %j', (template, expected) => {
  expect(templateWords(template, ['a', 'b c'])).toEqual(expected);
});

it.each(['   ', '{command}', 'xterm "open'])('refuses %j', (template) => {
  expect(() => templateWords(template, ['a'])).toThrow(/how a terminal is started/);
});
