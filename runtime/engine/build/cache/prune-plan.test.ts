import { describe, expect, it } from 'vitest';
import type { CacheEntry } from './entry.ts';
import { chosenEntries, type CacheSpace } from './prune-plan.ts';

const entry = (id: string, size: number, further: Partial<CacheEntry> = {}): CacheEntry => ({
  ID: id,
  Type: 'regular',
  Description: id,
  InUse: false,
  Shared: false,
  Size: size,
  CreatedAt: '2026-01-01T00:00:00.000Z',
  LastUsedAt: `2026-01-0${id.length}T00:00:00.000Z`,
  UsageCount: 1,
  ...further,
});
/** The shorter the name, the longer unused. */
const ENTRIES = [
  entry('ccc', 30),
  entry('a', 10),
  entry('bb', 20),
  entry('dddd', 1000, { Shared: true }),
  entry('eeeee', 40, { InUse: true }),
];
const DISK = { total: 1000, free: 50 };
const choose = (space: Partial<CacheSpace>, all = false, filters: Record<string, string[]> = {}) =>
  chosenEntries(
    ENTRIES,
    { all, space: { reserved: 0, maxUsed: 0, minFree: 0, ...space }, filters: new Map(Object.entries(filters)) },
    DISK,
  );

describe('what is pruned', () => {
  it('is all that nobody uses without a bound, and what images share only if asked', () => {
    expect(choose({})).toEqual(['ccc', 'a', 'bb']);
    expect(choose({}, true)).toEqual(['ccc', 'a', 'bb', 'dddd']);
  });

  it.each<[Partial<CacheSpace>, string[]]>([
    [{ maxUsed: 100 }, []],
    [{ maxUsed: 99 }, ['a']],
    [{ reserved: 70 }, ['a', 'bb']],
    // More than can go.
    [{ maxUsed: 1 }, ['a', 'bb', 'ccc']],
    // 50 are free.
    [{ minFree: 50 }, []],
    [{ minFree: 75 }, ['a', 'bb']],
    [{ minFree: 75, reserved: 90 }, ['a']],
    [{ minFree: 20, reserved: 10 }, []],
    [{ minFree: 51, maxUsed: 70 }, ['a', 'bb']],
    [{ maxUsed: 10, reserved: 90 }, ['a']],
  ])('within %j: %j, the longest unused first, and nothing that images share', (space, chosen) => {
    expect(choose(space)).toEqual(chosen);
    expect(choose(space, true)).toEqual(chosen);
  });

  it('is only what filters mean', () => {
    expect(choose({ maxUsed: 1 }, false, { id: ['bb'] })).toEqual(['bb']);
    expect(() => choose({}, false, { unused: ['1h'] })).toThrow('invalid filter');
  });
});
