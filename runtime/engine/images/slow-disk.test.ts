import { readdirSync } from 'node:fs';
import type * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dockerArchive, makeImage, streamOf, TestStore } from '../testing/images.ts';
import type { ImageStore } from './image-store.ts';
import { parseReference } from './reference.ts';

const disk = vi.hoisted(() => ({ waiting: 0, answers: Promise.resolve() }));
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  return {
    ...real,
    fdatasync: (fd: number, done: (error: Error | null) => void) => {
      disk.waiting += 1;
      void disk.answers.then(() => {
        disk.waiting -= 1;
        real.fdatasync(fd, done);
      });
    },
  };
});

let home: TestStore;
let store: ImageStore;
let goOn: () => void;
beforeEach(async () => {
  home = new TestStore();
  store = await home.open();
  await store.load(streamOf(await dockerArchive(await makeImage(1), ['x/y:1'])));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  disk.answers = promise;
  goOn = () => {
    resolve(undefined);
  };
});
afterEach(async () => {
  goOn();
  await home.remove();
});

const blobs = (): string[] => readdirSync(join(home.root, 'blobs/sha256'));
const isDiskAsked = () => vi.waitUntil(() => disk.waiting > 0);

describe('a disk that does not answer', () => {
  it('keeps whoever gives a name waiting, and nobody else', async () => {
    let isTagged = false;
    const tagging = store.tag('x/y:1', parseReference('other')).then(() => {
      isTagged = true;
    });
    await isDiskAsked();
    expect(store.resolve('other').id).toBe(store.resolve('x/y:1').id);
    expect(store.list()).toHaveLength(1);
    expect(isTagged).toBe(false);
    goOn();
    await tagging;
  });

  it('keeps content until it knows that nothing names it', async () => {
    const before = blobs();
    const removing = store.remove('x/y:1', { force: false, noprune: false });
    await isDiskAsked();
    // Somebody else's: it, too, must not take away what a power cut would bring the name of back.
    const collecting = store.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(store.list()).toEqual([]);
    expect(blobs()).toEqual(before);
    goOn();
    await Promise.all([removing, collecting]);
    expect(blobs()).toEqual([]);
  });
});
