import { globMatcher, type Matcher } from '../../common/path-patterns.ts';
import { parseTimestamp } from '../../common/time.ts';
import { EngineError } from '../errors.ts';
import type { ImageRecord } from './catalog.ts';
import type { ImageStore } from './image-store.ts';
import { createdMilliseconds } from './views.ts';

export type Filters = ReadonlyMap<string, readonly string[]>;

const LIST_FILTERS = new Set(['dangling', 'label', 'before', 'since', 'reference', 'until']);
const PRUNE_FILTERS = new Set(['dangling', 'label', 'label!', 'until']);

function refuseUnknown(filters: Filters, known: ReadonlySet<string>): void {
  for (const name of filters.keys()) if (!known.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
}

/** A boolean filter: undefined when absent. Throws `invalid`. */
export function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters.get(name) ?? [];
  if (values.length === 0) return undefined;
  if (values.every((value) => ['1', 'true', 'True', 'TRUE', 't', 'T'].includes(value))) return true;
  if (values.every((value) => ['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(value))) return false;
  throw new EngineError('invalid', `invalid filter '${name}=[${values.join(' ')}]'`);
}

function hasLabel(image: ImageRecord, wanted: string): boolean {
  const labels = image.document.config.Labels ?? {};
  const equals = wanted.indexOf('=');
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(labels, key)) return false;
  return equals < 0 || labels[key] === wanted.slice(equals + 1);
}

/** Milliseconds since the epoch of a timestamp, an RFC 3339 date, or a Go duration before now. Throws `invalid`. */
export function parseUntil(text: string): number {
  const time = parseTimestamp(text);
  if (time === null) throw new EngineError('invalid', `invalid time "${text.slice(0, 100)}" in the filter until`);
  return Number(time) / 1e6;
}

/** A shell pattern of `path.Match`: `*` and `?` stop at slashes. Throws `invalid`. */
function referencePattern(pattern: string): Matcher {
  try {
    return globMatcher(pattern);
  } catch (error) {
    throw new EngineError('invalid', `invalid pattern "${pattern.slice(0, 100)}"`, { cause: error });
  }
}

function matchesReference(names: readonly string[], pattern: string): boolean {
  const matcher = referencePattern(pattern);
  return names.some((name) => {
    const repository = name.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
    return matcher.test(name) || matcher.test(repository);
  });
}

/** Whether a name passes a list's `reference` filters. */
export function nameFilter(filters: Filters): (name: string) => boolean {
  const patterns = filters.get('reference') ?? [];
  return (name) => patterns.length === 0 || patterns.some((pattern) => matchesReference([name], pattern));
}

/** Images that `GET /images/json` lists for these filters, newest first. Throws `invalid`, `not-found`. */
export function filterImages(store: ImageStore, filters: Filters): ImageRecord[] {
  refuseUnknown(filters, LIST_FILTERS);
  const dangling = booleanFilter(filters, 'dangling');
  const before = (filters.get('before') ?? []).map((name) => createdMilliseconds(store.resolve(name)));
  const since = (filters.get('since') ?? []).map((name) => createdMilliseconds(store.resolve(name)));
  const until = (filters.get('until') ?? []).map(parseUntil);
  const references = filters.get('reference') ?? [];
  return store
    .list()
    .filter((image) => {
      const created = createdMilliseconds(image);
      const names = store.catalog.namesOf(image.id);
      const isDangling = !names.some(({ row }) => row.kind === 'tag');
      if (dangling !== undefined && dangling !== isDangling) return false;
      if (before.some((limit) => created >= limit) || until.some((limit) => created >= limit)) return false;
      if (since.some((limit) => created <= limit)) return false;
      if (!(filters.get('label') ?? []).every((label) => hasLabel(image, label))) return false;
      const familiar = [
        ...store.catalog.familiarNames(image.id, 'tag'),
        ...store.catalog.familiarNames(image.id, 'digest'),
      ];
      return references.length === 0 || references.some((pattern) => matchesReference(familiar, pattern));
    })
    .sort((a, b) => createdMilliseconds(b) - createdMilliseconds(a));
}

/** Images that a prune may take, not looking at containers. */
export function prunableImages(store: ImageStore, filters: Filters): ImageRecord[] {
  refuseUnknown(filters, PRUNE_FILTERS);
  const onlyDangling = booleanFilter(filters, 'dangling') ?? true;
  const until = (filters.get('until') ?? []).map(parseUntil);
  return store.list().filter((image) => {
    const isTagged = store.catalog.namesOf(image.id).some(({ row }) => row.kind === 'tag');
    if (onlyDangling && isTagged) return false;
    if (until.some((limit) => createdMilliseconds(image) >= limit)) return false;
    if (!(filters.get('label') ?? []).every((label) => hasLabel(image, label))) return false;
    return !(filters.get('label!') ?? []).some((label) => hasLabel(image, label));
  });
}
