import type { SavedSearch } from '../../data/settings.ts';

/** More than this many nobody finds again. */
const MAX_SAVED = 30;

function same(one: SavedSearch, other: SavedSearch): boolean {
  return one.text === other.text && one.regex === other.regex && one.range === other.range;
}

export function isSaved(saved: readonly SavedSearch[], search: SavedSearch): boolean {
  return saved.some((one) => same(one, search));
}

/** With a search at the front; the oldest goes when there are too many. */
export function withSearch(saved: readonly SavedSearch[], search: SavedSearch): SavedSearch[] {
  return [search, ...withoutSearch(saved, search)].slice(0, MAX_SAVED);
}

export function withoutSearch(saved: readonly SavedSearch[], search: SavedSearch): SavedSearch[] {
  return saved.filter((one) => !same(one, search));
}
