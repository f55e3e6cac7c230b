import { describe, expect, it } from 'vitest';
import type { CgroupHost } from '../system/cgroups.ts';
import { planCgroups, planCgroupUpdate, sharesToWeight } from './cgroup-plan.ts';
import { DEFAULT_DEVICE_RULES } from './devices.ts';
import type { OciResources } from './oci-spec.ts';

const resources: OciResources = {
  devices: DEFAULT_DEVICE_RULES,
  memory: { limit: 64 << 20, reservation: 0, swap: 0, disableOOMKiller: false },
  cpu: { shares: 1024, quota: 50_000, period: 100_000, cpus: '', mems: '' },
  pids: { limit: 40 },
  blockIO: { weight: 0 },
};
const hybrid: CgroupHost = {
  version: 1,
  mode: 'hybrid',
  controllers: new Map(['memory', 'cpu', 'pids', 'devices', 'freezer', 'cpuset'].map((name) => [name, `/cg/${name}`])),
  unifiedParent: '/cg/unified/berth',
  devicePrograms: false,
  parentName: 'berth',
  unifiedControllers: new Set(),
};
const unified: CgroupHost = {
  version: 2,
  mode: 'unified',
  controllers: new Map(),
  unifiedParent: '/cg/berth',
  devicePrograms: true,
  parentName: 'berth',
  unifiedControllers: new Set(['memory', 'pids']),
};
const none: CgroupHost = { ...unified, mode: 'none', unifiedParent: null, unifiedControllers: new Set() };

describe('planCgroups', () => {
  it("writes each v1 controller's own files, leaves cpuset alone when nothing is asked of it, and adds the v2 directory", () => {
    const steps = planCgroups(hybrid, 'id', resources);
    const text = Object.fromEntries(
      steps.map(({ path, writes }) => [path, writes.map(({ file, value }) => `${file}=${value}`)]),
    );
    expect(text).toMatchObject({
      '/cg/memory/berth/id': ['memory.limit_in_bytes=67108864', 'memory.memsw.limit_in_bytes=134217728'],
      '/cg/cpu/berth/id': ['cpu.shares=1024', 'cpu.cfs_period_us=100000', 'cpu.cfs_quota_us=50000'],
      '/cg/pids/berth/id': ['pids.max=40'],
      '/cg/freezer/berth/id': [],
      '/cg/unified/berth/id': [],
    });
    expect(text['/cg/devices/berth/id']).toEqual(
      expect.arrayContaining(['devices.deny=a', 'devices.allow=c 1:3 rwm', 'devices.allow=c *:* m']),
    );
    expect(text).not.toHaveProperty('/cg/cpuset/berth/id');
    expect(steps.filter(({ freezer }) => freezer).map(({ path }) => path)).toEqual(['/cg/freezer/berth/id']);
  });

  it('asks version 1 for no more of the processors than all containers may have', () => {
    const quotaOf = (cpus: number, parent = '') =>
      planCgroups({ ...hybrid, bounds: { cpus } }, 'id', resources, parent)
        .flatMap(({ writes }) => writes)
        .find(({ file }) => file === 'cpu.cfs_quota_us')?.value;
    expect([quotaOf(0), quotaOf(0.25), quotaOf(2), quotaOf(0.25, 'other')]).toEqual([
      '50000',
      '25000',
      '50000',
      '50000',
    ]);
  });

  it('writes v2 files into one directory', () => {
    const [step] = planCgroups(unified, 'id', resources);
    expect(step?.path).toBe('/cg/berth/id');
    expect(step?.writes.map(({ file, value }) => `${file}=${value}`)).toEqual(
      expect.arrayContaining([
        'memory.max=67108864',
        'memory.swap.max=67108864',
        'cpu.max=50000 100000',
        'cpu.weight=100',
        'pids.max=40',
      ]),
    );
  });

  it('plans nothing where nothing can be used', () => {
    expect(planCgroups(none, 'id', resources)).toEqual([]);
  });

  it('keeps a parent below the root of each hierarchy', () => {
    const paths = planCgroups(hybrid, 'id', resources, '../../mine').map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/cg/memory/mine/id', '/cg/unified/mine/id']));
    expect(planCgroups(unified, 'id', resources, '/mine')[0]?.path).toBe('/cg/mine/id');
  });

  it('throttles block devices', () => {
    const blockIO = { weight: 0, throttleReadBpsDevice: [{ major: 8, minor: 0, value: 1024 }] };
    const host = { ...hybrid, controllers: new Map([['blkio', '/cg/blkio']]) };
    expect(planCgroups(host, 'id', { ...resources, blockIO })[0]?.writes).toMatchObject([
      { file: 'blkio.throttle.read_bps_device', value: '8:0 1024' },
    ]);
    expect(planCgroups(unified, 'id', { ...resources, blockIO })[0]?.writes).toContainEqual(
      expect.objectContaining({ file: 'io.max', value: '8:0 rbps=1024' }),
    );
  });

  it('updates limits alone, and frees what is limited no more', () => {
    const free = { ...resources, memory: { ...resources.memory, swap: -1 }, pids: { limit: -1 } };
    const steps = planCgroupUpdate(hybrid, 'id', free, '');
    expect(steps.some(({ path }) => path.startsWith('/cg/devices'))).toBe(false);
    expect(steps.flatMap(({ writes }) => writes)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ file: 'pids.max', value: 'max' }),
        expect.objectContaining({ file: 'memory.memsw.limit_in_bytes', value: '-1' }),
      ]),
    );
  });
});

describe('version 2', () => {
  const cpuWrites = (cpu: Partial<OciResources['cpu']>): string[] =>
    planCgroupUpdate(unified, 'id', { ...resources, cpu: { ...resources.cpu, shares: 0, ...cpu } }, '')
      .flatMap(({ writes }) => writes)
      .filter(({ file }) => file.startsWith('cpu.'))
      .map(({ file, value }) => `${file}=${value}`);

  it('lifts a quota that is asked for no more, whatever the period', () => {
    expect(cpuWrites({ quota: -1, period: 0 })).toEqual(['cpu.max=max 100000']);
    expect(cpuWrites({ quota: -1, period: 50_000 })).toEqual(['cpu.max=max 50000']);
    expect(cpuWrites({ quota: 0, period: 0 })).toEqual([]);
  });
});

describe('sharesToWeight', () => {
  it.each([
    [2, 1],
    [1024, 100],
    [262_144, 10_000],
    [1, 1],
    [1_000_000, 10_000],
  ])('maps %i shares to weight %i', (shares, weight) => {
    expect(sharesToWeight(shares)).toBe(weight);
  });
});
