import { MountError, parseMount } from '../model/mounts.ts';
import { parsePort, PortError } from '../model/ports.ts';
import { without } from '../model/without.ts';
import { plain, scalarAt, withEntries, type ListNode, type MapNode, type Node } from './node.ts';

/** How two values at one place of the model become one (Compose spec, 13 "Merge"). */
type Rule =
  /** The later one, whole. */
  | 'replace'
  /** Mappings entry by entry, lists one after the other, scalars replaced. */
  | 'deep'
  /** `NAME=value` lists and mappings alike, by name. */
  | 'pairs'
  /** A list of names, or a mapping by name: each name's own mapping merged. */
  | 'named'
  /** Lists one after the other, without what is there already. */
  | 'unique'
  /** Hosts as `NAME=ADDRESS` lists or mappings, one after the other, without what is there already. */
  | 'hosts'
  /** Lists, where a later item replaces one with the same key. */
  | { readonly keyed: (item: Node) => string }
  /** A word that stands for a mapping with one entry. */
  | { readonly word: string };

/** A text entry of a mapping in long form; the whole of a short form. */
function field(item: Node, ...names: readonly string[]): string {
  const value = plain(item);
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = new Map<string, unknown>(Object.entries(value));
  const found = names.map((name) => entries.get(name)).find((one) => one !== undefined && one !== null);
  return typeof found === 'string' ? found : found === undefined ? '' : JSON.stringify(found);
}

const target = (item: Node): string => {
  const text = field(item, 'target');
  const path = item.kind === 'scalar' ? parsed(() => parseMount(text).target, text) : text;
  return path.replace(/(.)\/+$/, '$1');
};

const granted = (item: Node): string => field(item, 'target', 'source');

const port = (item: Node): string => {
  if (item.kind !== 'scalar')
    return [
      field(item, 'host_ip'),
      field(item, 'published'),
      field(item, 'target'),
      field(item, 'protocol') || 'tcp',
    ].join('|');
  const text = field(item);
  const ports = (): string =>
    parsePort(text)
      .map((one) => [one.hostIp, one.published, one.target, one.protocol].join('|'))
      .join(',');
  return parsed(ports, text);
};

const device = (item: Node): string => {
  const text = field(item, 'target');
  return item.kind === 'scalar' ? (text.split(':')[1] ?? text) : text;
};

const path = (item: Node): string => field(item, 'path');

/** What a short form means; one that cannot be read is refused later, with its place. */
function parsed(read: () => string, text: string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof MountError || error instanceof PortError) return text;
    throw error;
  }
}

/** Rules by path, `*` for any name; the nearest rule counts, `deep` where there is none. */
const RULES: Readonly<Record<string, Rule>> = {
  'services.*.command': 'replace',
  'services.*.entrypoint': 'replace',
  'services.*.healthcheck.test': 'replace',
  'services.*.build': { word: 'context' },
  'services.*.build.args': 'pairs',
  'services.*.build.labels': 'pairs',
  'services.*.build.additional_contexts': 'pairs',
  'services.*.build.ssh': 'pairs',
  'services.*.build.secrets': { keyed: granted },
  'services.*.build.tags': 'unique',
  'services.*.annotations': 'pairs',
  'services.*.labels': 'pairs',
  'services.*.environment': 'pairs',
  'services.*.sysctls': 'pairs',
  'services.*.extra_hosts': 'hosts',
  'services.*.build.extra_hosts': 'hosts',
  'services.*.deploy.labels': 'pairs',
  'services.*.storage_opt': 'deep',
  'services.*.depends_on': 'named',
  'services.*.networks': 'named',
  'services.*.models': 'named',
  'services.*.cap_add': 'unique',
  'services.*.cap_drop': 'unique',
  'services.*.dns': 'unique',
  'services.*.dns_opt': 'unique',
  'services.*.dns_search': 'unique',
  'services.*.expose': 'unique',
  'services.*.group_add': 'unique',
  'services.*.external_links': 'unique',
  'services.*.links': 'unique',
  'services.*.profiles': 'unique',
  'services.*.security_opt': 'unique',
  'services.*.tmpfs': 'unique',
  'services.*.volumes_from': 'unique',
  'services.*.networks.*.aliases': 'unique',
  'services.*.env_file': { keyed: path },
  'services.*.label_file': 'unique',
  'services.*.devices': { keyed: device },
  'services.*.volumes': { keyed: target },
  'services.*.configs': { keyed: granted },
  'services.*.secrets': { keyed: granted },
  'services.*.ports': { keyed: port },
  'networks.*.labels': 'pairs',
  'networks.*.ipam.config': 'replace',
  'volumes.*.labels': 'pairs',
  'configs.*.labels': 'pairs',
  'secrets.*.labels': 'pairs',
  'services.*.logging': 'deep',
};

function ruleFor(steps: readonly string[]): Rule {
  const section = steps[0] ?? '';
  const isNamed = ['services', 'networks', 'volumes', 'configs', 'secrets'].includes(section);
  const key = steps.map((step, at) => (at === 1 && isNamed ? '*' : step));
  const inner = key.length === 5 && key[2] === 'networks' ? [...key.slice(0, 3), '*', ...key.slice(4)] : key;
  return RULES[inner.join('.')] ?? 'deep';
}

