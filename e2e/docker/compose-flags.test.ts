import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { build } from '../../runtime/cli/commands/build.ts';
import { COMPOSE_COMMANDS } from '../../runtime/cli/compose/commands.ts';
import { COMPOSE_FLAGS } from '../../runtime/cli/compose/globals.ts';
import { newerClients } from '../fixtures/newer-clients.ts';

/** Commands and flags of `docker compose`, as its own help tells them. */
describe.runIf(newerClients() !== null)('berth compose beside Compose 2', () => {
  const help = (...words: string[]): string =>
    spawnSync('docker', ['--config', newerClients()?.configuration ?? '', 'compose', ...words, '--help'], {
      encoding: 'utf8',
    }).stdout;
  const flagsIn = (text: string): string[] =>
    [...text.matchAll(/^ +(?:-\w, | {4})--([\w-]+)/gm)].map(([, name = '']) => name);
  const commands = [...(help().split('Commands:')[1] ?? '').matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name);

  it('has every command', () => {
    expect(commands.length).toBeGreaterThan(25);
    expect(commands.filter((name) => COMPOSE_COMMANDS[name] === undefined)).toEqual([]);
  });

  it.each(['', ...commands])('knows every flag of compose %s', (name) => {
    const ours = Object.keys(name === '' ? COMPOSE_FLAGS : (COMPOSE_COMMANDS[name]?.specs ?? {}));
    const theirs = flagsIn(name === '' ? help() : help(name));
    expect(theirs).toContain('dry-run');
    expect(theirs.filter((flag) => !ours.includes(flag))).toEqual([]);
  });
});

/**
 * What Debian's Compose does not show: flags of later versions, by their documentation, and older ones that are taken and
 * not shown, such as the `t` of `exec -it`.
 */
const NOT_SHOWN: Readonly<Record<string, readonly string[]>> = {
  build: ['check', 'compress', 'force-rm', 'no-rm', 'parallel', 'print', 'progress', 'provenance', 'sbom'],
  commit: ['author', 'change', 'index', 'message', 'pause'],
  config: ['environment', 'lock-image-digests', 'models', 'networks', 'no-env-resolution'],
  convert: ['format', 'quiet'],
  cp: ['all'],
  create: ['yes'],
  events: ['since', 'until'],
  exec: ['interactive', 'no-tty', 'tty'],
  export: ['index', 'output'],
  pull: ['no-parallel', 'parallel'],
  rm: ['all'],
  run: ['env-from-file', 'no-tty', 'pull', 'quiet', 'quiet-build', 'tty'],
  start: ['wait', 'wait-timeout'],
  up: ['abort-on-container-failure', 'menu', 'quiet-build', 'yes'],
  volumes: ['format', 'quiet'],
  watch: ['prune'],
};

it.each(Object.entries(NOT_SHOWN))('knows what is not shown of compose %s', (name, flags) => {
  expect(Object.keys(COMPOSE_COMMANDS[name]?.specs ?? {})).toEqual(expect.arrayContaining([...flags]));
});

describe.runIf(newerClients() !== null)('berth build beside buildx', () => {
  it('knows every flag', () => {
    const { stdout } = spawnSync(
      'docker',
      ['--config', newerClients()?.configuration ?? '', 'buildx', 'build', '--help'],
      { encoding: 'utf8' },
    );
    const theirs = [...stdout.matchAll(/^ +(?:-\w, | {4})--([\w-]+)/gm)].map(([, name = '']) => name);
    expect(theirs).toContain('cache-to');
    expect(theirs.filter((flag) => !(flag in build.specs))).toEqual([]);
  });
});
