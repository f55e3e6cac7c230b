import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CgroupHost } from './cgroups.ts';
import { EngineLimits, limitFiles, type EngineResources } from './engine-limits.ts';

const NO_LIMITS: EngineResources = { memory: '', cpus: 0, pids: 0, disk: '' };
const ALL: EngineResources = { memory: '4g', cpus: 1.5, pids: 2000, disk: '' };
const unified: CgroupHost = {
  version: 2,
  mode: 'unified',
  controllers: new Map(),
  unifiedParent: '/cg/berth',
  devicePrograms: true,
  parentName: 'berth',
  unifiedControllers: new Set(['memory', 'pids']),
};
const hybrid = (mountPoint: string): CgroupHost => ({
  version: 1,
  mode: 'hybrid',
  controllers: new Map(['memory', 'cpu'].map((name) => [name, `${mountPoint}/${name}`])),
  unifiedParent: `${mountPoint}/unified/berth`,
  devicePrograms: false,
  parentName: 'berth',
  unifiedControllers: new Set(),
  bounds: { cpus: 0 },
});
const none: CgroupHost = { ...unified, mode: 'none', unifiedParent: null };
const texts = (host: CgroupHost, resources: EngineResources): string[] =>
  limitFiles(host, resources).map(({ directory, file, value, limits }) => `${directory}/${file}=${value} ${limits}`);

describe('the limits of all containers together', () => {
  it.each([
    ['version 2', unified, ALL, ['memory.max=4294967296 true', 'cpu.max=150000 100000 true', 'pids.max=2000 true']],
    ['version 2, none', unified, NO_LIMITS, ['memory.max=max false', 'cpu.max=max false', 'pids.max=max false']],
  ] as const)('%s', (_, host, resources, files) => {
    expect(texts(host, resources)).toEqual(files.map((file) => `/cg/berth/${file}`));
  });

  it('version 1, where a controller may be missing', () => {
    expect(texts(hybrid('/cg'), ALL)).toEqual([
      '/cg/memory/berth/memory.limit_in_bytes=4294967296 true',
      '/cg/cpu/berth/cpu.cfs_quota_us=150000 true',
      '/pids.max=2000 true',
    ]);
    expect(texts(hybrid('/cg'), NO_LIMITS).map((text) => text.replace(/.*=/, ''))).toEqual([
      '-1 false',
      '-1 false',
      'max false',
    ]);
    expect(texts(none, ALL)).toEqual([]);
  });
});

describe('keeping them', () => {
  let directory: string;
  const file = (path: string): string => join(directory, path);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'berth-limits-'));
    for (const path of ['memory/berth', 'cpu/berth/id']) mkdirSync(file(path), { recursive: true });
    writeFileSync(file('memory/berth/memory.limit_in_bytes'), '-1');
    writeFileSync(file('memory/berth/memory.use_hierarchy'), '0\n');
    for (const path of ['cpu/berth', 'cpu/berth/id']) writeFileSync(file(`${path}/cpu.cfs_quota_us`), '-1');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('writes them, tells of what cannot be kept, and takes them away again', () => {
    const host = hybrid(directory);
    const limits = new EngineLimits(host);
    const read = (path: string): string => readFileSync(file(path), 'utf8');
    const quotas = () => [
      {
        path: file('cpu/berth/id'),
        writes: [{ file: 'cpu.cfs_quota_us', value: String(host.bounds?.cpus), required: true }],
        unified: false,
        freezer: false,
        deviceProgram: new Uint8Array(),
      },
    ];
    limits.apply(ALL, quotas);
    expect(read('memory/berth/memory.limit_in_bytes')).toBe('4294967296');
    expect(read('memory/berth/memory.use_hierarchy')).toBe('1');
    expect(read('cpu/berth/cpu.cfs_quota_us')).toBe('150000');
    expect(read('cpu/berth/id/cpu.cfs_quota_us')).toBe('1.5');
    expect(limits.warnings).toEqual([
      'The limit resources.pids of engine.json for all containers together is not kept: this host has no control group for it',
    ]);
    limits.apply(NO_LIMITS, quotas);
    expect(read('memory/berth/memory.limit_in_bytes')).toBe('-1');
    expect(read('cpu/berth/cpu.cfs_quota_us')).toBe('-1');
    expect(limits.warnings).toEqual([]);
  });

  it('only warns where there are no control groups', () => {
    const limits = new EngineLimits(none);
    limits.apply({ ...NO_LIMITS, memory: '1g' }, () => []);
    expect(limits.warnings).toEqual([
      'The limit resources.memory of engine.json for all containers together is not kept: no control groups can be used',
    ]);
    limits.apply(NO_LIMITS, () => []);
    expect(limits.warnings).toEqual([]);
  });
});
