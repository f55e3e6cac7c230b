import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliContext } from './command.ts';
import { detachKeys, platformOf, proxyVariables, pruneFilters, requestHeaders } from './docker-settings.ts';

describe("what docker's configuration says", () => {
  const directory = mkdtempSync('/tmp/berth-settings-');
  const environment = { DOCKER_CONFIG: directory };
  const context = { environment } as unknown as CliContext;

  beforeAll(() => {
    writeFileSync(
      join(directory, 'config.json'),
      JSON.stringify({
        detachKeys: 'ctrl-x',
        HttpHeaders: { 'X-A': 'b', 'User-Agent': 'other' },
        pruneFilters: ['label=keep', 'until=24h'],
        proxies: { default: { httpProxy: 'http://p:1' }, 'tcp://h:2375': { noProxy: 'x' } },
      }),
    );
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('gives keys that detach unless others are given', async () => {
    expect(await detachKeys(context, undefined)).toBe('ctrl-x');
    expect(await detachKeys(context, 'ctrl-p')).toBe('ctrl-p');
  });

  it('gives proxies for the engine that is meant', async () => {
    expect(await proxyVariables(environment, 'unix:///x')).toEqual({
      HTTP_PROXY: 'http://p:1',
      http_proxy: 'http://p:1',
    });
    expect(await proxyVariables(environment, 'tcp://h:2375')).toEqual({ NO_PROXY: 'x', no_proxy: 'x' });
  });

  it('adds filters of prunes, but for a label that is given the other way', async () => {
    expect(await pruneFilters(context, [])).toEqual(['label=keep', 'until=24h']);
    expect(await pruneFilters(context, ['label!=keep'])).toEqual(['until=24h', 'label!=keep']);
  });

  it('adds headers to requests, which the environment can replace', async () => {
    expect(await requestHeaders(environment)).toEqual({ 'X-A': 'b' });
    expect(await requestHeaders({ ...environment, DOCKER_CUSTOM_HEADERS: 'A=b,"C=d,e"' })).toEqual({
      A: 'b',
      C: 'd,e',
    });
    await expect(requestHeaders({ ...environment, DOCKER_CUSTOM_HEADERS: 'nope' })).rejects.toThrow('custom headers');
  });

  it('takes the platform of the environment', () => {
    expect(
      platformOf({ environment: { DOCKER_DEFAULT_PLATFORM: 'linux/arm64' } } as unknown as CliContext, undefined),
    ).toBe('linux/arm64');
    expect(platformOf(context, undefined)).toBeUndefined();
  });
});
