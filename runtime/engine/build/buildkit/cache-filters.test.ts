import { expect, it } from 'vitest';
import { cacheFilters } from './cache-filters.ts';

it('reads filters as clients of BuildKit write them', () => {
  expect(cacheFilters([])).toEqual(new Map());
  expect(cacheFilters(['type==exec.cachemount,id~=abc', 'type==regular', 'shared'])).toEqual(
    new Map([
      ['type', ['exec.cachemount', 'regular']],
      ['id', ['abc']],
      ['shared', ['']],
    ]),
  );
});

it('refuses what it does not understand', () => {
  expect(() => cacheFilters(['type!=regular'])).toThrow("invalid filter 'type!=regular'");
});
