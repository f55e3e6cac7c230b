import { filterPattern } from '../../common/go-pattern.ts';
import { EngineError } from '../errors.ts';
import type { NetworkRecord } from './network-record.ts';

type Filters = ReadonlyMap<string, readonly string[]>;

const LIST_FILTERS: ReadonlySet<string> = new Set(['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']);
const PRUNE_FILTERS: ReadonlySet<string> = new Set(['label', 'label!', 'until']);

/** A test of `GET /networks`' filters. `inUse` says whether any container is on a network. Throws `invalid`. */
export async function listFilter(
  filters: Filters,
  isPredefined: (network: NetworkRecord) => boolean,
  inUse: (network: NetworkRecord) => boolean,
): Promise<(network: NetworkRecord) => boolean> {
  for (const name of filters.keys()) {
    if (!LIST_FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  }
  for (const type of filters.get('type') ?? []) {
    if (type !== 'custom' && type !== 'builtin') throw new EngineError('invalid', `invalid filter: 'type'='${type}'`);
  }
  const dangling = filters.get('dangling')?.map(parsedFlag);
  const names = await filterPattern(filters.get('name'));
  const ids = await filterPattern(filters.get('id'));
  return (network) => {
    const any = (key: string, test: (value: string) => boolean): boolean => filters.get(key)?.some(test) ?? true;
    return (
      any('driver', (driver) => network.driver === driver) &&
      names.test(network.name) &&
      ids.test(network.id) &&
      any('scope', (scope) => scope === 'local') &&
      any('type', (type) => (type === 'builtin') === isPredefined(network)) &&
      (filters.get('label') ?? []).every((label) => hasLabel(network, label)) &&
      (dangling === undefined || dangling.some((wanted) => wanted === (!isPredefined(network) && !inUse(network))))
    );
  };
}

/** A test of `POST /networks/prune`'s filters. Throws `invalid`. */
export function pruneFilter(filters: Filters, now: number): (network: NetworkRecord) => boolean {
  for (const name of filters.keys()) {
    if (!PRUNE_FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  }
  const untils = filters.get('until') ?? [];
  if (untils.length > 1) throw new EngineError('invalid', 'more than one until filter specified');
  const before = untils.map((text) => parsedUntil(text, now));
  return (network) =>
    (filters.get('label') ?? []).every((label) => hasLabel(network, label)) &&
    !(filters.get('label!') ?? []).some((label) => hasLabel(network, label)) &&
    before.every((time) => Date.parse(network.created) <= time);
}

function hasLabel({ labels }: NetworkRecord, wanted: string): boolean {
  const at = wanted.indexOf('=');
  return at < 0 ? wanted in labels : labels[wanted.slice(0, at)] === wanted.slice(at + 1);
}

function parsedFlag(text: string): boolean {
  if (['1', 'true', 'True', 'TRUE', 't', 'T'].includes(text)) return true;
  if (['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(text)) return false;
  throw new EngineError('invalid', `invalid filter 'dangling=[${text}]'`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's duration (back from now), seconds since the epoch, or a date. Milliseconds since the epoch. */
function parsedUntil(text: string, now: number): number {
  if (/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    return now - parts.reduce((sum, [, count = '0', unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
  }
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new EngineError('invalid', `invalid filter 'until=[${text}]'`);
  return time;
}
