import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** Of SQLite's write-ahead log: a header, then frames of a header and a page each (sqlite.org/fileformat2.html#walformat). */
const WAL_HEADER = 32;
const WAL_FRAME = 24 + 4096;

interface Snapshot {
  readonly data: string;
  readonly walSize: number;
}

/** All regular files below a directory. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * Only what was fsynced survives: the database may go back to any commit since the last that was written durably, and
 * files of containers and of layers that are not yet known to be on disk come back empty. Blobs, volumes and what the
 * database says durably (images, volumes) are there.
 */
describe.each(ENGINE_MODES.slice(0, 1))('a power cut as %s', (mode) => {
  const engine = new EngineProcess(mode);
  const snapshots: Snapshot[] = [];

  /** The data root as the disk has it at this moment. */
  function snapshot(name: string): Snapshot {
    const data = `${engine.directory}/${name}`;
    execFileSync('cp', ['-a', engine.dataRoot, data]);
    return { data, walSize: statSync(`${data}/berth.db-wal`).size };
  }

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['volume', 'create', 'kept']);
    engine.dockerOk(['run', '--rm', '-v', 'kept:/v', TEST_IMAGE, 'sh', '-c', 'echo content >/v/f; sync']);
    // All that follows is written without waiting for the disk.
    snapshots.push(snapshot('durable'));
    engine.dockerOk(['network', 'create', 'late']);
    engine.dockerOk(['run', '-d', '--name', 'always', '--restart', 'always', TEST_IMAGE, 'sleep', '600']);
    engine.dockerOk(['run', '-d', '--name', 'plain', TEST_IMAGE, 'sleep', '600']);
    expect(engine.docker(['run', '--name', 'ended', TEST_IMAGE, 'sh', '-c', 'exit 3']).code).toBe(3);
    engine.dockerOk(['create', '--name', 'created', '--network', 'late', TEST_IMAGE, 'true']);
    snapshots.push(snapshot('late'));
  });

  afterAll(async () => {
    await engine.dispose();
  });

  /** Starts an engine on a copy with the last `share` of the writes that did not wait for the disk. */
  async function after(share: number, check: (survivor: EngineProcess) => Promise<void> | void): Promise<void> {
    const [durable, late] = snapshots;
    if (durable === undefined || late === undefined) throw new Error('there are no snapshots');
    const survivor = new EngineProcess(mode);
    try {
      execFileSync('cp', ['-a', late.data, survivor.dataRoot]);
      const frames = Math.floor(((late.walSize - durable.walSize) / WAL_FRAME) * share);
      const size = durable.walSize + frames * WAL_FRAME;
      expect((size - WAL_HEADER) % WAL_FRAME).toBe(0);
      truncateSync(`${survivor.dataRoot}/berth.db-wal`, size);
      for (const path of filesIn(`${survivor.dataRoot}/containers`)) truncateSync(path);
      await survivor.start();
      await check(survivor);
    } finally {
      await survivor.dispose();
    }
  }

  function assertUsable(survivor: EngineProcess): void {
    expect(survivor.dockerOk(['run', '--rm', '-v', 'kept:/v', TEST_IMAGE, 'cat', '/v/f'])).toBe('content');
    for (const name of survivor.dockerOk(['ps', '-aq', '--format', '{{.Names}}']).split('\n').filter(Boolean)) {
      survivor.dockerOk(['stop', '-t', '0', name]);
      survivor.dockerOk(['start', name]);
      survivor.docker(['logs', name]);
      survivor.dockerOk(['rm', '-f', name]);
    }
    expect(survivor.dockerOk(['ps', '-aq'])).toBe('');
    expect(readdirSync(`${survivor.dataRoot}/containers`)).toEqual([]);
  }

  it.each([0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85])('that loses all after %d of the last writes', async (share) => {
    await after(share, (survivor) => {
      assertUsable(survivor);
    });
  });

  it('that loses nothing of the database: what ran is ended with 255, or runs again by its policy', async () => {
    await after(1, async (survivor) => {
      const state = (name: string): string =>
        survivor.dockerOk(['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', name]);
      expect(state('plain')).toBe('exited 255');
      expect(state('ended')).toBe('exited 3');
      expect(state('created')).toBe('created 0');
      await expect.poll(() => state('always')).toBe('running 0');
      expect(survivor.dockerOk(['network', 'inspect', '-f', '{{.Name}}', 'late'])).toBe('late');
      assertUsable(survivor);
    });
  });

  it('before the files of a layer are on disk: it is unpacked again from its blob', async () => {
    const [, late] = snapshots;
    const survivor = new EngineProcess(mode);
    try {
      execFileSync('cp', ['-a', late?.data ?? '', survivor.dataRoot]);
      const database = new DatabaseSync(`${survivor.dataRoot}/berth.db`);
      database.exec("UPDATE layer SET unsynced_boot = 'the boot before'");
      database.close();
      for (const path of filesIn(`${survivor.dataRoot}/layers`)) truncateSync(path);
      await survivor.start();
      assertUsable(survivor);
    } finally {
      await survivor.dispose();
    }
  });
});
