import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fixture, processPlan } from './testing/fixture.ts';
import type { Supervised } from './interface.ts';
import type { CgroupStep } from './types.ts';
import { needs } from '../testing/needs.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

const mountPoint = '/sys/fs/cgroup';
const isRoot = process.getuid?.() === 0;
const isAlone = existsSync(`${mountPoint}/cgroup.controllers`);
const root = isAlone ? mountPoint : `${mountPoint}/unified`;
const parent = `${root}/bl-unified-${process.pid}`;

function step(id: string, writes: CgroupStep['writes'] = []): CgroupStep {
  return { path: join(parent, id), writes, unified: true, freezer: false, deviceProgram: new Uint8Array() };
}

function limit(file: string, value: string, required = false): CgroupStep['writes'][number] {
  return { file, value, required };
}

async function gone({ path }: CgroupStep): Promise<void> {
  await expect.poll(() => existsSync(path)).toBe(false);
}

function read({ path }: CgroupStep, file: string): string {
  return readFileSync(join(path, file), 'utf8').trim();
}

/** Makes a directory in the container's, as its own service manager would. */
function makeInside({ path }: CgroupStep, name: string): string {
  const directory = join(path, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

function handDown(directory: string, controller: string, sign = '+'): void {
  writeFileSync(join(directory, 'cgroup.subtree_control'), `${sign}${controller}`);
}

const hasUnified = isRoot && existsSync(`${root}/cgroup.procs`);
describe.runIf(hasUnified)(`a directory of version 2${needs('root and cgroup version 2', hasUnified)}`, () => {
  afterAll(() => {
    rmdirSync(parent);
  });

  const launch = async (cgroup: CgroupStep, ...command: string[]): Promise<Supervised> => {
    const plan = await fixture.plan(processPlan(command), { cgroups: [cgroup] });
    const supervised = await fixture.launcher.launch(plan);
    await supervised.start();
    return supervised;
  };
  const exec = (target: Supervised, cgroup: CgroupStep, ...command: string[]): Promise<Supervised> =>
    fixture.launcher.exec({ ...fixture.execPlan(target, processPlan(command)), cgroups: [cgroup] });

  test('is what the container sees as the root', async () => {
    const cgroup = step('root');
    const plan = await fixture.plan(processPlan(['cat', '/proc/self/cgroup']), { cgroups: [cgroup] });
    const { stdout } = await fixture.finish(await fixture.launcher.launch(plan));
    expect(stdout).toMatch(/^0::\/$/m);
    expect(stdout).not.toContain(parent);
    await gone(cgroup);
  });

  test('stops and goes on with all that is in it, and an exec joins', async () => {
    const cgroup = step('freeze');
    const supervised = await launch(cgroup, 'sleep', '60');
    const second = await exec(supervised, cgroup, 'sleep', '60');
    await second.start();
    expect(read(cgroup, 'cgroup.procs').split('\n')).toEqual([
      String(supervised.process.pid),
      String(second.process.pid),
    ]);
    await supervised.pause();
    expect(read(cgroup, 'cgroup.events')).toContain('frozen 1');
    await supervised.resume();
    expect(read(cgroup, 'cgroup.events')).toContain('frozen 0');
    await supervised.pause();
    await supervised.kill(9);
    expect((await supervised.exited).exitCode).toBe(137);
    await gone(cgroup);
  });

  test('with others made in it is removed, also after a monitor that was killed', async () => {
    const cgroup = step('orphan');
    const orphan = await launch(cgroup, 'sleep', '60');
    makeInside(cgroup, 'inner/deeper');
    const status = readFileSync(`/proc/${orphan.process.pid}/status`, 'utf8');
    process.kill(Number(/^PPid:\t(\d+)/m.exec(status)?.[1]), 'SIGKILL');
    await orphan.exited;
    await fixture.launcher.removeCgroups([cgroup.path]);
    await gone(cgroup);
  });

  // One of those that no threads can share. A host with version 1 besides may have left hugetlb to this hierarchy.
  const present = hasUnified ? readFileSync(`${root}/cgroup.controllers`, 'utf8').trim().split(' ') : [];
  const controller = ['memory', 'hugetlb', 'io'].find((name) => present.includes(name)) ?? '';
  test.runIf(controller !== '')(
    `that the container has divided is joined where its first process is${needs('a controller', controller !== '')}`,
    async () => {
      const isHandedDown = readFileSync(`${root}/cgroup.subtree_control`, 'utf8').split(/\s/).includes(controller);
      handDown(root, controller);
      const cgroup = step('divided');
      const supervised = await launch(cgroup, 'sleep', '60');
      handDown(parent, controller);
      const inner = makeInside(cgroup, 'init/scope');
      writeFileSync(join(inner, 'cgroup.procs'), String(supervised.process.pid));
      handDown(cgroup.path, controller);
      const second = await exec(supervised, cgroup, 'cat', '/proc/self/cgroup');
      const { exitCode, stdout } = await fixture.finish(second);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^0::\/init\/scope$/m);
      // One that has gone elsewhere is not followed there.
      const elsewhere = makeInside(step('elsewhere'), '');
      writeFileSync(join(elsewhere, 'cgroup.procs'), String(supervised.process.pid));
      await expect(exec(supervised, cgroup, 'true')).rejects.toThrow(
        /joining cgroup .*divided: Device or resource busy/,
      );
      await supervised.kill(9);
      await supervised.exited;
      await gone(cgroup);
      rmdirSync(elsewhere);
      handDown(parent, controller, '-');
      if (!isHandedDown) handDown(root, controller, '-');
    },
  );

  describe.runIf(isAlone)(`with limits${needs('cgroup version 2 alone', isAlone)}`, () => {
    test('keeps them, and warns of those it cannot', async () => {
      const writes = [
        limit('memory.max', String(32 << 20)),
        limit('pids.max', '20'),
        limit('cpu.max', '50000 100000'),
        limit('pids.absent', '1'),
      ];
      const cgroup = step('limits', writes);
      const script =
        'cd /sys/fs/cgroup; cat memory.max pids.max cpu.max; touch x; mkdir x; i=0; while [ $i -lt 30 ]; do sleep 1 & i=$((i+1)); done';
      const plan = await fixture.plan(processPlan(['sh', '-c', script]), { cgroups: [cgroup] });
      const supervised = await fixture.launcher.launch(plan);
      expect(supervised.warnings).toEqual([expect.stringContaining('pids.absent')]);
      const { stdout, stderr } = await fixture.finish(supervised);
      expect(stdout).toBe('33554432\n20\n50000 100000\n');
      expect(stderr).toMatch(/Read-only|denied/);
      expect(stderr).toContain('fork');
      await gone(cgroup);
    });

    test('takes others while it runs', async () => {
      const cgroup = step('update', [limit('memory.max', String(32 << 20))]);
      const supervised = await launch(cgroup, 'sleep', '60');
      for (const [memory, cpu] of [
        [String(16 << 20), '20000 100000'],
        [String(64 << 20), 'max 100000'],
      ] as const) {
        await fixture.launcher.updateCgroups([step('update', [limit('memory.max', memory), limit('cpu.max', cpu)])]);
        expect([read(cgroup, 'memory.max'), read(cgroup, 'cpu.max')]).toEqual([memory, cpu]);
      }
      const bad = step('update', [limit('pids.max', 'nonsense', true)]);
      await expect(fixture.launcher.updateCgroups([bad])).rejects.toThrow('failed to write nonsense to pids.max');
      await supervised.kill(9);
      await supervised.exited;
      await gone(cgroup);
    });

    test('tells of an out-of-memory kill', async () => {
      const cgroup = step('oom', [limit('memory.max', String(32 << 20)), limit('memory.swap.max', '0')]);
      const supervised = await launch(cgroup, 'sh', '-c', 'x=a; while true; do x=$x$x; done');
      expect(await supervised.exited).toMatchObject({ exitCode: 137, oomKilled: true });
      await gone(cgroup);
    });

    test('that is required and refused is no start, and leaves nothing', async () => {
      const cgroup = step('refused', [limit('pids.max', 'nonsense', true)]);
      const plan = await fixture.plan(processPlan(['true']), { cgroups: [cgroup] });
      await expect(fixture.launcher.launch(plan)).rejects.toMatchObject({ kind: 'internal' });
      await gone(cgroup);
    });
  });
});
