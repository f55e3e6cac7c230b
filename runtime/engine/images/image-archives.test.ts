import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import tar from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LaunchError } from '../launcher/types.ts';
import { dockerArchive, makeImage, sha256, streamOf, tarOf, TestStore } from '../testing/images.ts';
import type { ImageStore } from './image-store.ts';
import { parseReference } from './reference.ts';
import { needs } from '../testing/needs.ts';

let home: TestStore;
let store: ImageStore;
beforeEach(async () => {
  home = new TestStore();
  store = await home.open();
});
afterEach(async () => {
  await home.remove();
});

describe('archives', () => {
  it('loads, lists, saves and loads again to the same bytes', async () => {
    const image = await makeImage(3, 1000, { a: 'b' });
    const [loaded] = await store.load(streamOf(await dockerArchive(image, ['x/y:1'])));
    expect(loaded?.id).toBe(sha256(image.config));
    expect(store.resolve('x/y:1').id).toBe(loaded?.id);
    expect(store.resolve(sha256(image.config).slice(7, 19)).id).toBe(loaded?.id);
    const paths = store.layerPaths(sha256(image.config));
    expect(paths).toHaveLength(3);
    // Topmost first, as overlayfs wants them.
    expect(readFileSync(join(paths[0] ?? '', 'file2'))).toHaveLength(1000);
    const saved = await collect(store.save(['x/y:1']));
    const times = new Map<string, string>();
    for await (const entry of streamOf(saved).pipe(tar.extract())) {
      times.set(entry.header.name, entry.header.mtime.toISOString());
      entry.resume();
    }
    expect(times.get(`blobs/sha256/${sha256(image.config).slice(7)}`)).toBe('2026-01-02T03:04:05.000Z');
    expect(times.get('manifest.json')).toBe(new Date(0).toISOString());
    await store.remove('x/y:1', { force: false, noprune: false });
    expect(store.list()).toEqual([]);
    await store.load(streamOf(saved));
    expect(Buffer.compare(await collect(store.save(['x/y:1'])), saved)).toBe(0);
  });

  it('loads what manifest.json says where the layout beside it is not whole, and tells who lost a name', async () => {
    const [first, second] = [await makeImage(1), await makeImage(1)];
    await store.load(streamOf(await dockerArchive(first, ['x:1'])));
    const manifest = JSON.stringify({ config: { digest: sha256(second.config), size: 1 }, layers: [] });
    const archive = await tarOf({
      'config.json': second.config,
      layer: second.layers[0]?.plain ?? '',
      'index.json': JSON.stringify({ manifests: [{ digest: sha256(manifest), size: manifest.length }] }),
      [`blobs/sha256/${sha256(manifest).slice(7)}`]: manifest,
      'manifest.json': JSON.stringify([{ Config: 'config.json', RepoTags: ['x:1'], Layers: ['layer'] }]),
    });
    const told: string[] = [];
    await store.load(streamOf(archive), { onProgress: ({ stream }) => told.push(stream ?? '') });
    expect(store.resolve('x:1').id).toBe(sha256(second.config));
    expect(told).toContain(
      `The image x:1 already exists, renaming the old one with ID ${sha256(first.config)} to empty string\n`,
    );
  });

  it('keeps who was made of whom, and when a name was given last', async () => {
    const base = await makeImage(1);
    await store.load(streamOf(await dockerArchive(base, ['base:1'])));
    await store.tag('base:1', parseReference('base:2'));
    const tagged = store.resolve('base:1').lastTagged;
    const child = await makeImage(2, 10, {}, base);
    const archive = async (parent: string): Promise<Buffer> =>
      tarOf({
        'base.json': base.config,
        'child.json': child.config,
        ...Object.fromEntries(child.layers.map(({ plain }, at) => [`layer${at}`, plain])),
        'manifest.json': JSON.stringify([
          { Config: 'child.json', RepoTags: ['child:1'], Layers: ['layer0', 'layer1'], Parent: parent },
          { Config: 'base.json', RepoTags: ['base:1'], Layers: ['layer0'], Parent: sha256(child.config) },
        ]),
      });
    await store.load(streamOf(await archive(`sha256:${'a'.repeat(64)}`)));
    expect(store.resolve('child:1')).toMatchObject({ parent: null, lastTagged: 0 });
    await store.remove('child:1', { force: false, noprune: false });
    await store.load(streamOf(await archive(sha256(base.config))));
    expect(store.resolve('child:1').parent).toBe(sha256(base.config));
    expect(store.resolve('base:1')).toMatchObject({ parent: null, lastTagged: tagged });
    const saved = await collect(store.save(['child:1', 'base:1']));
    await store.remove('child:1', { force: false, noprune: false });
    await store.load(streamOf(saved));
    expect(store.resolve('child:1').parent).toBe(sha256(base.config));
  });

  it.each<[string, () => Promise<Buffer>, RegExp]>([
    ['no archive at all', () => Promise.resolve(Buffer.from('hello')), /cannot be read|no image archive/],
    ['an archive of something else', () => tarOf({ a: 'b' }), /neither manifest.json nor index.json/],
    ['a name that climbs out', () => tarOf({ '../x': 'b' }), /unsafe name/],
    [
      'a config outside',
      () => tarOf({ 'manifest.json': '[{"Config":"../../etc/passwd","Layers":[]}]' }),
      /unsafe name/,
    ],
    [
      'a missing layer',
      async () => tarOf({ c: (await makeImage(1)).config, 'manifest.json': '[{"Config":"c","Layers":["l"]}]' }),
      /lacks the layer/,
    ],
    [
      'a layer that is another one',
      async () => {
        const [one, two] = [await makeImage(1), await makeImage(1)];
        return dockerArchive({ ...one, layers: two.layers }, ['x']);
      },
      /does not hold what the image configuration says/,
    ],
    [
      'a truncated archive',
      async () => (await dockerArchive(await makeImage(1), ['x'])).subarray(0, 3000),
      /cannot be read/,
    ],
  ])('refuses %s and leaves nothing behind', async (_, make, message) => {
    await expect(store.load(streamOf(await make()))).rejects.toThrow(message);
    expect(store.list()).toEqual([]);
    expect(await home.leftOvers()).toEqual([]);
  });

  it('finds everything again after a restart, and drops what was half done', async () => {
    const image = await makeImage(2);
    await store.load(streamOf(await dockerArchive(image, ['x'])));
    const { mkdirSync, writeFileSync, rmSync } = await import('node:fs');
    mkdirSync(join(home.root, 'layers/.new/half/diff'), { recursive: true });
    mkdirSync(join(home.root, 'layers', 'f'.repeat(32)));
    writeFileSync(join(home.root, 'ingest/half'), 'x');
    // A layer that did not survive is unpacked again from its blob.
    rmSync(store.layerPaths(sha256(image.config))[0] ?? '', { recursive: true });
    rmSync(join(store.layerPaths(sha256(image.config))[0] ?? '', '..'), { recursive: true });
    await store.close();
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    expect(readFileSync(join(store.layerPaths(sha256(image.config))[0] ?? '', 'file1'))).toHaveLength(1000);
    await store.remove('x', { force: false, noprune: false });
    expect(await home.leftOvers()).toEqual([]);
  });

  it('keeps an image whose layers cannot be unpacked again because the launcher dies', async () => {
    const image = await makeImage(1);
    await store.load(streamOf(await dockerArchive(image, ['x'])));
    const { rmSync } = await import('node:fs');
    rmSync(join(store.layerPaths(sha256(image.config))[0] ?? '', '..'), { recursive: true });
    await store.close();
    home.launcherDeaths = 2;
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    rmSync(join(store.layerPaths(sha256(image.config))[0] ?? '', '..'), { recursive: true });
    await store.close();
    // As often as it is tried: then there is no store, but nothing was given up.
    home.launcherDeaths = 3;
    await expect(home.open()).rejects.toThrow(/the launcher process ended/);
    home.launcherDeaths = 0;
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    expect(home.warnings).toEqual([]);
  });

  it('keeps an image whose layers find no space to be unpacked again, and makes it whole when there is some', async () => {
    const image = await makeImage(1);
    await store.load(streamOf(await dockerArchive(image, ['x'])));
    const { existsSync, rmSync } = await import('node:fs');
    const layer = join(store.layerPaths(sha256(image.config))[0] ?? '', '..');
    rmSync(layer, { recursive: true });
    await store.close();
    home.launcherFailure = new LaunchError('internal', 'cannot write a file of the layer', constants.errno.ENOSPC);
    store = await home.open();
    expect(store.resolve('x').id).toBe(sha256(image.config));
    expect(home.warnings).toEqual([expect.stringContaining('is incomplete for now')]);
    await store.gc();
    await store.close();
    home.launcherFailure = null;
    store = await home.open();
    expect(existsSync(store.layerPaths(store.resolve('x').id)[0] ?? '')).toBe(true);
  });

  it('shares layers, and removes each with its last image', async () => {
    const image = await makeImage(2);
    const base = { ...image, layers: image.layers.slice(0, 1) };
    const config = JSON.parse(image.config.toString()) as { rootfs: { diff_ids: string[] } };
    config.rootfs.diff_ids = config.rootfs.diff_ids.slice(0, 1);
    await store.load(streamOf(await dockerArchive({ ...base, config: Buffer.from(JSON.stringify(config)) }, ['base'])));
    await store.load(streamOf(await dockerArchive(image, ['app'])));
    expect(store.sharedSizeOf(store.resolve('app'))).toBe(1000);
    const removed = await store.remove('app', { force: false, noprune: false });
    expect(removed.filter((line) => 'Deleted' in line)).toHaveLength(2);
    expect(store.layerPaths(store.resolve('base').id)).toHaveLength(1);
    await store.remove('base', { force: false, noprune: false });
    expect(await home.leftOvers()).toEqual([]);
  });
});

const isRoot = process.getuid?.() === 0;
describe.runIf(isRoot)(`a full disk${needs('root, to mount one', isRoot)}`, () => {
  it('fails clearly, keeps what was there, and leaves nothing of the new behind', async () => {
    const kept = await makeImage(1);
    const large = await makeImage(2, 3_000_000);
    await store.close();
    const { execFileSync } = await import('node:child_process');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', home.root]);
    try {
      const full = await home.open();
      await full.load(streamOf(await dockerArchive(kept, ['kept'])));
      const before = await home.leftOvers();
      await expect(full.load(streamOf(await dockerArchive(large, ['large'])))).rejects.toThrow(
        /no space left on device/i,
      );
      expect(full.list().map(({ id }) => id)).toEqual([sha256(kept.config)]);
      expect(await home.leftOvers()).toEqual(before);
      await full.close();
    } finally {
      execFileSync('umount', ['-l', home.root]);
    }
  });
});

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
