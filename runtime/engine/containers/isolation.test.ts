import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../configuration/configuration.ts';
import { EngineError } from '../errors.ts';
import type { HostConfig } from './config.ts';
import { ContainerHandle } from './handle.ts';
import { Isolation } from './isolation.ts';
import { INITIAL_STATE, type ContainerRecord } from './types.ts';

const record = (hostConfig: HostConfig): ContainerRecord => ({
  id: 'id',
  name: 'name',
  created: '',
  imageId: '',
  imageName: '',
  config: {},
  hostConfig,
  args: [],
  state: INITIAL_STATE,
  mounts: null,
  root: 'overlay',
});

let directory: string;
let servers: Server[] = [];
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'berth-isolation-')));
  for (const name of ['data', 'shared', 'sockets']) mkdirSync(join(directory, name));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  servers = [];
  rmSync(directory, { recursive: true });
});

const others: Readonly<Record<string, HostConfig>> = {
  old: { PidMode: 'host' },
  joined: { PidMode: 'container:old' },
  plain: {},
};
const isolation = (strictness: 'standard' | 'strict'): Isolation =>
  new Isolation({
    settings: { current: { ...DEFAULTS, isolation: strictness }, sourceOf: () => '/a/engine.json' },
    registry: { find: (name) => new ContainerHandle(record(others[name] ?? {})) },
    volumes: {
      path: (name) => join(directory, 'data', name),
      source: (name) =>
        name === 'disk'
          ? { kind: 'filesystem', type: 'ext4', device: '/dev/sda', data: '', flags: [] }
          : { kind: 'directory', path: name === 'etcetera' ? '/etc' : join(directory, 'data', name) },
    },
    own: [join(directory, 'data')],
  });
const decide = (hostConfig: HostConfig) => isolation('strict').decide(record(hostConfig));

describe('strict isolation', () => {
  it('decides on where a source is, also when that is yet to be made', () => {
    symlinkSync('shared', join(directory, 'link'));
    symlinkSync('/etc', join(directory, 'shared', 'away'));
    expect(decide({ Binds: [`${directory}/link/new/er:/x`, 'own:/y'] })).toEqual(
      new Map([
        ['/x', join(directory, 'shared/new/er')],
        ['/y', join(directory, 'data/own')],
      ]),
    );
    for (const [source, words] of [
      [`${directory}/link/away/new`, `a mount of ${directory}/link/away/new (/etc/new)`],
      [`${directory}/data`, `a mount of ${directory}/data`],
      [directory, `a mount of ${directory}`],
      ['/proc/self/root/etc', 'a mount of /proc/self/root/etc'],
      ['etcetera', 'a mount of /etc'],
      ['disk', 'the volume disk of type ext4'],
    ] as const)
      expect(() => decide({ Binds: [`${source}:/x`] }), source).toThrow(words);
  });

  it('knows sockets of container engines, and the directories they are in', async () => {
    for (const name of ['docker.sock', 'agent.sock']) {
      const server = createServer().listen(join(directory, 'sockets', name));
      servers.push(server);
      await new Promise((resolve) => server.once('listening', resolve));
    }
    for (const source of ['sockets', 'sockets/docker.sock'])
      expect(() => decide({ Binds: [`${directory}/${source}:/x`] })).toThrow('the socket of a container engine');
    expect(decide({ Binds: [`${directory}/sockets/agent.sock:/x`] })).not.toBeNull();
  });

  it("takes a joined container's namespace for what it is", () => {
    for (const name of ['old', 'joined'])
      expect(() => decide({ PidMode: `container:${name}` })).toThrow("the host's namespace (--pid host)");
    expect(decide({ PidMode: 'container:plain' })).toEqual(new Map());
  });

  it('says what is refused and who says so, as forbidden', () => {
    const error = (() => {
      try {
        return decide({ Privileged: true });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({
      kind: 'forbidden',
      message:
        '--privileged is refused: this engine isolates its containers strictly ("isolation": "strict" in /a/engine.json)',
    });
  });

  it('is not asked for otherwise', () => {
    const standard = isolation('standard');
    expect(standard.decide(record({ Privileged: true, Binds: ['/:/x'] }))).toBeNull();
    standard.assertAllowed({ NetworkMode: 'host' });
    standard.assertExec(true);
    expect(standard.hostConfig({})).toEqual({});
  });
});
