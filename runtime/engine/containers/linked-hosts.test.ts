import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { containerPaths } from './container-files.ts';
import { tellLinked } from './linked-hosts.ts';
import type { ContainerRecord } from './types.ts';

const CHILD = 'c'.repeat(64);
const PARENT = 'a'.repeat(64);

it('tells who is linked to a container that came back of its new address, and nobody else', () => {
  const dataRoot = mkdtempSync(join(tmpdir(), 'linked-'));
  try {
    const { hosts } = containerPaths(dataRoot, PARENT);
    mkdirSync(dirname(hosts), { recursive: true });
    const text = '127.0.0.1\tlocalhost\n10.0.0.2\tdb c123 child\n10.0.0.9\tdbx\n# 10.0.0.2 db\n10.0.0.3\tself\n';
    writeFileSync(hosts, text);
    const endpoints = [{ networkId: 'bridge', address: '10.0.0.7' }];
    const child = { id: CHILD, name: 'child', hostConfig: {}, state: { endpoints } } as unknown as ContainerRecord;
    const parent = { id: PARENT, name: 'self', hostConfig: { Links: [`${CHILD}:db`] } } as unknown as ContainerRecord;
    const tell = (running: boolean, bridgeId = 'bridge'): void => {
      const all = [
        { record: parent, running },
        { record: child, running: true },
      ];
      tellLinked(dataRoot, { all: () => all, find: () => ({ record: child }) }, child, bridgeId);
    };
    tell(false);
    tell(true, 'other');
    expect(readFileSync(hosts, 'utf8')).toBe(text);
    tell(true);
    expect(readFileSync(hosts, 'utf8')).toBe(text.replace('10.0.0.2\tdb ', '10.0.0.7\tdb '));
  } finally {
    rmSync(dataRoot, { recursive: true });
  }
});
