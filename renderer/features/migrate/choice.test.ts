import { expect, it } from 'vitest';
import type { MigrationOffer } from '../../../runtime/contract/migrate.ts';
import { bytesOf, choosable, chosenWith, type Key } from './choice.ts';

const container = { image: 'web', state: 'exited', isHere: false } as const;
const offer: MigrationOffer = {
  engine: 'there',
  images: [
    { id: 'i1', names: ['web'], size: 100, here: 'no' },
    { id: 'i2', names: ['old'], size: 10, here: 'same' },
    { id: 'i3', names: ['other'], size: 1, here: 'taken' },
  ],
  volumes: [
    { name: 'data', anonymous: false, size: 1000, isHere: false, writers: [] },
    { name: 'kept', anonymous: false, size: null, isHere: true, writers: [] },
  ],
  containers: [
    { ...container, id: 'c1', name: 'one', imageId: 'i1', volumes: ['data', 'kept'] },
    { ...container, id: 'c2', name: 'two', imageId: 'i2', volumes: [], isHere: true },
  ],
};

it('offers what is not here', () => {
  expect(choosable(offer, 'image')).toEqual(['image i1', 'image i3']);
  expect(choosable(offer, 'volume')).toEqual(['volume data']);
  expect(choosable(offer, 'container')).toEqual(['container c1']);
});

it('takes with a container what it needs, and nothing away with it', () => {
  const none = new Set<Key>();
  const chosen = chosenWith(none, ['container c1'], true, offer);
  expect([...chosen].sort()).toEqual(['container c1', 'image i1', 'volume data']);
  expect(bytesOf(chosen, offer)).toBe(1100);
  expect([...chosenWith(chosen, ['container c1'], false, offer)].sort()).toEqual(['image i1', 'volume data']);
  expect(none.size).toBe(0);
});
