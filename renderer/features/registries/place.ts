/** What somebody who browses has written: a registry, or a repository of one. All pure. */
export type Place =
  | { readonly kind: 'registry'; readonly registry: string }
  /** `repository` is written as for a pull, without a tag. */
  | { readonly kind: 'repository'; readonly repository: string };

const HOST = /^(?:localhost(?::\d{1,5})?|[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?|[\w-]+:\d{4,5})$/i;

/** Reads what was written; null where it can be neither. */
export function placeOf(written: string): Place | null {
  const text = written.trim().replace(/^https?:\/\//, '');
  const bare = text.replace(/\/+$/, '');
  if (HOST.test(bare)) return { kind: 'registry', registry: bare };
  const [named = ''] = bare.split('@');
  const colon = named.lastIndexOf(':');
  const repository = colon > named.lastIndexOf('/') ? named.slice(0, colon) : named;
  return /^[\w][\w.:/-]*$/.test(repository) ? { kind: 'repository', repository } : null;
}

/** Address of the screen that shows it. */
export function browsePath(place: string): string {
  return `/registries/browse/${encodeURIComponent(place)}`;
}

/** Tags as one looks for them: `latest` first, then from high to low, with numbers as numbers. */
export function sortTags(tags: readonly string[]): string[] {
  return tags.toSorted((a, b) =>
    a === 'latest' ? -1 : b === 'latest' ? 1 : b.localeCompare(a, undefined, { numeric: true }),
  );
}
