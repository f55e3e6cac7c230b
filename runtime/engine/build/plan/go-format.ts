import { goDuration } from '../../../common/time.ts';

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
