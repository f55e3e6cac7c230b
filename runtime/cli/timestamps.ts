import { nowNanoseconds, parseGoDuration } from '../common/time.ts';
import { CliError } from './cli-error.ts';

/** A date, with as much of a time as is known, and a zone. */
const STAMP = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * `--since` and `--until` as the API takes them, seconds with a fraction: a duration is of the time before now here, a date
 * without a zone is of the zone here. Throws CliError.
 */
export function timestamp(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return text;
  const duration = parseGoDuration(text.replace(/^[+-]/, ''));
  if (duration !== null) {
    const moment = nowNanoseconds() - (text.startsWith('-') ? -duration : duration);
    return seconds(moment / 1_000_000_000n, (moment % 1_000_000_000n).toString().padStart(9, '0'));
  }
  const [, day = '', hours = '00', minutes = '00', whole = '00', fraction = '', zone = ''] = STAMP.exec(text) ?? [];
  const date = Date.parse(`${day}T${hours}:${minutes}:${whole}${zone}`);
  if (Number.isNaN(date)) throw new CliError(`failed to parse value as time or duration: "${text}"`);
  return seconds(BigInt(date / 1000), fraction.padEnd(9, '0'));
}

function seconds(whole: bigint, fraction: string): string {
  return `${String(whole)}.${fraction}`;
}

/** RFC 3339 with nine digits in this machine's zone. */
export function localStamp(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
  return `${local}.${(nanoseconds % 1_000_000_000n).toString().padStart(9, '0')}${zone}`;
}
