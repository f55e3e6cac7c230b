import type { Place } from '../errors.ts';

/** A value of a Compose file that knows where it was written. */
export type Node = MapNode | ListNode | ScalarNode;

/** `!reset` takes what earlier files say away; `!override` replaces it instead of being merged into it. */
export type MergeTag = 'reset' | 'override';

interface Common {
  readonly place: Place;
  readonly tag?: MergeTag | undefined;
}

export interface MapNode extends Common {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Node>;
}

export interface ListNode extends Common {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface ScalarNode extends Common {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

/** A map like another, with other entries. */
export function withEntries(map: MapNode, entries: Iterable<readonly [string, Node]>): MapNode {
  return { ...map, entries: new Map(entries) };
}

/** A map like another, with one entry set. */
export function withEntry(map: MapNode, key: string, value: Node): MapNode {
  return withEntries(map, [...map.entries, [key, value]]);
}

export function withoutEntry(map: MapNode, key: string): MapNode {
  return withEntries(
    map,
    [...map.entries].filter(([name]) => name !== key),
  );
}

/** A scalar at the place of another node. */
export function scalarAt(place: Place, value: ScalarNode['value']): ScalarNode {
  return { kind: 'scalar', value, place };
}

/** The entry of a map that is a map itself, or undefined. */
export function childMap(node: Node | undefined, key: string): MapNode | undefined {
  const child = node?.kind === 'map' ? node.entries.get(key) : undefined;
  return child?.kind === 'map' ? child : undefined;
}

/** The text of a scalar string, or undefined. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** The value as plain data. */
export function plain(node: Node): unknown {
  switch (node.kind) {
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]));
    case 'list':
      return node.items.map(plain);
    case 'scalar':
      return node.value;
  }
}

/** The node at a path, or the nearest above it that is there. */
export function nodeAt(root: Node, path: readonly PropertyKey[]): Node {
  let node = root;
  for (const step of path) {
    const next =
      node.kind === 'map'
        ? node.entries.get(String(step))
        : node.kind === 'list'
          ? node.items[Number(step)]
          : undefined;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** Every scalar string replaced, everything else kept. */
export function mapStrings(
  node: Node,
  change: (text: string, node: ScalarNode, path: readonly string[]) => string,
  path: readonly string[] = [],
): Node {
  switch (node.kind) {
    case 'map':
      return withEntries(
        node,
        [...node.entries].map(([key, value]) => [key, mapStrings(value, change, [...path, key])]),
      );
    case 'list':
      return { ...node, items: node.items.map((item, at) => mapStrings(item, change, [...path, String(at)])) };
    case 'scalar':
      return typeof node.value === 'string' ? { ...node, value: change(node.value, node, path) } : node;
  }
}
