import { entryFilter, type CacheEntry } from './entry.ts';

/** Bounds of the cache in bytes; 0 for none. */
export interface CacheSpace {
  /** As much stays in any case. */
  readonly reserved: number;
  /** As much stays at most. */
  readonly maxUsed: number;
  /** As much of the disk is to be free. */
  readonly minFree: number;
}

/** What is removed from the cache. */
export interface CachePrune {
  /** Also what images share. */
  readonly all: boolean;
  /** Without any bound, everything that is meant goes; else the least recently used until the bounds hold. */
  readonly space: CacheSpace;
  readonly filters: ReadonlyMap<string, readonly string[]>;
}

/** The disk that the cache is on, in bytes. */
export interface Disk {
  readonly total: number;
  readonly free: number;
}

/** The ids of the entries that a request removes. Throws `invalid` for a filter that is none. */
export function chosenEntries(entries: readonly CacheEntry[], request: CachePrune, disk: Disk): string[] {
  const matches = entryFilter(request.filters);
  const meant = entries.filter((entry) => matches(entry) && (request.all || !entry.Shared) && !entry.InUse);
  // What images share is on the disk for them: it counts for nothing, and nothing is won by its going.
  let left = entries.reduce((sum, entry) => (entry.Shared ? sum : sum + entry.Size), 0);
  const kept = keptBytes(left, request.space, disk);
  if (kept === null) return meant.map(({ ID }) => ID);
  const chosen: string[] = [];
  const unshared = meant.filter(({ Shared }) => !Shared);
  for (const entry of unshared.toSorted((a, b) => (a.LastUsedAt < b.LastUsedAt ? -1 : 1))) {
    if (left <= kept) break;
    left -= entry.Size;
    chosen.push(entry.ID);
  }
  return chosen;
}

/** How much of `used` bytes may stay; null without bounds. */
function keptBytes(used: number, { reserved, maxUsed, minFree }: CacheSpace, { free }: Disk): number | null {
  if (reserved === 0 && maxUsed === 0 && minFree === 0) return null;
  // Where nothing else bounds the cache, what is reserved for it does.
  if (maxUsed === 0 && minFree === 0) return reserved;
  const most = maxUsed === 0 ? Infinity : maxUsed;
  return Math.max(reserved, Math.min(most, minFree > free ? used - (minFree - free) : Infinity));
}
