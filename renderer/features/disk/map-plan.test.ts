import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LEAST_SIDE, planMap, type MapEntry } from './map-plan.ts';
import type { Tile } from './treemap.ts';

const own = (size: number): number => size;
const areaOf = (width: number, height: number) => ({ x: 0, y: 0, width, height });
const sizesIn = (tiles: readonly Tile<MapEntry<number>>[]): number[] =>
  tiles.flatMap(({ item }) => (item.kind === 'one' ? [item.item] : item.items));

it('gives every thing a place, and every tile enough room to be pressed', () => {
  // From a byte to a terabyte, so that some things are nothing beside the others.
  const size = fc.tuple(fc.double({ min: 0, max: 12, noNaN: true })).map(([power]) => Math.ceil(10 ** power));
  const sizes = fc.array(size, { minLength: 1, maxLength: 120 });
  const width = fc.integer({ min: LEAST_SIDE, max: 2000 });
  const height = fc.integer({ min: LEAST_SIDE, max: 600 });
  fc.assert(
    fc.property(sizes, width, height, (all, across, down) => {
      const tiles = planMap(all, own, areaOf(across, down));
      expect(sizesIn(tiles).sort((a, b) => a - b)).toEqual([...all].sort((a, b) => a - b));
      for (const tile of tiles) {
        expect(tile.width).toBeGreaterThanOrEqual(LEAST_SIDE - 1e-6);
        expect(tile.height).toBeGreaterThanOrEqual(LEAST_SIDE - 1e-6);
        expect(tile.x).toBeGreaterThanOrEqual(-1e-6);
        expect(tile.y).toBeGreaterThanOrEqual(-1e-6);
        expect(tile.x + tile.width).toBeLessThanOrEqual(across + 1e-6);
        expect(tile.y + tile.height).toBeLessThanOrEqual(down + 1e-6);
      }
      const covered = tiles.reduce((pixels, tile) => pixels + tile.width * tile.height, 0);
      expect(covered / (across * down)).toBeCloseTo(1, 6);
      const merged = tiles.filter(({ item }) => item.kind === 'rest');
      expect(merged.length).toBeLessThanOrEqual(1);
      // One thing alone is never called a rest, and what is merged is smaller than what is not.
      for (const { item } of merged) {
        const inside = item.kind === 'rest' ? item.items : [];
        expect(inside.length).toBeGreaterThan(1);
        const others = tiles.flatMap((tile) => (tile.item.kind === 'one' ? [tile.item.item] : []));
        expect(Math.max(...inside)).toBeLessThanOrEqual(Math.min(Infinity, ...others));
      }
    }),
    { numRuns: 300 },
  );
});

it('merges nothing where everything has room', () => {
  const tiles = planMap([4, 3, 2, 1], own, areaOf(1000, 300));
  expect(tiles.map(({ item }) => item)).toEqual([4, 3, 2, 1].map((item) => ({ kind: 'one', item })));
});

it('keeps the tiles of the large beside many that take nearly nothing', () => {
  const tiles = planMap([5_000_000_000, 900_000_000, ...Array<number>(40).fill(3)], own, areaOf(1030, 300));
  expect(tiles.map(({ item }) => (item.kind === 'one' ? item.item : item.items.length))).toEqual([
    5_000_000_000, 900_000_000, 40,
  ]);
});

it('gives the only small thing a tile of its own', () => {
  const tiles = planMap([5_000_000_000, 3], own, areaOf(1030, 300));
  expect(tiles.map(({ item }) => item)).toEqual([5_000_000_000, 3].map((item) => ({ kind: 'one', item })));
});

it('has one tile for very many of the same size', () => {
  const tiles = planMap(Array<number>(5000).fill(7), own, areaOf(1030, 300));
  expect(tiles).toMatchObject([{ x: 0, y: 0, width: 1030, height: 300 }]);
});

it('leaves out what takes no room, and has nothing for an area that nobody could press', () => {
  expect(planMap([0, 0], own, areaOf(1000, 300))).toEqual([]);
  expect(planMap([1], own, areaOf(0, 300))).toEqual([]);
});