/** Merges what a later file says into what an earlier one said. */
export function merge(base: Node, over: Node, steps: readonly string[] = []): Node {
  if (over.tag === 'override') return untagged(over);
  const rule = ruleFor(steps);
  if (rule === 'replace') return over;
  if (over.kind === 'scalar' && over.value === null && base.kind !== 'scalar') return base;
  if (base.kind === 'scalar' && base.value === null) return over;
  if (typeof rule === 'object' && 'word' in rule)
    return mergeMaps(asMap(base, rule.word), asMap(over, rule.word), steps);
  if (rule === 'pairs') return mergeMaps(pairsOf(base), pairsOf(over), steps);
  if (rule === 'named') return mergeMaps(namedOf(base), namedOf(over), steps);
  if (rule === 'hosts') return keyed(hostsOf(base), hostsOf(over), (item) => String(plain(item)));
  if (rule === 'unique')
    return keyed(listOf(base), listOf(over), (item) =>
      item.kind === 'scalar' ? String(item.value) : JSON.stringify(plain(item)),
    );
  if (typeof rule === 'object') return keyed(listOf(base), listOf(over), rule.keyed);
  if (isLogging(steps) && driverOf(base) !== driverOf(over) && driverOf(over) !== null) return over;
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, steps);
  if (base.kind === 'map' && over.kind === 'list') return mergeMaps(base, pairsOf(over), steps);
  if (base.kind === 'list' && over.kind === 'map') return mergeMaps(pairsOf(base), over, steps);
  if (base.kind === 'list' && over.kind === 'list') return { ...base, items: [...base.items, ...over.items] };
  return over;
}

function mergeMaps(base: Node, over: Node, steps: readonly string[]): Node {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const earlier = entries.get(key);
    if (value.tag === 'reset') entries.delete(key);
    else entries.set(key, earlier === undefined ? value : merge(earlier, value, [...steps, key]));
  }
  return withEntries(base, entries);
}

function keyed(base: ListNode, over: ListNode, keyOf: (item: Node) => string): ListNode {
  const items = new Map(base.items.map((item) => [keyOf(item), item]));
  for (const item of over.items) items.set(keyOf(item), item);
  return { ...base, items: [...items.values()] };
}

function listOf(node: Node): ListNode {
  return node.kind === 'list' ? node : { kind: 'list', place: node.place, items: [node] };
}

function asMap(node: Node, word: string): Node {
  return node.kind === 'scalar' ? { kind: 'map', place: node.place, entries: new Map([[word, node]]) } : node;
}

/** `[A=1, B]` as `{A: 1, B: null}`. */
function pairsOf(node: Node): Node {
  if (node.kind !== 'list') return node;
  const entries = node.items.map((item): [string, Node] => {
    const text = String(plain(item));
    const at = text.indexOf('=');
    return at < 0 ? [text, scalarAt(item.place, null)] : [text.slice(0, at), scalarAt(item.place, text.slice(at + 1))];
  });
  return { kind: 'map', place: node.place, entries: new Map(entries) };
}

/** `{A: 1, B: [2, 3]}` as `[A=1, B=2, B=3]`. */
function hostsOf(node: Node): ListNode {
  if (node.kind !== 'map') return listOf(node);
  const items = [...node.entries].flatMap(([name, addresses]) =>
    listOf(addresses).items.map((item) => scalarAt(item.place, `${name}=${String(plain(item))}`)),
  );
  return { kind: 'list', place: node.place, items };
}

/** `[a, b]` as `{a: null, b: null}`. */
function namedOf(node: Node): Node {
  if (node.kind !== 'list') return node;
  const entries = node.items.map((item): [string, Node] => [String(plain(item)), scalarAt(item.place, null)]);
  return { kind: 'map', place: node.place, entries: new Map(entries) };
}

function isLogging(steps: readonly string[]): boolean {
  return steps.length === 3 && steps[0] === 'services' && steps[2] === 'logging';
}

function driverOf(node: Node): string | null {
  const driver = node.kind === 'map' ? node.entries.get('driver') : undefined;
  return driver?.kind === 'scalar' ? String(driver.value) : null;
}

function untagged(node: Node): Node {
  switch (node.kind) {
    case 'map':
      return without(node, 'tag');
    case 'list':
      return without(node, 'tag');
    case 'scalar':
      return without(node, 'tag');
  }
}

/** Takes out what `!reset` marks where nothing was there to be reset. */
export function withoutResets(node: Node): Node {
  if (node.kind === 'map')
    return withEntries(
      node,
      [...node.entries]
        .filter(([, value]) => value.tag !== 'reset')
        .map(([key, value]) => [key, withoutResets(value)] as const),
    );
  return node.kind === 'list' ? { ...node, items: node.items.map(withoutResets) } : node;
}

/** A model merged into another, top to bottom. */
export function mergeModels(base: MapNode, over: MapNode): MapNode {
  const merged = merge(base, over);
  return merged.kind === 'map' ? merged : over;
}
