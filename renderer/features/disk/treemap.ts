/** Something with a size, and the rectangle it gets. All in the units of the given area. */
export interface Tile<T> {
  readonly item: T;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The worst proportion (1 is a square) of a row of areas along a side of that length. */
function worst(areas: readonly number[], side: number): number {
  const sum = areas.reduce((a, b) => a + b, 0);
  const largest = Math.max(...areas);
  const smallest = Math.min(...areas);
  return Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * smallest));
}

/** The items that take room, the largest first. */
export function largestFirst<T>(items: readonly T[], sizeOf: (item: T) => number): T[] {
  return items.filter((item) => sizeOf(item) > 0).sort((a, b) => sizeOf(b) - sizeOf(a));
}

/**
 * Fills an area with tiles whose areas are as their sizes, each as near to a square as can be (Bruls, Huizing, van Wijk:
 * squarified treemaps), in the order of the items: the largest first gives the squarest. All have a size above 0.
 */
export function treemap<T>(sorted: readonly T[], sizeOf: (item: T) => number, area: Area): Tile<T>[] {
  const total = sorted.reduce((sum, item) => sum + sizeOf(item), 0);
  if (total === 0 || area.width <= 0 || area.height <= 0) return [];
  const scale = (area.width * area.height) / total;
  const tiles: Tile<T>[] = [];
  let { x, y, width, height } = area;
  for (let start = 0; start < sorted.length;) {
    const side = Math.min(width, height);
    let end = start + 1;
    const areas = [sizeOf(sorted[start] as T) * scale];
    while (end < sorted.length) {
      const next = sizeOf(sorted[end] as T) * scale;
      if (worst([...areas, next], side) > worst(areas, side)) break;
      areas.push(next);
      end += 1;
    }
    const depth = areas.reduce((a, b) => a + b, 0) / side;
    let along = 0;
    for (const [index, one] of areas.entries()) {
      const length = one / depth;
      const item = sorted[start + index] as T;
      if (width >= height) tiles.push({ item, x, y: y + along, width: depth, height: length });
      else tiles.push({ item, x: x + along, y, width: length, height: depth });
      along += length;
    }
    if (width >= height) {
      x += depth;
      width -= depth;
    } else {
      y += depth;
      height -= depth;
    }
    start = end;
  }
  return tiles;
}
