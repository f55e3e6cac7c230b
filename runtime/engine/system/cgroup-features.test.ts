import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { probeCgroupFeatures } from './cgroup-features.ts';
import type { CgroupHost } from './cgroups.ts';

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'berth-'));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

const unified = (): CgroupHost => ({
  version: 2,
  mode: 'unified',
  controllers: new Map(),
  unifiedParent: parent,
  devicePrograms: true,
  parentName: 'berth',
  unifiedControllers: new Set(['io', 'memory']),
});

it.each(['io.weight', 'io.bfq.weight'])(
  'of version 2 has block weights with %s alone, which few kernels have',
  (file) => {
    writeFileSync(join(parent, 'io.max'), '');
    expect(probeCgroupFeatures(unified())).toMatchObject({ blkioWeight: false, blkioThrottle: true });
    writeFileSync(join(parent, file), '');
    expect(probeCgroupFeatures(unified())).toMatchObject({ blkioWeight: true, blkioThrottle: true });
  },
);

it('of version 2 has what its controllers have files for', () => {
  expect(probeCgroupFeatures(unified())).toMatchObject({
    memory: true,
    swap: false,
    pids: false,
    blkioThrottle: false,
  });
  writeFileSync(join(parent, 'memory.swap.max'), '');
  expect(probeCgroupFeatures(unified())).toMatchObject({ swap: true });
});
