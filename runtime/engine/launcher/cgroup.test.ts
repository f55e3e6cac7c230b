import { existsSync, readFileSync, rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deviceProgram } from '../containers/device-program.ts';
import { DEFAULT_DEVICE_RULES } from '../containers/devices.ts';
import { Fixture, processPlan } from './testing/fixture.ts';
import type { CgroupStep } from './types.ts';
import { needs } from '../testing/needs.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

const base = '/sys/fs/cgroup';
const parent = `bl-test-${process.pid}`;
const isRoot = process.getuid?.() === 0;
const hasV1 = isRoot && existsSync(`${base}/memory/cgroup.procs`);
const unified = existsSync(`${base}/cgroup.controllers`) ? base : `${base}/unified`;

function step(controller: string, id: string, writes: CgroupStep['writes'] = []): CgroupStep {
  return {
    path: `${base}/${controller}/${parent}/${id}`,
    writes,
    unified: controller === 'unified',
    freezer: controller === 'freezer',
    deviceProgram: new Uint8Array(),
  };
}

function v1(id: string): CgroupStep[] {
  return [
    step('memory', id, [{ file: 'memory.limit_in_bytes', value: String(32 << 20), required: true }]),
    step('pids', id, [
      { file: 'pids.max', value: '20', required: true },
      { file: 'pids.absent', value: '1', required: false },
    ]),
    step('cpuset', id),
    step('freezer', id),
    ...(existsSync(`${unified}/cgroup.procs`) ? [step('unified', id)] : []),
  ];
}

