/** Numbers and times as people read them. All pure. */
import { common } from '../strings/common.ts';
import { locale } from '../strings/language.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** 1234567 -> "1.23 MB"; decimal units, as Docker and disks use them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${decimal(value, digits)} ${UNITS[unit] ?? ''}`;
}

/** A number with exactly so many digits after the language's own point. */
export function decimal(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return locale === 'de-DE' ? text.replace('.', ',') : text;
}

const { units } = common;
const SECOND = [1, units.second] as const;
const STEPS: readonly (readonly [seconds: number, name: string])[] = [
  [31_536_000, units.year],
  [2_592_000, units.month],
  [86_400, units.day],
  [3600, units.hour],
  [60, units.minute],
  SECOND,
];

/** 93 000 -> "1 min"; the largest unit only, since the exact time is in the tooltip. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [size, name] = STEPS.find(([step]) => seconds >= step) ?? SECOND;
  return `${String(Math.floor(seconds / size))} ${name}`;
}

const absolute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });

/** "21 Nov 2026, 00:51:12", in the person's own time zone. */
export function formatTime(time: number): string {
  return absolute.format(time);
}

/** First 12 digits, without an algorithm prefix, as every Docker tool shows ids. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
