import { plain, withEntries, type MapNode, type Node } from '../load/node.ts';
import type { Extension } from '../model/project.ts';

/** Mappings whose keys are names that people choose: `x-` means nothing there. */
const FREE_MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'args',
  'aux_addresses',
  'driver_opts',
  'environment',
  'extra_hosts',
  'labels',
  'options',
  'storage_opt',
  'sysctls',
]);

/** What `initial_sync` of a watch was called before it was part of the specification. */
const EARLIER_SYNC = 'x-initialSync';
const SYNC = 'initial_sync';

/** A node without its `x-` entries, which may stand in any mapping whose keys the Compose spec names. */
export function withoutExtensions(node: Node): Node {
  if (node.kind === 'list') return { ...node, items: node.items.map(withoutExtensions) };
  if (node.kind !== 'map') return node;
  return withEntries(
    node,
    [...node.entries]
      .map(([key, value]) =>
        key === EARLIER_SYNC && !node.entries.has(SYNC) ? ([SYNC, value] as const) : ([key, value] as const),
      )
      .filter(([key]) => !isExtension(key))
      .map(([key, value]) => [key, FREE_MAPS.has(key) ? value : withoutExtensions(value)] as const),
  );
}

/** The `x-` entries of a model's mappings, but those within lists, whose items are brought into another form. */
export function extensionsOf(node: MapNode, path: readonly string[] = []): Extension[] {
  return [...node.entries].flatMap(([key, value]): Extension[] => {
    if (isExtension(key)) return [{ path: [...path, key], value: plain(value) }];
    return value.kind === 'map' && !FREE_MAPS.has(key) ? extensionsOf(value, [...path, key]) : [];
  });
}

function isExtension(key: string): boolean {
  return key.startsWith('x-');
}
