import { expect, it } from 'vitest';
import type { SelinuxFacts } from '../system/selinux.ts';
import { ContainerHandle } from './handle.ts';
import { ContainerRegistry } from './registry.ts';
import { SelinuxLabels, type HeldLabels } from './selinux-labels.ts';
import { levelOf, type ContainerLabels } from './selinux-plan.ts';
import { INITIAL_STATE, type ContainerRecord } from './types.ts';

const FACTS: SelinuxFacts = {
  isEnabled: true,
  contexts: {
    process: { user: 'u', role: 'r', type: 'container_t', level: 's0' },
    file: { user: 'u', role: 'object_r', type: 'container_file_t', level: 's0' },
  },
};

function record(name: string, labels?: ContainerLabels): ContainerRecord {
  return {
    id: name.repeat(64).slice(0, 64),
    name,
    created: '',
    imageId: '',
    imageName: '',
    config: {},
    hostConfig: {},
    args: [],
    state: INITIAL_STATE,
    mounts: [],
    root: 'overlay',
    ...(labels === undefined ? {} : { labels }),
  };
}

function setUp(facts = FACTS, removed: ContainerRecord[] = [], random?: () => number) {
  const registry = new ContainerRegistry();
  const kept = new Map<string, ContainerLabels>();
  const labels = new SelinuxLabels({
    facts,
    registry,
    removed: () => removed,
    keep: (id, given) => {
      kept.set(id, given);
    },
    ...(random === undefined ? {} : { random }),
  });
  return { registry, kept, labels };
}

it('gives each a level of its own, also those that are not there yet', () => {
  const { labels } = setUp();
  const all = Array.from({ length: 300 }, () => labels.hold({}).labels?.process ?? '');
  expect(new Set(all).size).toBe(300);
  for (const label of all) expect(label).toMatch(/^u:r:container_t:s0:c\d+,c\d+$/);
});

it('gives a container that has none its labels once, and keeps them', () => {
  const { labels, kept } = setUp();
  const handle = new ContainerHandle(record('a'));
  labels.ensure(handle);
  const given = handle.record.labels;
  expect(given?.process).toContain('container_t');
  expect(kept.get(handle.id)).toEqual(given);
  labels.ensure(handle);
  expect(handle.record.labels).toEqual(given);
  expect(labels.of(handle.record)).toEqual(given);
});

it('gives the label of the container whose memory is shared', () => {
  const { labels, registry } = setUp();
  registry.add(new ContainerHandle(record('a', { process: 'u:r:t:s0:c1,c2', mount: 'u:object_r:f:s0:c1,c2' })));
  const { labels: given, release } = labels.hold({ IpcMode: 'container:a' });
  expect(given?.process).toBe('u:r:t:s0:c1,c2');
  release();
});

it('gives none where containers get none, and applies what one has where the kernel knows it', () => {
  const had = { process: 'u:r:t:s0:c1,c2', mount: 'u:object_r:f:s0:c1,c2' };
  const off = setUp({ isEnabled: true, contexts: null }).labels;
  expect(off.hold({}).labels).toBeUndefined();
  expect(off.of({ labels: had })).toEqual(had);
  const without = setUp({ isEnabled: false, contexts: null }).labels;
  expect(without.of({ labels: had })).toEqual({ process: '', mount: '' });
  const handle = new ContainerHandle(record('a'));
  without.ensure(handle);
  expect(handle.record.labels).toBeUndefined();
});

it('takes no level of a container that is there, may come back, or is about to be', () => {
  const labelled = (name: string, level: string) => record(name, { process: `u:r:t:${level}`, mount: '' });
  const numbers = [1, 2, 3, 4, 5, 6, 5, 6, 7, 8, 5, 6];
  const random = (): number => numbers.shift() ?? 0;
  const { labels, registry } = setUp(FACTS, [labelled('a', 's0:c1,c2')], random);
  registry.add(new ContainerHandle(labelled('b', 's0:c3,c4')));
  const level = ({ labels: given }: HeldLabels): string => levelOf(given?.process ?? '');
  const first = labels.hold({});
  expect(level(first)).toBe('s0:c5,c6');
  expect(level(labels.hold({}))).toBe('s0:c7,c8');
  first.release();
  expect(level(labels.hold({}))).toBe('s0:c5,c6');
});
