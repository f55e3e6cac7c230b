import { largestFirst, treemap, type Area, type Tile } from './treemap.ts';

/** What a tile of the map stands for: one thing, or all that are too small for a tile of their own. */
export type MapEntry<T> =
  { readonly kind: 'one'; readonly item: T } | { readonly kind: 'rest'; readonly items: readonly T[] };

/** The least width and height of what can be pressed, in CSS pixels (WCAG 2.2, 2.5.8 Target Size). */
export const LEAST_SIDE = 24;
/** Sums of fractions are off by some 1e-13 of a pixel. */
const ROUNDING = 1e-6;

const fits = ({ width, height }: Area): boolean => Math.min(width, height) >= LEAST_SIDE - ROUNDING;

/**
 * Plans the map of what takes how much room: every tile is at least `LEAST_SIDE` wide and high. What would be smaller
 * shares the last tile, which is as large as they are together, but never smaller than a strip along the shorter side
 * of the area; of the rest as few as can be. Things without a size are left out. An area that is itself too small to be
 * pressed has no tiles.
 */
export function planMap<T>(items: readonly T[], sizeOf: (item: T) => number, area: Area): Tile<MapEntry<T>>[] {
  const sorted = largestFirst(items, sizeOf);
  if (sorted.length === 0 || !fits(area)) return [];
  const total = sorted.reduce((sum, item) => sum + sizeOf(item), 0);
  const pixels = area.width * area.height;
  const shown = sorted.filter((item) => (sizeOf(item) / total) * pixels >= LEAST_SIDE ** 2).length;
  for (let own = shown; own > 0; own -= 1) {
    const tiles = planWith(sorted, own, sizeOf, area);
    if (tiles.every(fits)) return tiles;
  }
  return planWith(sorted, 0, sizeOf, area);
}

/** The map in which the first `own` things have tiles of their own. */
function planWith<T>(sorted: readonly T[], own: number, sizeOf: (item: T) => number, area: Area): Tile<MapEntry<T>>[] {
  const sizes = sorted.map(sizeOf);
  const sum = (from: number, to: number): number => sizes.slice(from, to).reduce((bytes, size) => bytes + size, 0);
  const entries: { readonly entry: MapEntry<T>; readonly size: number }[] = sorted
    .slice(0, own)
    .map((item, index) => ({ entry: { kind: 'one', item }, size: sizes[index] ?? 0 }));
  const rest = sorted.slice(own);
  const [only] = rest;
  if (only !== undefined) {
    // A strip of the least width: the tile that is laid last gets at least that, however little the rest takes.
    const strip = (LEAST_SIDE * Math.min(area.width, area.height)) / (area.width * area.height);
    const floor = own === 0 || strip >= 1 ? 0 : (sum(0, own) * strip) / (1 - strip);
    entries.push({
      entry: rest.length === 1 ? { kind: 'one', item: only } : { kind: 'rest', items: rest },
      size: Math.max(sum(own, sorted.length), floor),
    });
  }
  return treemap(entries, ({ size }) => size, area).map(({ item, ...place }) => ({ ...place, item: item.entry }));
}
