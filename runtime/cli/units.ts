import { memorySize } from '../common/memory-size.ts';
import { UsageError } from './flags/flags.ts';

/** `64m`, `1.5g`, `1024`: bytes, in binary units, as docker reads memory sizes. Throws UsageError. */
export function parseBytes(text: string): number {
  const bytes = memorySize(text);
  if (bytes === null) throw new UsageError(`invalid size: '${text}'`);
  return bytes;
}

/** Bytes in decimal units (kB, MB), as `docker images` prints them; `digits` are significant. */
export function formatBytes(bytes: number, digits = 3): string {
  return scaled(bytes, digits, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
}

/** Bytes in binary units with four significant digits, as `docker stats` prints memory. */
export function formatBinaryBytes(bytes: number): string {
  return scaled(bytes, 4, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
}

function scaled(bytes: number, digits: number, base: number, units: readonly string[]): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return `${Number(value.toPrecision(digits))}${units[unit] ?? ''}`;
}

/** A duration as Go writes one (`1h30m`, `500ms`), in nanoseconds. Throws UsageError. */
export function parseDuration(text: string): number {
  const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text.replace(/^[+-]/, ''))
    throw new UsageError(`time: invalid duration "${text}"`);
  const total = parts.reduce((sum, [, count = '0', unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
  return Math.round(text.startsWith('-') ? -total : total);
}

/** Seconds in go-units' words. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.round(whole / 3600);
  if (whole < 1) return 'Less than a second';
  if (whole < 60) return `${whole} second${whole === 1 ? '' : 's'}`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor(hours / 24);
  if (days < 14) return `${days} days`;
  if (days < 60) return `${Math.floor(days / 7)} weeks`;
  return days < 730 ? `${Math.floor(days / 30)} months` : `${Math.floor(days / 365)} years`;
}
