/** Numbers and times as people read them. All pure. */

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
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

const STEPS: readonly (readonly [seconds: number, name: string])[] = [
  [31_536_000, 'y'],
  [2_592_000, 'mo'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** 93 000 -> "1 min"; the largest unit only, since the exact time is in the tooltip. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [size, name] = STEPS.find(([step]) => seconds >= step) ?? [1, 's'];
  return `${String(Math.floor(seconds / size))} ${name}`;
}

const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** "21 Nov 2026, 00:51:12", in the person's own time zone. */
export function formatTime(time: number): string {
  return absolute.format(time);
}

/** First 12 digits, without an algorithm prefix, as every Docker tool shows ids. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** "1 container", "2 containers". */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
