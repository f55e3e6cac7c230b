import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../store/database.ts';
import { EventBus } from '../system/events.ts';
import { VOLUME_SCHEMA } from './records.ts';
import { ANONYMOUS_LABEL, VolumeStore, type VolumeStoreParts } from './volume-store.ts';

describe('VolumeStore', () => {
  let dataRoot: string;
  let users: string[];
  const stores: { close(): void }[] = [];

  /** A store as an engine that has just started opens it. */
  const open = (): VolumeStore => {
    const database = openDatabase(join(dataRoot, 'berth.db'), [VOLUME_SCHEMA]);
    stores.push(database);
    const launcher = {
      makeDirectory: async (path: string, mode: number) => {
        await mkdir(path, { mode });
      },
      removeTree: (path: string) => rm(path, { recursive: true, force: true }),
      storage: { usage: () => Promise.resolve(5) },
    };
    return new VolumeStore({
      dataRoot,
      database,
      launcher: launcher as unknown as VolumeStoreParts['launcher'],
      events: new EventBus(),
      usersOf: () => users,
      onWarning: (message) => {
        throw new Error(message);
      },
    });
  };
  const request = (
    name: string,
  ): { name: string; driver: string; labels: Record<string, string>; options: Record<string, string> } => ({
    name,
    driver: '',
    labels: {},
    options: {},
  });

  beforeEach(async () => {
    dataRoot = await mkdtemp('/tmp/berth-volumes-');
    users = [];
    await mkdir(join(dataRoot, 'volumes'));
    await mkdir(join(dataRoot, 'trash'));
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) store.close();
    await rm(dataRoot, { recursive: true });
  });

  it('finds its volumes again', async () => {
    await open().create({ ...request('kept'), labels: { a: 'b' } });
    expect(open().get('kept')).toMatchObject({ name: 'kept', labels: { a: 'b' } });
  });

  it('takes up a directory whose record was lost, and drops a record whose directory is gone', async () => {
    const anonymous = 'a'.repeat(64);
    const store = open();
    await store.create(request('removed'));
    await rm(join(dataRoot, 'volumes', 'removed'), { recursive: true });
    for (const name of ['found', anonymous]) {
      await mkdir(join(dataRoot, 'volumes', name, '_data'), { recursive: true });
      await writeFile(join(dataRoot, 'volumes', name, '_data', 'file'), 'content');
    }
    const next = open();
    expect(
      next
        .all()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([anonymous, 'found']);
    expect(next.get(anonymous).labels).toEqual({ [ANONYMOUS_LABEL]: '' });
    expect(() => next.get('removed')).toThrow('get removed: no such volume');
    expect(await readdir(next.path('found'))).toEqual(['file']);
  });

  it('makes a volume once however many ask', async () => {
    const store = open();
    const made = await Promise.all([1, 2, 3].map(() => store.create(request('once'))));
    expect(new Set(made).size).toBe(1);
  });

  it('removes none that is used or about to be', async () => {
    const store = open();
    await store.create(request('busy'));
    const release = store.hold('busy');
    await expect(store.remove('busy')).rejects.toThrow('volume is in use');
    expect((await store.prune(() => true)).names).toEqual([]);
    release();
    users = ['c1', 'c2'];
    await expect(store.remove('busy')).rejects.toThrow('remove busy: volume is in use - [c1, c2]');
    users = [];
    expect(await store.prune(() => true)).toEqual({ names: ['busy'], reclaimed: 5 });
    expect(await readdir(join(dataRoot, 'volumes'))).toEqual([]);
  });

  it('names the volume in what it refuses', async () => {
    const store = open();
    await expect(store.create({ ...request('vol'), driver: 'cloud' })).rejects.toMatchObject({
      kind: 'not-found',
      message: 'create vol: error looking up volume plugin cloud: plugin "cloud" not found',
    });
    await expect(store.create({ ...request('vol'), options: { device: 'x' } })).rejects.toThrow(
      'create vol: missing required option: "type"',
    );
    await expect(store.create(request('../x'))).rejects.toThrow('includes invalid characters');
  });
});
