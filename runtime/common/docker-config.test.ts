import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DockerConfig, registryKey, registryOf } from './docker-config.ts';

/** A credential helper that keeps one secret in a file, as the protocol of docker-credential-helpers has it. */
const HELPER = `#!/bin/sh
kept="$HOME/kept.json"
case "$1" in
  store) cat /dev/stdin > "$kept" ;;
  get) if [ -f "$kept" ]; then cat "$kept"; else echo "credentials not found in native keychain"; exit 1; fi ;;
  erase) rm -f "$kept" ;;
  list) if [ -f "$HOME/no-keyring" ]; then echo "no such object path"; exit 1; else echo '{}'; fi ;;
esac
`;

describe('DockerConfig', () => {
  let home = '';
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'berth-config-'));
    mkdirSync(join(home, 'bin'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const install = (name: string): void => {
    writeFileSync(join(home, 'bin', name), HELPER, { mode: 0o755 });
  };
  const open = (environment: NodeJS.ProcessEnv = {}): DockerConfig =>
    new DockerConfig(join(home, '.docker'), { HOME: home, PATH: `${join(home, 'bin')}:/bin`, ...environment });
  const file = (): Record<string, unknown> =>
    JSON.parse(readFileSync(join(home, '.docker/config.json'), 'utf8')) as Record<string, unknown>;
  const ada = { username: 'ada', password: 'lovelace', serveraddress: 'r.example' };
  const SESSION = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/none' };

  it('keeps a login in a file that is for its owner alone, and fields that it does not know', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker/config.json'), '{"psFormat":"x"}');
    const config = open();
    await config.store('r.example', ada);
    expect(file()).toEqual({ psFormat: 'x', auths: { 'r.example': { auth: 'YWRhOmxvdmVsYWNl' } } });
    expect(statSync(join(home, '.docker/config.json')).mode & 0o777).toBe(0o600);
    expect(await config.credentialsFor('r.example')).toEqual(ada);
    expect(await config.credentialsFor('other.example')).toBeNull();
    await config.erase('r.example');
    expect(await config.credentialsFor('r.example')).toBeNull();
    expect(file()).toEqual({ psFormat: 'x', auths: {} });
  });

  it('keeps the first login in the secret service of a desktop session', async () => {
    install('docker-credential-secretservice');
    const config = open(SESSION);
    await config.store('r.example', ada);
    expect(file()).toEqual({ credsStore: 'secretservice', auths: { 'r.example': {} } });
    expect(readFileSync(join(home, 'kept.json'), 'utf8')).toContain('lovelace');
    expect(await config.credentialsFor('r.example')).toEqual(ada);
    const odd = { ...ada, password: `"$(id)" \\n \`id\` ${'x'.repeat(5_000)}` };
    await config.store('r.example', odd);
    expect(await config.credentialsFor('r.example')).toEqual(odd);
    expect(await config.logins()).toEqual([{ registry: 'r.example', username: 'ada', helper: 'secretservice' }]);
    await config.erase('r.example');
    expect(await config.credentialsFor('r.example')).toBeNull();
  });

  it('takes pass where that is set up', async () => {
    for (const name of ['pass', 'docker-credential-pass', 'docker-credential-secretservice']) install(name);
    mkdirSync(join(home, '.password-store'));
    writeFileSync(join(home, '.password-store/.gpg-id'), 'ada\n');
    await open(SESSION).store('r.example', ada);
    expect(file()['credsStore']).toBe('pass');
  });

  it('leaves alone where logins are kept already, and does without a session or a key ring', async () => {
    install('docker-credential-secretservice');
    await open().store('r.example', ada);
    const inFile = { auths: { 'r.example': { auth: 'YWRhOmxvdmVsYWNl' } } };
    expect(file()).toEqual(inFile);
    rmSync(join(home, '.docker'), { recursive: true });
    writeFileSync(join(home, 'no-keyring'), '');
    await open(SESSION).store('r.example', ada);
    expect(file()).toEqual(inFile);
    rmSync(join(home, 'no-keyring'));
    await open(SESSION).store('s.example', { ...ada, serveraddress: 's.example' });
    expect(Object.keys(file())).toEqual(['auths']);
  });

  it('says which helper is missing, and names no path as one', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker/config.json'), '{"credsStore":"none-such"}');
    await expect(open().credentialsFor('r.example')).rejects.toThrow('docker-credential-none-such');
    writeFileSync(join(home, '.docker/config.json'), '{"credsStore":"../evil"}');
    expect(await open().credentialsFor('r.example')).toBeNull();
  });

  it.each([
    ['alpine', 'docker.io', 'https://index.docker.io/v1/'],
    ['library/alpine', 'docker.io', 'https://index.docker.io/v1/'],
    ['localhost/x', 'localhost', 'localhost'],
    ['r.example:5000/a/b', 'r.example:5000', 'r.example:5000'],
  ])('finds the registry of %s', (name, registry, key) => {
    expect(registryOf(name)).toBe(registry);
    expect(registryKey(registry)).toBe(key);
  });
});
