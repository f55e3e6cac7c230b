import fc from 'fast-check';
import { expect, it } from 'vitest';
import { largestFirst, treemap } from './treemap.ts';

const own = (size: number): number => size;

it('fills the area, each tile as large as its share, none over another', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const area = { x: 0, y: 0, width: 800, height: 400 };
      const tiles = treemap(largestFirst(sizes, own), own, area);
      const total = sizes.reduce((a, b) => a + b, 0);
      expect(tiles).toHaveLength(sizes.length);
      for (const tile of tiles) {
        expect(tile.width * tile.height).toBeCloseTo((tile.item / total) * 320_000, 2);
        expect(tile.x).toBeGreaterThanOrEqual(-1e-6);
        expect(tile.x + tile.width).toBeLessThanOrEqual(800 + 1e-6);
        expect(tile.y + tile.height).toBeLessThanOrEqual(400 + 1e-6);
      }
      for (const [index, a] of tiles.entries()) {
        for (const b of tiles.slice(index + 1)) {
          const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
          const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
          expect(Math.min(across, down)).toBeLessThan(1e-6);
        }
      }
    }),
  );
});

it('leaves out what takes no room', () => {
  expect(treemap(largestFirst([0, 0], own), own, { x: 0, y: 0, width: 10, height: 10 })).toEqual([]);
});
