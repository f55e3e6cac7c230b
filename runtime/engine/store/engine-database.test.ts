import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineDatabase } from './engine-database.ts';

const flushes = vi.hoisted(() => ({ count: 0, hold: Promise.resolve(), error: null as Error | null }));
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  return {
    ...real,
    // A disk that takes as long as the test says, or fails.
    fdatasync: (fd: number, done: (error: Error | null) => void) => {
      flushes.count += 1;
      const { error } = flushes;
      void flushes.hold.then(() => {
        if (error === null) real.fdatasync(fd, done);
        else done(error);
      });
    },
  };
});

describe('EngineDatabase', () => {
  let directory: string;
  let database: EngineDatabase;

  beforeEach(() => {
    Object.assign(flushes, { count: 0, hold: Promise.resolve(), error: null });
    directory = mkdtempSync(join(tmpdir(), 'berth-database-'));
    database = new EngineDatabase(join(directory, 'a.db'));
    database.exec('CREATE TABLE t (a TEXT)');
  });
  afterEach(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });

  const insert = (value: string): void => {
    database.prepare('INSERT INTO t VALUES (?)').run(value);
  };

  it('commits while the disk does not answer, and has all who wait share the next flush', async () => {
    const disk = Promise.withResolvers<undefined>();
    flushes.hold = disk.promise;
    insert('first');
    const first = database.synced();
    await vi.waitFor(() => {
      expect(flushes.count).toBe(1);
    });
    // The running flush may have missed these.
    insert('second');
    let isSafe = false;
    const others = Promise.all([database.synced(), database.synced()]).then(() => {
      isSafe = true;
    });
    expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 2 });
    expect(isSafe).toBe(false);
    disk.resolve(undefined);
    await Promise.all([first, others]);
    expect(flushes.count).toBe(2);
  });

  it('tells those who wait that the disk failed, and asks it anew for the next', async () => {
    insert('value');
    flushes.error = new Error('EIO');
    await expect(database.synced()).rejects.toThrow('EIO');
    flushes.error = null;
    await database.synced();
    expect(flushes.count).toBe(2);
  });

  it('has all that was synced in its files, as another process would find them', async () => {
    insert('kept');
    await database.synced();
    for (const name of ['a.db', 'a.db-wal']) copyFileSync(join(directory, name), join(directory, `copy-${name}`));
    const copy = new EngineDatabase(join(directory, 'copy-a.db'));
    expect(copy.prepare('SELECT a FROM t').all()).toEqual([{ a: 'kept' }]);
    copy.close();
  });

  it('writes a long log into the database in a thread of its own, while the next commits go on', async () => {
    database.exec('BEGIN');
    for (let index = 0; index < 2500; index += 1) insert('x'.repeat(4000));
    database.exec('COMMIT');
    expect(database.unwrittenPages).toBeGreaterThan(2000);
    const before = statSync(join(directory, 'a.db')).size;
    await vi.waitFor(
      () => {
        insert('more');
        expect(database.unwrittenPages).toBeLessThan(2000);
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(statSync(join(directory, 'a.db')).size).toBeGreaterThan(before + 2000 * 4096);
    expect(database.prepare("SELECT count(*) AS n FROM t WHERE a <> 'more'").get()).toEqual({ n: 2500 });
  }, 30_000);

  it('needs no disk for one in memory', async () => {
    const memory = new EngineDatabase(':memory:');
    memory.exec('CREATE TABLE t (a TEXT)');
    await memory.synced();
    memory.close();
    expect(flushes.count).toBe(0);
  });
});
