import { describe, expect, it } from 'vitest';
import type { CgroupHost } from '../system/cgroups.ts';
import { planCgroups, resourceWarnings, sharesToWeight } from './cgroup-plan.ts';
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

  it('plans nothing where nothing can be used, and says what is lost', () => {
    expect(planCgroups(none, 'id', resources)).toEqual([]);
    expect(resourceWarnings(none, resources)).toHaveLength(3);
    expect(resourceWarnings(unified, resources)).toEqual([expect.stringContaining('CPU CFS')]);
    expect(resourceWarnings(hybrid, resources)).toEqual([]);
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
