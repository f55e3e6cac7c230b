import { expect, it } from 'vitest';
import type { EngineEvent } from '../system/events.ts';
import { checkEventFilters, eventMatches } from './event-filter.ts';

const event = (Type: EngineEvent['Type'], ID: string, Attributes: Record<string, string>): EngineEvent => ({
  Type,
  Action: Type === 'container' ? 'exec_create: ls' : 'tag',
  Actor: { ID, Attributes },
  scope: 'local',
  time: 0,
  timeNano: 0,
});
const CONTAINER = event('container', 'abcd', { name: 'web-1', image: 'alpine:3.20', tier: 'a=b' });
const IMAGE = event('image', 'sha256:ff', { name: 'registry.test:5000/app:v1' });

it.each<[Record<string, string[]>, boolean, boolean]>([
  [{}, true, true],
  [{ image: ['alpine'] }, true, false],
  [{ image: ['alpine:3.20'] }, true, false],
  [{ image: ['alp'] }, false, false],
  [{ image: ['registry.test:5000/app', 'other'] }, false, true],
  [{ image: ['sha256:ff'] }, false, true],
  [{ container: ['ab'] }, true, false],
  [{ container: ['web'] }, true, false],
  [{ container: ['eb'] }, false, false],
  [{ container: [''] }, true, true],
  [{ type: ['image', 'volume'] }, false, true],
  [{ event: ['exec_create'] }, true, false],
  [{ label: ['tier=a=b', 'name'] }, true, false],
  [{ label: ['tier=a'] }, false, false],
  [{ scope: ['swarm'] }, false, false],
])('%j', (filters, container, image) => {
  const given = new Map(Object.entries(filters));
  expect([eventMatches(CONTAINER, given), eventMatches(IMAGE, given)]).toEqual([container, image]);
});

it('refuses a filter that there is not', () => {
  expect(() => {
    checkEventFilters(new Map([['color', ['red']]]));
  }).toThrow("invalid filter 'color'");
});
