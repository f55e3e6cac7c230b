import { FlagError } from './flags/flags.ts';

/** `--filter name=value` flags as the API's JSON. Throws FlagError. */
export function filtersOf(entries: readonly string[]): string | undefined {
  if (entries.length === 0) return undefined;
  const filters: Record<string, string[]> = {};
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at < 1)
      throw new FlagError(
        `invalid argument "${entry}" for "-f, --filter" flag: bad format of filter (expected name=value)`,
      );
    const name = entry.slice(0, at).trim().toLowerCase();
    filters[name] = [...(filters[name] ?? []), entry.slice(at + 1).trim()];
  }
  return JSON.stringify(filters);
}
