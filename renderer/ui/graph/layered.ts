/** A node in the picture; x and y are its upper left corner in pixels. */
interface GraphNode {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** From a node to one that it needs. */
interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly dashed: boolean;
  /** SVG path. */
  readonly path: string;
}

export interface GraphLayout {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly width: number;
  readonly height: number;
}

/** Sizes in pixels. */
export const GRAPH = { width: 190, height: 62, gapX: 76, gapY: 22, margin: 8 } as const;

interface Input {
  readonly name: string;
  /** Names of others; those that are not there are left out. */
  readonly needs: readonly { readonly name: string; readonly dashed: boolean }[];
}

/**
 * Lays nodes out from left to right: each stands in the column after the last of those it needs, so that what comes
 * first is on the left. In a column they stand near what they are tied to.
 */
export function layOut(inputs: readonly Input[]): GraphLayout {
  const byName = new Map(inputs.map((input) => [input.name, input]));
  const levels = new Map<string, number>();
  const levelOf = (name: string, path: readonly string[] = []): number => {
    const known = levels.get(name);
    if (known !== undefined) return known;
    if (path.includes(name)) return 0; // A circle, which whoever checks the input tells of.
    const needs = (byName.get(name)?.needs ?? []).filter((one) => byName.has(one.name));
    const level = needs.length === 0 ? 0 : 1 + Math.max(...needs.map((one) => levelOf(one.name, [...path, name])));
    levels.set(name, level);
    return level;
  };
  const deepest = Math.max(0, ...inputs.map(({ name }) => levelOf(name)));
  const columns: string[][] = Array.from({ length: deepest + 1 }, () => []);
  for (const { name } of inputs) columns[levelOf(name)]?.push(name);
  const rows = new Map<string, number>();
  for (const column of columns) {
    const weight = (name: string): number => {
      const needs = (byName.get(name)?.needs ?? []).flatMap((one) => rows.get(one.name) ?? []);
      return needs.length === 0 ? Number.POSITIVE_INFINITY : needs.reduce((sum, row) => sum + row, 0) / needs.length;
    };
    column.sort((a, b) => weight(a) - weight(b) || (a < b ? -1 : 1));
    for (const [row, name] of column.entries()) rows.set(name, row);
  }
  const { width, height, gapX, gapY, margin } = GRAPH;
  const nodes = inputs.map(({ name }) => ({
    name,
    x: margin + levelOf(name) * (width + gapX),
    y: margin + (rows.get(name) ?? 0) * (height + gapY),
  }));
  const at = new Map(nodes.map((node) => [node.name, node]));
  const edges = inputs.flatMap(({ name, needs }) =>
    needs.flatMap(({ name: needed, dashed }) => {
      const [from, to] = [at.get(name), at.get(needed)];
      if (from === undefined || to === undefined) return [];
      const [x1, y1, x2, y2] = [to.x + width, to.y + height / 2, from.x, from.y + height / 2];
      const bend = (x2 - x1) / 2;
      const path = `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`;
      return [{ from: name, to: needed, dashed, path }];
    }),
  );
  const tallest = Math.max(1, ...columns.map((column) => column.length));
  return {
    nodes,
    edges,
    width: 2 * margin + columns.length * (width + gapX) - gapX,
    height: 2 * margin + tallest * (height + gapY) - gapY,
  };
}