async function gone(cgroups: readonly CgroupStep[]): Promise<void> {
  for (let attempt = 0; attempt < 3000 && cgroups.some(({ path }) => existsSync(path)); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(cgroups.filter(({ path }) => existsSync(path))).toEqual([]);
}

const hasUnified = isRoot && existsSync(`${unified}/cgroup.procs`);
describe.runIf(hasUnified)(`a device program${needs('root and cgroup version 2', hasUnified)}`, () => {
  const directory = (id: string, program: Uint8Array): CgroupStep => ({
    path: `${unified}/${parent}-devices/${id}`,
    writes: [],
    unified: true,
    freezer: false,
    deviceProgram: program,
  });
  afterAll(() => {
    rmdirSync(`${unified}/${parent}-devices`);
  });

  test('decides what the container can open', async () => {
    const program = deviceProgram([...DEFAULT_DEVICE_RULES, { ...refused, allow: false }]);
    const cgroups = [directory('open', program)];
    const plan = await fixture.plan(processPlan(['sh', '-c', 'cat /dev/null && echo null; cat /dev/zero']));
    const outcome = await fixture.finish(await fixture.launcher.launch({ ...plan, cgroups }));
    expect(outcome).toMatchObject({ exitCode: 1, stdout: 'null\n' });
    expect(outcome.stderr).toMatch(/\/dev\/zero.*Operation not permitted/);
    await gone(cgroups);
  });

  test('that the kernel does not take is no container at all', async () => {
    const cgroups = [directory('bad', new Uint8Array(16))];
    const plan = await fixture.plan(processPlan(['true']));
    await expect(fixture.launcher.launch({ ...plan, cgroups })).rejects.toThrow(/device program/);
    await gone(cgroups);
  });
});

const refused = { type: 'c', major: 1, minor: 5, access: 'r' };

describe.runIf(hasV1)(`version 1${needs('root and cgroup version 1', hasV1)}`, () => {
  afterAll(async () => {
    const { rmdir } = await import('node:fs/promises');
    for (const name of ['memory', 'pids', 'cpuset', 'freezer', 'unified'])
      await rmdir(`${base}/${name}/${parent}`).catch(() => undefined);
  });

  test('limits hold, absent files warn, the container sees its own directories only, nothing stays', async () => {
    const cgroups = v1('limits');
    const process = await fixture.launcher.launch(
      await fixture.plan(
        processPlan([
          'sh',
          '-c',
          'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max; cat /proc/self/cgroup; touch /sys/fs/cgroup/pids/x; mkdir /sys/fs/cgroup/memory/x; i=0; while [ $i -lt 30 ]; do sleep 1 & i=$((i+1)); done',
        ]),
        { cgroups },
      ),
    );
    expect(process.warnings).toEqual([expect.stringContaining('pids.absent')]);
    const { stdout, stderr } = await fixture.finish(process);
    expect(stdout).toMatch(/^33554432\n20\n/);
    expect(stdout).toMatch(/:memory:\/\n/);
    expect(stdout).not.toContain(parent);
    expect(stderr).toMatch(/Read-only|denied/);
    expect(stderr).toContain('fork');
    await gone(cgroups);
  });

  test('limits are changed while the process runs, in either direction, and a new directory takes it', async () => {
    const cgroups = v1('update').filter(({ path }) => !path.includes('/cpuset/'));
    const process = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '100']), { cgroups }));
    await process.start();
    const memory = (megabytes: number): CgroupStep =>
      step('memory', 'update', [
        { file: 'memory.limit_in_bytes', value: String(megabytes << 20), required: true },
        { file: 'memory.memsw.limit_in_bytes', value: String(megabytes << 20), required: true },
      ]);
    const limit = (): string =>
      readFileSync(`${base}/memory/${parent}/update/memory.memsw.limit_in_bytes`, 'utf8').trim();
    const cpuset = step('cpuset', 'update', [{ file: 'cpuset.cpus', value: '0', required: true }]);
    for (const megabytes of [16, 64, 8]) {
      await fixture.launcher.updateCgroups([memory(megabytes)]);
      expect(limit()).toBe(String(megabytes << 20));
    }
    await fixture.launcher.updateCgroups([memory(64), cpuset]);
    expect(readFileSync(`${cpuset.path}/cgroup.procs`, 'utf8').trim()).toBe(String(process.process.pid));
    const bad = step('pids', 'update', [{ file: 'pids.max', value: 'nonsense', required: true }]);
    await expect(fixture.launcher.updateCgroups([bad])).rejects.toThrow('failed to write nonsense to pids.max');
    await process.kill(9);
    await process.exited;
    await fixture.launcher.removeCgroups([cpuset.path]);
    await gone([...cgroups, cpuset]);
  });

  test('an out-of-memory kill is told', async () => {
    const cgroups = v1('oom');
    const process = await fixture.launcher.launch(
      await fixture.plan(processPlan(['sh', '-c', 'x=a; while true; do x=$x$x; done']), { cgroups }),
    );
    await process.start();
    expect(await process.exited).toMatchObject({ exitCode: 137, oomKilled: true });
    await gone(cgroups);
  });

  test('pause and resume with the freezer; exec joins the directories', async () => {
    const cgroups = v1('freeze');
    const process = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60']), { cgroups }));
    await process.start();
    await process.pause();
    expect(readFileSync(`${base}/freezer/${parent}/freeze/freezer.state`, 'utf8')).toBe('FROZEN\n');
    await process.resume();
    const plan = { ...fixture.execPlan(process, processPlan(['sleep', '60'])), cgroups };
    const exec = await fixture.launcher.exec(plan);
    await exec.start();
    for (const { path } of cgroups)
      expect(readFileSync(`${path}/cgroup.procs`, 'utf8').split('\n')).toContain(String(exec.process.pid));
    await process.pause();
    await process.kill(9);
    expect((await process.exited).exitCode).toBe(137);
    await gone(cgroups);
  });

  test('what a killed monitor leaves can be removed, and nothing but cgroups', async () => {
    const cgroups = v1('orphan');
    const orphan = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60']), { cgroups }));
    await orphan.start();
    const status = readFileSync(`/proc/${orphan.process.pid}/status`, 'utf8');
    process.kill(Number(/^PPid:\t(\d+)/m.exec(status)?.[1]), 'SIGKILL');
    await orphan.exited;
    await fixture.launcher.removeCgroups(cgroups.map(({ path }) => path));
    await gone(cgroups);
    for (const path of [fixture.directory, `${base}/pids`, base])
      await expect(fixture.launcher.removeCgroups([path])).rejects.toMatchObject({ kind: 'internal' });
  });

  test('a limit that is required and refused fails the start and leaves nothing', async () => {
    const cgroups = [
      step('memory', 'refused'),
      step('pids', 'refused', [{ file: 'pids.max', value: 'nonsense', required: true }]),
    ];
    await expect(fixture.launcher.launch(await fixture.plan(processPlan(['true']), { cgroups }))).rejects.toMatchObject(
      { kind: 'internal' },
    );
    await gone(cgroups);
  });
});
