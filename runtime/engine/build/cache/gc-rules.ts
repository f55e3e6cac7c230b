import { parseStorageSize } from '../../configuration/storage-size.ts';
import type { CachePrune, CacheSpace, Disk } from './prune-plan.ts';

/** `builder.gc` of the engine's configuration, by dockerd's names; sizes are empty where none is set. */
export interface CacheGc {
  readonly enabled: boolean;
  readonly defaultReservedSpace: string;
  readonly defaultMaxUsedSpace: string;
  readonly defaultMinFreeSpace: string;
  /** The former name of `defaultReservedSpace`. */
  readonly defaultKeepStorage: string;
  /** Takes the place of the usual rules, where there are any. */
  readonly policy: readonly CacheGcRule[] | null;
}

/** One rule of a policy. */
export interface CacheGcRule {
  readonly all: boolean;
  /** `name=value`, or by name with the values as keys. */
  readonly filter: readonly string[] | Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  readonly reservedSpace: string;
  readonly maxUsedSpace: string;
  readonly minFreeSpace: string;
  /** The former name of `reservedSpace`. */
  readonly keepStorage: string;
}

/** What dockerd leaves to the cache, where nothing is said. */
const USUAL_RESERVED = 2e9;
const USUAL_USED_SHARE = 0.8;
const USUAL_FREE_SHARE = 0.2;
/** What is easily made again: of it little is kept when it was not used for two days. */
const REPRODUCIBLE: readonly string[] = ['source.local', 'source.git.checkout', 'exec.cachemount'];
const REPRODUCIBLE_SHARE = 0.138;
const REPRODUCIBLE_MIN = 512e6;

/** What the engine removes from its build cache of its own accord, in this order. */
export function gcRules(gc: CacheGc, disk: Disk): readonly CachePrune[] {
  if (!gc.enabled) return [];
  return gc.policy === null ? usualRules(gc, disk) : gc.policy.map(requestOf);
}

/** The filters of a rule. */
export function ruleFilters({ filter }: CacheGcRule): ReadonlyMap<string, readonly string[]> {
  const pairs = isList(filter)
    ? filter.map((pair): [string, string] => {
        const [name = '', ...value] = pair.split('=');
        return [name.trim().toLowerCase(), value.join('=').trim()];
      })
    : Object.entries(filter).flatMap(([name, values]) => Object.keys(values).map((value) => [name, value] as const));
  const filters = new Map<string, string[]>();
  for (const [name, value] of pairs) filters.set(name, [...(filters.get(name) ?? []), value]);
  return filters;
}

function isList(filter: CacheGcRule['filter']): filter is readonly string[] {
  return Array.isArray(filter);
}

function requestOf(rule: CacheGcRule): CachePrune {
  const space: CacheSpace = {
    reserved: bytes(rule.reservedSpace) || bytes(rule.keepStorage),
    maxUsed: bytes(rule.maxUsedSpace),
    minFree: bytes(rule.minFreeSpace),
  };
  return { all: rule.all, space, filters: ruleFilters(rule) };
}

function usualRules(gc: CacheGc, disk: Disk): readonly CachePrune[] {
  const most = bytes(gc.defaultMaxUsedSpace);
  const asked = bytes(gc.defaultReservedSpace) || bytes(gc.defaultKeepStorage);
  // Who allows the cache less than is usually reserved for it means that.
  const reserved = asked || (most === 0 ? USUAL_RESERVED : Math.min(USUAL_RESERVED, most));
  const space: CacheSpace = {
    reserved,
    maxUsed: most || disk.total * USUAL_USED_SHARE,
    minFree: bytes(gc.defaultMinFreeSpace) || disk.total * USUAL_FREE_SHARE,
  };
  const reproducible = Math.max(REPRODUCIBLE_MIN, reserved * REPRODUCIBLE_SHARE);
  return [
    {
      all: false,
      space: { reserved: 0, maxUsed: reproducible, minFree: 0 },
      filters: new Map([
        ['type', REPRODUCIBLE],
        ['unused-for', ['48h']],
      ]),
    },
    { all: false, space, filters: new Map([['unused-for', ['1440h']]]) },
    { all: false, space, filters: new Map() },
  ];
}

function bytes(text: string): number {
  return text === '' ? 0 : (parseStorageSize(text) ?? 0);
}
