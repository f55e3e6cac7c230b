/** Nanoseconds in the units of Go's durations. */
const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 24 * 3600e9,
  w: 7 * 24 * 3600e9,
};

/** A Compose duration (`1h5m30s20ms`; a bare number is seconds) in nanoseconds, or null when it is none. */
export function durationNanoseconds(value: string | number): number | null {
  if (typeof value === 'number') return value * 1e9;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1e9;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/.test(text)) return null;
  let total = 0;
  for (const [, number = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)/g))
    total += Number(number) * (DURATION_UNITS[unit] ?? 0);
  return Math.round(total);
}

/** Nanoseconds as Go writes a duration: `1h0m5.5s`, `250ms`. */
export function durationText(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 0) return `-${durationText(-nanoseconds)}`;
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const minutes = Math.floor(nanoseconds / 60e9);
  const seconds = `${(nanoseconds % 60e9) / 1e9}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** A Compose byte value (`512m`, `1gb`, `2048`) in bytes, or null when it is none. */
export function byteCount(value: string | number): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.floor(value) : null;
  const match = /^(-?\d+(?:\.\d+)?)\s*([bkmgtp]?)(?:i?b)?$/i.exec(value.trim());
  if (match === null) return null;
  const [, number = '0', unit = ''] = match;
  return Math.floor(
    Number(number) * 1024 ** ['', 'k', 'm', 'g', 't', 'p'].indexOf(unit.toLowerCase().replace('b', '')),
  );
}
