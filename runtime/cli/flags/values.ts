import { pair } from '../../common/fields.ts';
import { FlagError, UsageError } from './flags.ts';
import { parseBytes, parseDuration } from '../units.ts';

/** A flag's value by its reader; absent: what the API takes for "not given". Throws FlagError that names the flag. */
function read<T>(flag: string, text: string | undefined, absent: T, reader: (text: string) => T): T {
  if (text === undefined) return absent;
  try {
    return reader(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new FlagError(`invalid argument "${text}" for "--${flag}" flag: ${error.message}`);
  }
}

/** One value of a flag by its reader. Throws FlagError that names the flag. */
export function flagValue<T>(flag: string, text: string, reader: (text: string) => T): T {
  return read<T | undefined>(flag, text, undefined, reader) as T;
}

/** An integer flag. */
export function integer<T>(flag: string, text: string | undefined, absent: T): number | T {
  return read<number | T>(flag, text, absent, (value) => {
    if (!/^[+-]?\d+$/.test(value)) throw new UsageError(`strconv.ParseInt: parsing "${value}": invalid syntax`);
    return Number(value);
  });
}

/** A size flag, in bytes. */
export function bytes(flag: string, text: string | undefined): number {
  return read(flag, text, 0, parseBytes);
}

/** Memory and swap: -1 is without limit. */
export function swapBytes(flag: string, text: string | undefined): number {
  return read(flag, text, 0, (value) => (value === '-1' ? -1 : parseBytes(value)));
}

/** A duration flag, in nanoseconds. */
export function nanoseconds(flag: string, text: string | undefined): number {
  return read(flag, text, 0, parseDuration);
}

/** Processors as billionths of one. */
export function nanoCpus(flag: string, text: string | undefined): number {
  return read(flag, text, 0, (value) => {
    const cpus = Number(value);
    if (value === '' || !Number.isFinite(cpus) || cpus < 0)
      throw new UsageError('failed to parse as a rational number');
    return Math.round(cpus * 1e9);
  });
}

/** Pairs as an object. */
export function pairs(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(entries.map(pair));
}
