import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLayer, withFaultyRegistry, type Fault } from '../testing/faulty-registry.ts';
import { dockerArchive, makeImage, sha256, streamOf, tarOf, TestStore } from '../testing/images.ts';
import { filterImages } from './filters.ts';
import type { ImageStore } from './image-store.ts';
import { parseReference } from './reference.ts';

let home: TestStore;
let store: ImageStore;
beforeEach(async () => {
  home = new TestStore();
  store = await home.open();
});
afterEach(async () => {
  await home.remove();
});

describe('a kill in the middle of a pull', () => {
  it('leaves a store that works, without a trace of the pull', async () => {
    await store.close();
    const image = await makeImage(3, 300_000);
    const slow: Fault = (request, response, respond) => {
      const layer = isLayer(request, image);
      if (layer === undefined || layer !== image.layers[2]?.gzip) {
        respond();
        return;
      }
      response.writeHead(200, { 'Content-Length': layer.length });
      response.write(layer.subarray(0, 150_000));
    };
    await withFaultyRegistry(image, slow, async (host) => {
      const { spawn } = await import('node:child_process');
      const script = new URL('../testing/pull-process.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [script, home.root, `${host}/a:1`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise<void>((resolve) => {
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.split('Pull complete').length > 2) resolve();
        });
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    });
    store = await home.open();
    expect(store.list()).toEqual([]);
    expect(await home.leftOvers()).toEqual([]);
    await store.load(streamOf(await dockerArchive(image, ['works'])));
    expect(store.list()).toHaveLength(1);
  });
});

describe('a collection while images are made', () => {
  it('takes nothing that is on its way into an image', async () => {
    await store.load(streamOf(await dockerArchive(await makeImage(1), ['base:1'])));
    const base = store.resolve('base:1').id;
    const ended = new AbortController();
    const collecting = (async () => {
      while (!ended.signal.aborted) await store.gc();
    })();
    const common = { comment: '', author: '', changes: [], signal: new AbortController().signal };
    for (let turn = 0; turn < 5; turn += 1) {
      const layer = streamOf(await tarOf({ mark: String(turn) }));
      const reference = parseReference(`made:${turn}`);
      await store.commit(layer, { ...common, base, reference, config: {}, command: `step ${turn}` });
    }
    ended.abort();
    await collecting;
    await store.close();
    store = await home.open();
    expect(home.warnings).toEqual([]);
    expect(store.catalog.namesIn('docker.io/library/made')).toHaveLength(5);
  });
});

describe('removal', () => {
  it('follows the rules of docker rmi', async () => {
    const image = await makeImage(1);
    const id = sha256(image.config);
    await store.load(streamOf(await dockerArchive(image, ['a:1', 'b:1'])));
    const soft = { force: false, noprune: false };
    const hard = { force: true, noprune: false };
    expect(await store.remove('a:1', soft)).toEqual([{ Untagged: 'a:1' }]);
    await expect(store.remove('a:1', soft)).rejects.toThrow('No such image: a:1');
    home.users = [{ containerId: 'c'.repeat(64), name: 'box', running: false }];
    await expect(store.remove('b:1', soft)).rejects.toThrow(
      `conflict: unable to remove repository reference "b:1" (must force) - container cccccccccccc is using its referenced image ${id.slice(7, 19)}`,
    );
    await expect(store.remove(id, soft)).rejects.toThrow(
      `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is being used by stopped container cccccccccccc`,
    );
    home.users = [{ containerId: 'c'.repeat(64), name: 'box', running: true }];
    await expect(store.remove(id, hard)).rejects.toThrow(
      '(cannot be forced) - image is being used by running container',
    );
    home.users = [{ containerId: 'c'.repeat(64), name: 'box', running: false }];
    await store.remove(id, hard);
    // Out of sight, but the stopped container can still start.
    expect(store.list()).toEqual([]);
    expect(() => store.resolve(id)).toThrow('No such image');
    expect(readFileSync(join(store.layerPaths(id)[0] ?? '', 'file0'))).toHaveLength(1000);
    home.users = [];
    await store.gc();
    expect(await home.leftOvers()).toEqual([]);
  });

  it('needs force for an id with several names', async () => {
    const image = await makeImage(1);
    await store.load(streamOf(await dockerArchive(image, ['a:1', 'b:1'])));
    await expect(store.remove(sha256(image.config), { force: false, noprune: false })).rejects.toThrow(
      '(must be forced) - image is referenced in multiple repositories',
    );
    expect(await store.remove(sha256(image.config), { force: true, noprune: false })).toEqual([
      { Untagged: 'a:1' },
      { Untagged: 'b:1' },
      { Deleted: sha256(image.config) },
      { Deleted: sha256(image.layers[0]?.plain ?? '') },
    ]);
  });
});

describe('a prune', () => {
  const filters = new Map([['dangling', ['false']]]);

  it('takes all names of what a container uses but one, in their order', async () => {
    const image = await makeImage(1);
    await store.load(streamOf(await dockerArchive(image, ['a:2', 'b:1', 'a:1'])));
    home.users = [{ containerId: 'c'.repeat(64), name: 'box', running: false }];
    expect((await store.prune(filters)).deleted).toEqual([{ Untagged: 'a:1' }, { Untagged: 'a:2' }]);
    expect((await store.prune(filters)).deleted).toEqual([]);
    home.users = [];
    expect((await store.prune(filters)).deleted).toEqual([
      { Untagged: 'b:1' },
      { Deleted: sha256(image.config) },
      { Deleted: sha256(image.layers[0]?.plain ?? '') },
    ]);
  });
});

describe('names and times', () => {
  it('refuses a name that would be taken for a digest', async () => {
    await store.load(streamOf(await dockerArchive(await makeImage(1), ['a:1'])));
    await expect(store.tag('a:1', parseReference('sha256:sometag'))).rejects.toThrow(
      'refusing to create an ambiguous tag using digest algorithm as name',
    );
    await store.tag('a:1', parseReference('elsewhere.test/sha256:sometag'));
  });

  it('tells images apart that were made in the same second', async () => {
    const ids: string[] = [];
    for (const created of ['2026-01-02T03:04:05.1Z', '2026-01-02T03:04:05.100002Z', '2026-01-02T03:04:05.2Z']) {
      const image = await makeImage(1);
      const config = Buffer.from(JSON.stringify({ ...(JSON.parse(image.config.toString()) as object), created }));
      await store.load(streamOf(await dockerArchive({ ...image, config }, [`a:${ids.length}`])));
      ids.push(sha256(config));
    }
    const listed = (...filters: [string, string[]][]): string[] =>
      filterImages(store, new Map(filters)).map(({ id }) => id);
    expect(listed()).toEqual(ids.toReversed());
    expect(listed(['since', ['a:0']], ['before', ['a:2']])).toEqual([ids[1]]);
    expect(listed(['until', ['2026-01-02T03:04:05.15Z']])).toEqual([ids[1], ids[0]]);
  });
});
