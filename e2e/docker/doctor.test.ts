import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { ordinaryUser } from '../fixtures/ordinary-user.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

interface Diagnosis {
  readonly area: string;
  readonly id: string;
  readonly status: string;
  readonly text: string;
  readonly advice: string;
  readonly repaired: boolean;
}

describe.each(ENGINE_MODES)('berth doctor as %s', (mode) => {
  const engine = new EngineProcess(mode);
  const user = mode === 'rootless' && process.getuid?.() === 0 ? ordinaryUser() : null;

  function run(args: readonly string[]): { code: number; output: string } {
    const roots = ['--data-root', engine.dataRoot, '--exec-root', engine.execRoot];
    const { status, stdout, stderr } = spawnSync(process.execPath, [BERTH_COMMAND, 'doctor', ...roots, ...args], {
      cwd: '/',
      env: { PATH: process.env['PATH'], HOME: user?.home ?? '/root' },
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    return { code: status ?? -1, output: stdout.toString() + stderr.toString() };
  }

  /** What it finds in the store and left behind; the machine is as it is. */
  function findings(...args: string[]): { code: number; found: Diagnosis[] } {
    const { code, output } = run(['--format', 'json', ...args]);
    const all = JSON.parse(output) as Diagnosis[];
    return { code, found: all.filter(({ area, status }) => area !== 'host' && status !== 'ok') };
  }

  /** As the engine would have made it. */
  function make(effect: () => void, path: string): void {
    effect();
    if (user !== null) chownSync(path, user.uid, user.gid);
  }

  const ids = (found: readonly Diagnosis[]): string[] => [...new Set(found.map(({ id }) => id))].sort();

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '-d', '--name', 'one', '-v', 'kept:/v', TEST_IMAGE, 'sleep', '600']);
  });

  afterAll(async () => {
    await engine.dispose();
  });

  it('finds nothing wrong beside an engine that runs, nor without one', async () => {
    // The sync of new layers comes a moment after the image.
    await expect.poll(() => findings('--deep')).toEqual({ code: 0, found: [] });
    await engine.stop();
    expect(findings('--deep')).toEqual({ code: 0, found: [] });
    const { code, output } = run([]);
    expect(code, output).toBe(0);
    expect(output).toMatch(/^ok {7}Linux /m);
    expect(output).toMatch(/the store is consistent/);
    await engine.start();
    engine.dockerOk(['rm', '-f', 'one']);
  });

  it('refuses options it does not know', () => {
    expect(run(['--format', 'yaml']).code).toBe(125);
    expect(run(['--fix']).code).toBe(125);
  });

  it('finds what a crash has left, and repairs it', async () => {
    await engine.stop();
    const data = engine.dataRoot;
    const orphan = 'a'.repeat(64);
    for (const directory of [`containers/${orphan}`, `layers/${'b'.repeat(32)}`, 'layers/.new/draft'])
      make(() => mkdirSync(`${data}/${directory}`), `${data}/${directory}`);
    for (const file of [`blobs/sha256/${'c'.repeat(64)}`, 'ingest/half'])
      make(() => {
        writeFileSync(`${data}/${file}`, '');
      }, `${data}/${file}`);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(`${engine.execRoot}/m/tmp.sock`, resolve));
    renameSync(`${engine.execRoot}/m/tmp.sock`, `${engine.execRoot}/m/${'d'.repeat(32)}.sock`);
    await new Promise((resolve) => server.close(resolve));
    const expected = [
      'leaks.socket',
      'store.blob-orphan',
      'store.container-orphan',
      'store.half-done',
      'store.layer-orphan',
    ];
    const seen = findings();
    expect(seen.code).toBe(0);
    expect(ids(seen.found)).toEqual(expected);
    for (const { advice, repaired } of seen.found) expect([advice === '', repaired]).toEqual([false, false]);
    const mended = findings('--repair');
    expect(mended.found.filter(({ repaired }) => !repaired)).toEqual([]);
    expect(ids(findings().found)).toEqual(['store.trash']);
    await engine.start();
    await expect.poll(() => readdirSync(`${data}/trash`)).toEqual([]);
    expect(engine.dockerOk(['run', '--rm', TEST_IMAGE, 'echo', 'works'])).toBe('works');
  });

  it('leaves alone what an engine may be at work on', () => {
    const path = `${engine.dataRoot}/containers/${'e'.repeat(64)}`;
    make(() => mkdirSync(path), path);
    expect(findings('--repair')).toEqual({ code: 0, found: [] });
    rmSync(path, { recursive: true });
  });

  it('finds damaged and lost content, and the engine lives with it', async () => {
    engine.dockerOk(['create', '--name', 'two', '-v', 'kept:/v', TEST_IMAGE]);
    await engine.stop();
    const data = engine.dataRoot;
    const sizes = readdirSync(`${data}/blobs/sha256`);
    const database = new DatabaseSync(`${data}/berth.db`);
    const [image] = database.prepare('SELECT id, blobs FROM image').all();
    const [layer] = database.prepare('SELECT chain_id FROM layer').all();
    const [container] = database.prepare('SELECT id FROM container').all();
    database.exec("UPDATE layer SET unsynced_boot = 'another'");
    database.close();
    const [blob] = JSON.parse(String(image?.['blobs'])) as { digest: string }[];
    const blobPath = `${data}/blobs/sha256/${String(blob?.digest).slice('sha256:'.length)}`;
    expect(sizes.length).toBeGreaterThan(2);
    chmodSync(blobPath, 0o600);
    appendFileSync(blobPath, 'x');
    expect(ids(findings().found)).toEqual(['store.layer-unsynced']);
    const deep = findings('--deep');
    expect(deep.code).toBe(1);
    expect(ids(deep.found)).toEqual(['store.blob-damaged', 'store.layer-unsynced']);
    renameSync(`${data}/layers/${String(layer?.['chain_id']).slice(7, 39)}`, `${data}/moved-layer`);
    renameSync(`${data}/containers/${String(container?.['id'])}`, `${data}/moved-container`);
    renameSync(`${data}/volumes/kept`, `${data}/moved-volume`);
    rmSync(blobPath);
    const lost = findings('--repair');
    expect(lost.code).toBe(1);
    expect(ids(lost.found)).toEqual([
      'store.blob-missing',
      'store.container-files',
      'store.layer-missing',
      'store.volume-missing',
    ]);
    renameSync(`${data}/moved-volume`, `${data}/volumes/kept`);
    renameSync(`${data}/moved-container`, `${data}/containers/${String(container?.['id'])}`);
    // An image that cannot be made whole is dropped, not half kept, and everything else goes on.
    await engine.start();
    expect(engine.dockerOk(['images', '-q'])).toBe('');
    expect(engine.dockerOk(['volume', 'ls', '-q'])).toBe('kept');
    engine.dockerOk(['rm', 'two']);
    await loadTestImage(engine);
    expect(engine.dockerOk(['run', '--rm', '-v', 'kept:/v', TEST_IMAGE, 'echo', 'works'])).toBe('works');
  });

  it('says that a database cannot be read', async () => {
    await engine.stop();
    for (const ending of ['-wal', '-shm']) rmSync(`${engine.dataRoot}/berth.db${ending}`, { force: true });
    writeFileSync(`${engine.dataRoot}/berth.db`, 'this is not a database'.repeat(100));
    const { code, found } = findings();
    expect(code).toBe(1);
    expect(ids(found)).toEqual(['store.database']);
  });
});
