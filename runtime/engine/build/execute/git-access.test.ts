import { expect, it } from 'vitest';
import { gitGrant, NO_GIT_ACCESS } from './git-access.ts';

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
  expect(grant.environment).toEqual({ SSH_AUTH_SOCK: '/socket' });
  await grant.release();
  expect(isOpen).toBe(false);
});
