import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FailingDisk, noFailingDisk } from '../fixtures/failing-disk.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { launcherPids, leftovers, pastaPids, traces, zygotePid, type Traces } from '../fixtures/leaks.ts';
import { freePort, LocalRegistry } from '../fixtures/registry.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** The monitor of a container: the parent of its first process. */
function monitorOf(engine: EngineProcess, id: string): number {
  return parentOf(Number(engine.dockerOk(['inspect', '-f', '{{.State.Pid}}', id])));
}

/** The parent of a process. */
function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe("the guard of an ordinary user's way out killed", () => {
  const engine = new EngineProcess('rootless');
  afterAll(() => engine.dispose());

  it('leaves none behind once there is a new one', async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    const [first] = pastaPids(engine);
    expect(first).toBeDefined();
    const zygote = zygotePid(engine);
    process.kill(parentOf(Number(first)), 'SIGKILL');
    process.kill(zygote, 'SIGKILL');
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    await expect.poll(() => pastaPids(engine)).toHaveLength(1);
    expect(pastaPids(engine)).not.toContain(first);
  });
});

describe.each(ENGINE_MODES)('a monitor killed as %s', (mode) => {
  const engine = new EngineProcess(mode);
  let before: Traces;
  const start = (...args: string[]): string => engine.dockerOk(['run', '-d', ...args, TEST_IMAGE, 'sleep', '600']);
  const state = (id: string): string => engine.dockerOk(['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', id]);
  const gone = (id: string): boolean => engine.docker(['inspect', id]).code !== 0;

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
  });

  afterAll(async () => {
    const mine = (await leftovers(engine, before, 3000)).files;
    await engine.dispose();
    expect(mine).toBeUndefined();
  });

  const cgroupsOf = (id: string): string[] => traces(engine).cgroups.filter((path) => path.endsWith(id));

  it('makes the container exited 255, with nothing left of it, and startable', () => {
    const id = start();
    process.kill(monitorOf(engine, id), 'SIGKILL');
    expect(engine.dockerOk(['wait', id])).toBe('255');
    expect(state(id)).toBe('exited 255');
    expect(cgroupsOf(id)).toEqual([]);
    engine.dockerOk(['start', id]);
    expect(state(id)).toBe('running 0');
    engine.dockerOk(['rm', '-f', id]);
    expect(cgroupsOf(id)).toEqual([]);
  });

  it('removes a container of --rm, and restarts by policy', async () => {
    const temporary = start('--rm');
    const kept = start('--restart', 'on-failure');
    process.kill(monitorOf(engine, temporary), 'SIGKILL');
    process.kill(monitorOf(engine, kept), 'SIGKILL');
    await expect.poll(() => gone(temporary)).toBe(true);
    await expect.poll(() => state(kept)).toBe('running 0');
    engine.dockerOk(['rm', '-f', kept]);
  });

  it('is noticed by an engine that was down meanwhile', async () => {
    const plain = start();
    const temporary = start('--rm');
    const kept = start('--restart', 'unless-stopped');
    const failing = start('--restart', 'on-failure:3');
    const monitors = [plain, temporary, kept, failing].map((id) => monitorOf(engine, id));
    await engine.stop('SIGKILL');
    for (const pid of monitors) process.kill(pid, 'SIGKILL');
    await engine.start();
    expect(state(plain)).toBe('exited 255');
    expect([...cgroupsOf(plain), ...cgroupsOf(temporary)]).toEqual([]);
    await expect.poll(() => gone(temporary)).toBe(true);
    await expect.poll(() => state(kept)).toBe('running 0');
    await expect.poll(() => state(failing)).toBe('running 0');
    engine.dockerOk(['rm', '-f', plain, kept, failing]);
  });

  it('is made up for by the restart policy as soon as its port can be had, also long after the engine has started', async () => {
    const port = await freePort();
    const other = await freePort();
    const publish = (number: number): string => `127.0.0.1:${number}:80`;
    const waiting = start('--restart', 'unless-stopped', '-p', publish(port));
    const stopped = start('--restart', 'always', '-p', publish(other));
    const monitors = [waiting, stopped].map((id) => monitorOf(engine, id));
    await engine.stop('SIGKILL');
    for (const pid of monitors) process.kill(pid, 'SIGKILL');
    // As an address that is not up yet when the machine starts.
    const holders = await Promise.all([port, other].map(holdPort));
    await engine.start();
    const status = (id: string): string =>
      engine.dockerOk(['inspect', '-f', '{{.State.Status}} {{.RestartCount}}', id]);
    await expect.poll(() => status(waiting)).toMatch(/^restarting [2-9]/);
    expect(engine.dockerOk(['inspect', '-f', '{{.State.Error}}', waiting])).toContain('address already in use');
    engine.dockerOk(['stop', stopped]);
    for (const holder of holders) holder.close();
    await expect.poll(() => state(waiting)).toBe('running 0');
    expect(state(stopped)).toMatch(/^exited /);
    expect(cgroupsOf(stopped)).toEqual([]);
    engine.dockerOk(['rm', '-f', waiting, stopped]);
  });
});

