/** Nanoseconds since the epoch as RFC 3339 in UTC with nine digits, as Docker shows times. */
export function rfc3339(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n;
  const fraction = (nanoseconds % 1_000_000_000n).toString().padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Now, in nanoseconds since the epoch; the clock gives milliseconds, the monotonic clock the digits below. */
export function nowNanoseconds(): bigint {
  return BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
}

/**
 * A `since`/`until` parameter: unix seconds with an optional fraction, RFC 3339, or a Go duration before now
 * (`10m`, `1h30m`). Returns nanoseconds since the epoch, or null when it is none of these.
 */
export function parseTimestamp(text: string, now: bigint = nowNanoseconds()): bigint | null {
  const unix = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (unix !== null) {
    return BigInt(unix[1] ?? 0) * 1_000_000_000n + BigInt((unix[2] ?? '').padEnd(9, '0'));
  }
  const duration = parseGoDuration(text);
  if (duration !== null) return now - duration;
  const date = Date.parse(/T/.test(text) ? text : `${text}T00:00:00Z`);
  if (Number.isNaN(date)) return null;
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  const below = BigInt(fraction.padEnd(9, '0').slice(3));
  return BigInt(date) * 1_000_000n + below;
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** A duration as Go's time.ParseDuration reads it, in nanoseconds; null when it is none. */
export function parseGoDuration(text: string): bigint | null {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  }
  return BigInt(Math.round(total));
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
