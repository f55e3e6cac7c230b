/** Go's `%q` of a list of strings, as Docker's history shows commands: `["a" "b"]`. */
export function quotedList(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(' ')}]`;
}

/** Go's `%v` of a list: `[a b]`. */
export function plainList(words: readonly string[]): string {
  return `[${words.join(' ')}]`;
}

/** Go's `%+v` of a health check: `{Test:[CMD true] Interval:30s ...}`. */
export function healthText(check: Readonly<Record<string, unknown>>): string {
  const test = Array.isArray(check['Test']) ? check['Test'].map(String) : [];
  const time = (key: string): string => goDuration(Number(check[key] ?? 0));
  return `{Test:${plainList(test)} Interval:${time('Interval')} Timeout:${time('Timeout')} StartPeriod:${time('StartPeriod')} StartInterval:${time('StartInterval')} Retries:${Number(check['Retries'] ?? 0)}}`;
}

/** Nanoseconds as Go prints a duration: `1m30s`, `500ms`. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const seconds = nanoseconds / 1e9;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(9))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
