import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { dockerBuild } from '../fixtures/build-context.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { FailingDisk, noFailingDisk } from '../fixtures/failing-disk.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/**
 * Somebody has mounted disks in the data root, since it had grown too large for its own: whatever goes out of sight goes
 * by a rename, which stays on its file system.
 */
const DISKS = ['containers', 'volumes', 'layers', 'blobs', 'build'];
const isRoot = process.getuid?.() === 0;
const noDisk = noFailingDisk();

describe.runIf(isRoot).each(ENGINE_MODES)(
  `a data root of several file systems as %s${isRoot ? '' : ' (skipped: needs root, to mount them)'}`,
  (mode) => {
    const engine = new EngineProcess(mode);
    let disk: FailingDisk | null = null;
    const trashes = DISKS.map((name) => join(engine.dataRoot, name, '.trash'));
    const removed = (): string[] =>
      [join(engine.dataRoot, 'trash'), ...trashes].flatMap((place) => (existsSync(place) ? readdirSync(place) : []));
    const give = (path: string): void => {
      const { uid, gid } = statSync(engine.directory);
      chownSync(path, uid, gid);
    };
    const directory = (...names: string[]): string => {
      const path = resolve(engine.dataRoot, ...names);
      mkdirSync(path);
      give(path);
      return path;
    };

    beforeAll(async () => {
      directory();
      for (const name of DISKS) {
        const path = directory(name);
        // A real one has a lost+found, which an ordinary user cannot even look into.
        if (name === 'layers' && noDisk === '') disk = new FailingDisk(path);
        else execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=755', 'tmpfs', path]);
        give(path);
      }
      await engine.start();
      await loadTestImage(engine);
    });

    afterAll(async () => {
      await engine.stop();
      disk?.dispose();
      for (const name of DISKS) spawnSync('umount', ['-l', join(engine.dataRoot, name)]);
      await engine.dispose();
    });

    it('keeps overlays, and removes what containers, volumes, builds and images leave', async () => {
      expect(engine.dockerOk(['info', '-f', '{{.Driver}}'])).toBe('overlay2');
      const script = 'echo kept >/data/file; dd if=/dev/zero of=/large bs=1k count=100 2>&1';
      engine.dockerOk(['run', '--name', 'one', '-v', 'content:/data', TEST_IMAGE, 'sh', '-c', script]);
      const file = `FROM ${TEST_IMAGE}\nRUN --mount=type=cache,target=/cache echo made | tee /cache/one >/made\n`;
      const build = await dockerBuild(engine, { Dockerfile: file }, ['-t', 'made']);
      expect(build.code, build.stderr).toBe(0);
      expect(engine.dockerOk(['run', '--rm', 'made', 'cat', '/made'])).toBe('made');
      engine.dockerOk(['rm', 'one']);
      engine.dockerOk(['rmi', 'made']);
      engine.dockerOk(['builder', 'prune', '-af']);
      engine.dockerOk(['volume', 'create', 'other']);
      engine.dockerOk(['volume', 'rm', 'other']);
      await expect.poll(removed).toEqual([]);
      expect(readdirSync(join(engine.dataRoot, 'containers')).filter((name) => !name.startsWith('.'))).toEqual([]);
      expect(readdirSync(join(engine.dataRoot, 'build/work')).filter((name) => !name.startsWith('.'))).toEqual([]);
    });

    it('takes away at the next start what one that was killed has left on each', async () => {
      engine.dockerOk(['create', '--name', 'stays', TEST_IMAGE, 'true']);
      await engine.stop('SIGKILL');
      // Trees that were taken out of sight, and others that were not yet.
      for (const place of trashes.filter((path) => existsSync(path)))
        writeFileSync(join(directory(place, 'removed'), 'file'), 'left');
      directory('containers', 'f'.repeat(64));
      directory('layers', 'f'.repeat(32));
      directory('layers', '.new', 'half');
      directory('build', 'work', 'e'.repeat(64));
      directory('volumes', 'begun');
      writeFileSync(join(engine.dataRoot, 'blobs', 'sha256', '.ingest', 'half'), 'cut off');
      await engine.start();
      await expect.poll(removed).toEqual([]);
      const left = ['containers', 'layers', 'layers/.new', 'build/work', 'volumes', 'blobs/sha256/.ingest']
        .flatMap((name) => readdirSync(join(engine.dataRoot, name)))
        .filter((name) => /^(f+|e+|half|begun)$/.test(name));
      expect(left).toEqual([]);
      expect(engine.dockerOk(['start', '-a', 'stays'])).toBe('');
      engine.dockerOk(['rm', 'stays']);
      expect(engine.dockerOk(['run', '--rm', '-v', 'content:/data', TEST_IMAGE, 'cat', '/data/file'])).toBe('kept');
      expect(engine.dockerOk(['volume', 'ls', '-q'])).toBe('content');
    });

    it('has nothing to say to the doctor', async () => {
      await engine.stop();
      const words = ['doctor', '--data-root', engine.dataRoot, '--exec-root', engine.execRoot, '--format', 'json'];
      const { stdout } = spawnSync(process.execPath, [BERTH_COMMAND, ...words], { encoding: 'utf8' });
      const findings = JSON.parse(stdout) as { id: string; area: string; status: string; text: string }[];
      const told = findings.filter(({ area, status }) => area !== 'host' && status !== 'ok');
      expect(told).toEqual([]);
      expect(findings.map(({ id }) => id)).toContain('store.consistent');
      await engine.start();
    });

    it('says where a disk cannot be', async () => {
      await engine.stop();
      const place = join(engine.dataRoot, 'layers', '.new');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]);
      give(place);
      try {
        await expect(engine.start()).rejects.toThrow(
          `${place} is a file system of its own, and finished layers have to be renamed out of it: unmount it, or mount it at ${join(engine.dataRoot, 'layers')}`,
        );
      } finally {
        execFileSync('umount', [place]);
      }
      await engine.start();
      expect(engine.dockerOk(['run', '--rm', TEST_IMAGE, 'echo', 'works'])).toBe('works');
    });
  },
);