/** Listens on a port of the loopback, so that nobody else can: as soon as the killed monitor's processes have let go of it. */
function holdPort(port: number): Promise<Server> {
  return vi.waitFor(async () => {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  });
}

/** A data root on a small memory file system, which a file of ours fills. */
const isRoot = process.getuid?.() === 0;
describe.runIf(isRoot).each(ENGINE_MODES)(
  `a full disk as %s${isRoot ? '' : ' (skipped: needs root, to mount one)'}`,
  (mode) => {
    const engine = new EngineProcess(mode);
    const ballast = `${engine.dataRoot}/ballast`;

    beforeAll(async () => {
      mkdirSync(engine.dataRoot);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', engine.dataRoot]);
      const { uid, gid } = statSync(engine.directory);
      chownSync(engine.dataRoot, uid, gid);
      await engine.start();
      await loadTestImage(engine);
    });

    afterAll(async () => {
      rmSync(ballast, { force: true });
      await engine.stop();
      execFileSync('umount', ['-l', engine.dataRoot]);
      await engine.dispose();
    });

    const fill = (): void => {
      try {
        for (let size = 1 << 20; size >= 512; size /= 2) {
          for (;;) {
            try {
              writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
            } catch {
              break;
            }
          }
        }
      } catch (error) {
        throw new Error('the disk could not be filled', { cause: error });
      }
    };
    const free = (): void => {
      rmSync(ballast, { force: true });
    };

    it('is said when a container is created, which leaves nothing', () => {
      fill();
      const result = engine.docker(['run', '--name', 'late', TEST_IMAGE, 'true']);
      expect(result.code).toBe(125);
      expect(result.stderr).toMatch(/no space left on device|database or disk is full/i);
      free();
      expect(engine.dockerOk(['ps', '-aq'])).toBe('');
      expect(engine.dockerOk(['run', '--rm', '--name', 'late', TEST_IMAGE, 'echo', 'works'])).toBe('works');
    });

    it('is said when an image comes in, which leaves nothing', () => {
      const tar = Buffer.concat([engine.docker(['save', TEST_IMAGE]).bytes]);
      engine.dockerOk(['rmi', TEST_IMAGE]);
      fill();
      const result = engine.docker(['load'], { input: tar });
      expect(result.code).not.toBe(0);
      expect(result.stderr + result.stdout).toMatch(/no space left on device|database or disk is full/i);
      free();
      engine.dockerOk(['load'], { input: tar });
      expect(engine.dockerOk(['run', '--rm', TEST_IMAGE, 'echo', 'works'])).toBe('works');
    });

    it('loses no exit of a container that logs meanwhile, and the log goes on once there is space', async () => {
      const script = 'i=0; while [ ! -e /stop ]; do echo line $i; i=$((i+1)); sleep 0.02; done; exit 7';
      const id = engine.dockerOk([
        'run',
        '-d',
        '--tmpfs',
        '/tmp',
        TEST_IMAGE,
        'sh',
        '-c',
        script.replace('/stop', '/tmp/stop'),
      ]);
      fill();
      await new Promise((wake) => setTimeout(wake, 500));
      expect(engine.dockerOk(['inspect', '-f', '{{.State.Status}}', id])).toBe('running');
      free();
      await expect.poll(() => engine.dockerOk(['logs', id]).split('\n').length).toBeGreaterThan(20);
      fill();
      engine.dockerOk(['exec', id, 'touch', '/tmp/stop']);
      expect(engine.dockerOk(['wait', id])).toBe('7');
      free();
      // Lines for which there was no space are gone, but never a part of one, nor their order.
      const numbers = engine
        .dockerOk(['logs', id])
        .split('\n')
        .map((line) => Number(/^line (\d+)$/.exec(line)?.[1]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(numbers.length).toBeGreaterThan(10);
      await engine.crash();
      expect(engine.dockerOk(['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', id])).toBe('exited 7');
      engine.dockerOk(['rm', id]);
    });
  },
);

const noDisk = noFailingDisk();
describe.runIf(noDisk === '').each(ENGINE_MODES)(`a disk that turns read-only as %s${noDisk}`, (mode) => {
  const engine = new EngineProcess(mode);
  let disk: FailingDisk;

  beforeAll(async () => {
    disk = new FailingDisk(engine.dataRoot);
    const { uid, gid } = statSync(engine.directory);
    chownSync(engine.dataRoot, uid, gid);
    await engine.start();
    await loadTestImage(engine);
  });

  afterAll(async () => {
    await engine.stop();
    // On a disk that is still read-only, containers could not be removed.
    for (const pid of launcherPids(engine)) process.kill(Number(pid), 'SIGKILL');
    disk.dispose();
    await engine.dispose();
  });

  it('is told of, stops nothing that runs, and all is there when it can be written again', async () => {
    const count = 'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.05; done';
    engine.dockerOk(['run', '-d', '--name', 'works', '--stop-signal', 'KILL', TEST_IMAGE, 'sh', '-c', count]);
    engine.dockerOk(['run', '-d', '--name', 'ends', TEST_IMAGE, 'sh', '-c', 'sleep 3; exit 7']);
    await expect.poll(() => engine.dockerOk(['logs', 'works'])).toContain('line 2');
    execFileSync('sync', ['-f', engine.dataRoot]);
    const isTold = disk.fail();

    const attempts = [
      ['run', '--rm', TEST_IMAGE, 'true'],
      ['volume', 'create', 'more'],
      // These only write into the database.
      ...(isTold
        ? [
            ['network', 'create', 'more'],
            ['tag', TEST_IMAGE, 'more:1'],
          ]
        : []),
      ['rm', '-f', 'works'],
    ];
    for (const words of attempts) {
      const { code, stderr } = engine.docker(words);
      expect(code, words.join(' ')).not.toBe(0);
      expect(stderr, words.join(' ')).toMatch(/read-only file system|disk I\/O error|readonly database/);
    }
    expect(engine.dockerOk(['wait', 'ends'])).toBe('7');
    expect(engine.dockerOk(['ps', '-a', '--format', '{{.Names}}'])).toBe('ends\nworks');
    expect(engine.dockerOk(['logs', 'works'])).toMatch(/^line 0\nline 1\n/);
    const start = await engine.crash().catch((error: unknown) => String(error));
    expect(start).toMatch(/read-only file system/);

    // As when the machine goes down.
    for (const pid of launcherPids(engine)) process.kill(Number(pid), 'SIGKILL');
    disk.repair();
    await engine.start();
    expect(engine.dockerOk(['ps', '-a', '--format', '{{.Names}} {{.State}}'])).toBe('ends exited\nworks exited');
    expect(engine.dockerOk(['logs', 'works'])).toMatch(/^line 0\nline 1\n/);
    expect(engine.dockerOk(['run', '--rm', TEST_IMAGE, 'echo', 'back'])).toBe('back');
    engine.dockerOk(['rm', 'works', 'ends']);
  });
});

describe.runIf(noDisk === '')(`a disk that lets writers wait${noDisk}`, () => {
  const engine = new EngineProcess('root');
  let registry: LocalRegistry;
  let disk: FailingDisk;
  /** More than there are threads for file operations (libuv's 4). */
  const images = Array.from({ length: 5 }, (_, index) => `slow-${index}`);

  beforeAll(async () => {
    registry = await LocalRegistry.start();
    await engine.start();
    await loadTestImage(engine);
    for (const name of images) {
      const remote = `${registry.host}/${name}`;
      engine.dockerOk(['import', '-', remote], { input: await smallTar(name) });
      engine.dockerOk(['push', remote]);
      engine.dockerOk(['rmi', remote]);
    }
    await engine.stop();
    // Only where pulls unpack to. What was unpacked before is not on it, and is unpacked again.
    disk = new FailingDisk(`${engine.dataRoot}/layers`);
    await engine.start();
  });

  afterAll(async () => {
    disk.goOn();
    await engine.stop();
    for (const pid of launcherPids(engine)) process.kill(Number(pid), 'SIGKILL');
    disk.dispose();
    await engine.dispose();
    await registry.stop();
  });

  it('makes pulls wait, but no start, list or log', async () => {
    engine.dockerOk(['run', '-d', '--name', 'beside', TEST_IMAGE, 'sh', '-c', 'echo said; sleep 600']);
    let ended = 0;
    disk.stall();
    const pulls = images.map(async (name) => {
      const answer = await engine.api('POST', `/images/create?fromImage=${registry.host}/${name}&tag=latest`);
      ended += 1;
      return answer.body;
    });
    try {
      await expect.poll(() => waiters(engine), { timeout: 60_000 }).toBeGreaterThan(0);
      expect(engine.dockerOk(['run', '--rm', TEST_IMAGE, 'echo', 'started'])).toBe('started');
      expect(engine.dockerOk(['ps', '--format', '{{.Names}}'])).toBe('beside');
      expect(engine.dockerOk(['logs', 'beside'])).toBe('said');
      expect(engine.dockerOk(['exec', 'beside', 'echo', 'inside'])).toBe('inside');
      expect(ended).toBe(0);
      expect(waiters(engine)).toBeGreaterThan(0);
    } finally {
      disk.goOn();
    }
    for (const body of await Promise.all(pulls)) expect(body).toContain('Downloaded newer image');
    engine.dockerOk(['rm', '-f', 'beside']);
  });
});

async function smallTar(content: string): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'content' }, content);
  tar.finalize();
  return buffer(tar);
}

/** How many threads of an engine and its launcher wait for a disk. */
function waiters(engine: EngineProcess): number {
  return [String(engine.pid), ...launcherPids(engine)]
    .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/stat`))
    .filter((path) => /\) D /.test(readFileSync(path, 'utf8'))).length;
}
