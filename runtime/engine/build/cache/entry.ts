import { EngineError } from '../../errors.ts';

/** One entry of the build cache as `GET /system/df` shows it. */
export interface CacheEntry {
  readonly ID: string;
  readonly Type: string;
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
  readonly CreatedAt: string;
  readonly LastUsedAt: string;
  readonly UsageCount: number;
}

const FILTERS: ReadonlySet<string> = new Set([
  'until',
  'unused-for',
  'id',
  'parent',
  'type',
  'description',
  'inuse',
  'shared',
  'private',
]);

/** Whether an entry is meant by filters as `docker builder prune --filter` takes them. Throws `invalid`. */
export function entryFilter(filters: ReadonlyMap<string, readonly string[]>): (entry: CacheEntry) => boolean {
  for (const name of filters.keys())
    if (!FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  const until = filters.get('until')?.[0] ?? filters.get('unused-for')?.[0];
  const latest = until === undefined ? null : momentOf(until);
  const ids = filters.get('id') ?? [];
  const types = filters.get('type') ?? [];
  const descriptions = filters.get('description') ?? [];
  return (entry) =>
    (latest === null || Date.parse(entry.LastUsedAt) < latest) &&
    (ids.length === 0 || ids.some((id) => entry.ID.startsWith(id))) &&
    (types.length === 0 || types.includes(entry.Type)) &&
    (descriptions.length === 0 || descriptions.some((text) => entry.Description.includes(text))) &&
    (!filters.has('shared') || entry.Shared) &&
    (!filters.has('private') || !entry.Shared) &&
    (!filters.has('inuse') || entry.InUse);
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration before now (`24h`), a time, or seconds since the epoch; in ms since the epoch. Throws `invalid`. */
function momentOf(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text)
    return Date.now() - parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  const time = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(time)) throw new EngineError('invalid', `invalid value of until: ${JSON.stringify(text)}`);
  return time;
}
