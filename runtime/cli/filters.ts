/** `--filter name=value` flags, already checked, as the API's JSON. */
export function filtersOf(entries: readonly string[]): string | undefined {
  if (entries.length === 0) return undefined;
  const filters: Record<string, string[]> = {};
  for (const entry of entries) {
    const at = entry.indexOf('=');
    const name = entry.slice(0, at).trim().toLowerCase();
    filters[name] = [...(filters[name] ?? []), entry.slice(at + 1).trim()];
  }
  return JSON.stringify(filters);
}
