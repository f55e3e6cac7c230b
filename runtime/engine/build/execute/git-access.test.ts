import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitGrant, NO_GIT_ACCESS, type GitAccess } from './git-access.ts';
import { gitIn } from './git-command.ts';

const environment = async (repository: string, secrets: Readonly<Record<string, string>>): Promise<object> => {
  const all = new Map(Object.entries(secrets).map(([name, value]) => [name, Buffer.from(value)]));
  return (await gitGrant(repository, { ...NO_GIT_ACCESS, secrets: all })).environment;
};
const shown = (scope: string, value: string): object => ({
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: `http.${scope}.extraHeader`,
  GIT_CONFIG_VALUE_0: `Authorization: ${value}`,
});

it('shows a secret to the repository alone, on GitHub to all', async () => {
  const address = 'https://example.org:8443/a.git';
  expect(await environment(address, { GIT_AUTH_TOKEN: 'abc\n' })).toEqual(
    shown(address, 'basic eC1hY2Nlc3MtdG9rZW46YWJj'),
  );
  expect(await environment('https://github.com/a/b.git', { GIT_AUTH_HEADER: 'x' })).toEqual(
    shown('https://github.com/', 'x'),
  );
  expect(await environment(address, {})).toEqual({});
});

it('takes the secret of a host before one for all', async () => {
  const secrets = { GIT_AUTH_HEADER: 'of all', 'GIT_AUTH_HEADER.a.org': 'of a' };
  expect(await environment('http://a.org/x.git', secrets)).toMatchObject({ GIT_CONFIG_VALUE_0: 'Authorization: of a' });
  expect(await environment('http://b.org/x.git', secrets)).toMatchObject({
    GIT_CONFIG_VALUE_0: 'Authorization: of all',
  });
});

it('lends the agent of the client to ssh, and gives it back', async () => {
  let isOpen = true;
  const agent = { path: '/socket', release: () => Promise.resolve(void (isOpen = false)) };
  const agents = { open: (id: string) => Promise.resolve(id === 'default' ? agent : null) };
  const grant = await gitGrant('git@a.org:b.git', { ...NO_GIT_ACCESS, agents });
  expect(grant.environment).toMatchObject({ SSH_AUTH_SOCK: '/socket' });
  await grant.release();
  expect(isOpen).toBe(false);
});

describe('a repository that is fetched by ssh', () => {
  const address = 'git@a.org:b.git';
  const before = { PATH: process.env['PATH'], SSH_AUTH_SOCK: process.env['SSH_AUTH_SOCK'] };
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync('/tmp/berth-ssh-');
    writeFileSync(join(directory, 'ssh'), `#!/bin/sh\necho "$SSH_AUTH_SOCK $*" > ${directory}/asked\nexit 1\n`);
    chmodSync(join(directory, 'ssh'), 0o755);
    process.env['PATH'] = `${directory}:${before.PATH ?? ''}`;
    process.env['SSH_AUTH_SOCK'] = '/of-this-person';
  });
  afterEach(() => {
    process.env['PATH'] = before.PATH;
    if (before.SSH_AUTH_SOCK === undefined) delete process.env['SSH_AUTH_SOCK'];
    else process.env['SSH_AUTH_SOCK'] = before.SSH_AUTH_SOCK;
    rmSync(directory, { recursive: true });
  });

  /** The agent and the words that ssh was started with, for the repository and for its submodules. */
  async function shownBy(access: GitAccess): Promise<{ whole: string; parts: string }> {
    const grant = await gitGrant(address, access);
    const asked = async (granted: NodeJS.ProcessEnv): Promise<string> => {
      const git = gitIn(directory, granted, AbortSignal.timeout(30_000));
      await expect(git('ls-remote', '--', address)).rejects.toThrow('git:');
      return readFileSync(join(directory, 'asked'), 'utf8');
    };
    return { whole: await asked(grant.environment), parts: await asked(grant.environmentOfParts) };
  }
  const NO_KEYS = '-F /dev/null -o BatchMode=yes -o IdentityFile=none';

  it('by a Dockerfile’s word is shown nothing of this person', async () => {
    const { whole, parts } = await shownBy(NO_GIT_ACCESS);
    expect(whole.startsWith(` ${NO_KEYS} -o IdentityAgent=none`)).toBe(true);
    expect(parts).toBe(whole);
  });

  it('by the person’s own word is, and its submodules are not', async () => {
    const { whole, parts } = await shownBy({ ...NO_GIT_ACCESS, isNamedByPerson: true });
    expect(whole.startsWith('/of-this-person -o BatchMode=yes')).toBe(true);
    expect(whole).not.toContain('IdentityFile');
    expect(parts).toContain('IdentityAgent=none');
  });

  it('is shown the agent of the build alone, where there is one', async () => {
    const agents = { open: () => Promise.resolve({ path: '/socket', release: () => Promise.resolve() }) };
    const { whole, parts } = await shownBy({ ...NO_GIT_ACCESS, agents, isNamedByPerson: true });
    expect(whole.startsWith(`/socket ${NO_KEYS}`)).toBe(true);
    expect(whole).not.toContain('IdentityAgent');
    expect(parts).toBe(whole);
  });
});
