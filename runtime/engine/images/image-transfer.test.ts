import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../registry/credentials.ts';
import { dockerArchive, makeImage, sha256, streamOf, TestStore } from '../testing/images.ts';
import { TestProxy } from '../testing/proxy.ts';
import { TestRegistry } from '../testing/registry.ts';
import type { ImageStore } from './image-store.ts';
import type { ProgressMessage } from './progress.ts';

let home: TestStore;
let store: ImageStore;
beforeEach(async () => {
  home = new TestStore();
  store = await home.open();
});
afterEach(async () => {
  await home.remove();
});

describe('a real registry', () => {
  it('pushes and pulls', async () => {
    const registry = await TestRegistry.start(null);
    try {
      const name = `${registry.host}/some/app:1`;
      const image = await makeImage(4, 300_000);
      await store.load(streamOf(await dockerArchive(image, [name])));
      const lines: ProgressMessage[] = [];
      await store.push(`${registry.host}/some/app`, '1', { onProgress: (line) => lines.push(line) });
      expect(lines[0]?.status).toBe(`The push refers to repository [${registry.host}/some/app]`);
      expect(lines.at(-1)?.aux).toMatchObject({ Tag: '1', Digest: store.resolve(name).manifestDigest });
      await store.remove(name, { force: false, noprune: false });
      expect(store.list()).toEqual([]);

      const pulled: string[] = [];
      const record = await store.pull(name, {
        onProgress: (line) => pulled.push(`${line.id ?? ''}|${line.status ?? ''}`),
      });
      expect(record.id).toBe(sha256(image.config));
      expect(readFileSync(join(store.layerPaths(record.id)[0] ?? '', 'file3'))).toHaveLength(300_000);
      expect(pulled[0]).toBe('1|Pulling from some/app');
      expect(pulled.filter((line) => line.endsWith('|Pull complete'))).toHaveLength(4);
      expect(pulled.at(-1)).toBe(`|Status: Downloaded newer image for ${name}`);
      const again: string[] = [];
      await store.pull(name, { onProgress: (line) => again.push(line.status ?? '') });
      expect(again.filter((line) => line === 'Already exists')).toHaveLength(4);
      expect(again.at(-1)).toBe(`Status: Image is up to date for ${name}`);
      await expect(store.pull(`${registry.host}/none:1`)).rejects.toThrow(
        `manifest for ${registry.host}/none:1 not found`,
      );
      // The same image, loaded with uncompressed layers, needs a name only.
      await store.remove(name, { force: false, noprune: false });
      await store.load(streamOf(await dockerArchive(image, ['other'])));
      const known: string[] = [];
      await store.pull(name, { onProgress: (line) => known.push(line.status ?? '') });
      expect(known.filter((line) => line === 'Already exists')).toHaveLength(4);
      expect(store.resolve(name).id).toBe(store.resolve('other').id);
      await store.remove('other', { force: false, noprune: false });
      // Five at a time share one download.
      await store.remove(name, { force: false, noprune: false });
      await Promise.all(Array.from({ length: 5 }, () => store.pull(name)));
      await store.remove(name, { force: false, noprune: false });
      expect(await home.leftOvers()).toEqual([]);
    } finally {
      await registry.stop();
    }
  });

  it('logs in with a name and a password', async () => {
    // bcrypt of "secret"
    const registry = await TestRegistry.start('me:$2y$05$c4WoMPo3SXsafkva.HHa6u7b1XOWKqA7XZANDrnv4IVny/8ABNR66');
    try {
      const credentials = { ...ANONYMOUS, username: 'me', password: 'secret' };
      const signal = new AbortController().signal;
      await expect(
        store.remote.checkCredentials(registry.host, { ...credentials, password: 'no' }, signal),
      ).rejects.toThrow(/^login attempt to http:.* failed with status: 401 Unauthorized$/);
      const name = `${registry.host}/app:1`;
      await store.load(streamOf(await dockerArchive(await makeImage(1), [name])));
      await expect(store.push(`${registry.host}/app`, '1')).rejects.toThrow(/denied: no basic auth credentials/);
      await expect(store.remote.repositoriesPage(registry.host, '', ANONYMOUS, signal)).rejects.toThrow(
        'no basic auth credentials',
      );
      await expect(store.pull(name)).rejects.toThrow(/pull access denied.*no basic auth credentials/);
      await store.remote.checkCredentials(registry.host, credentials, signal);
      await store.push(`${registry.host}/app`, '1', { credentials });
      expect(await store.remote.repositoriesPage(registry.host, 'n=1', credentials, signal)).toEqual({
        names: ['app'],
        next: '',
      });
      await store.remove(name, { force: false, noprune: false });
      await store.pull(name, { credentials });
      expect(store.list()).toHaveLength(1);
    } finally {
      await registry.stop();
    }
  });

  it.each(['http', 'socks'] as const)('is reached through a proxy of %s, with TLS and without', async (kind) => {
    const registry = await TestRegistry.start(null);
    const proxy = await TestProxy.start(registry.host);
    const address = kind === 'http' ? proxy.address : proxy.socksAddress;
    try {
      await store.close();
      const through = await home.open({
        isInsecure: () => true,
        proxies: { http: address, https: address, no: '0.0.0.0' },
      });
      const image = await makeImage(2);
      // Names that nobody but the proxy knows.
      for (const host of ['secure.test', 'plain.test:5000']) {
        const name = `${host}/app:1`;
        await through.load(streamOf(await dockerArchive(image, [name])));
        await through.push(`${host}/app`, '1', {});
        await through.remove(name, { force: false, noprune: false });
        expect((await through.pull(name)).id).toBe(sha256(image.config));
        await through.remove(name, { force: false, noprune: false });
      }
      expect(proxy.asked).toEqual(
        expect.arrayContaining(
          kind === 'http'
            ? ['CONNECT secure.test:443', 'GET http://plain.test:5000/v2/app/manifests/1']
            : ['SOCKS secure.test:443', 'SOCKS plain.test:5000'],
        ),
      );
      await expect(through.pull('0.0.0.0:1/app:1')).rejects.toThrow('connect ECONNREFUSED 0.0.0.0:1');
    } finally {
      proxy.stop();
      await registry.stop();
    }
  });
});
