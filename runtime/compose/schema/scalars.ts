import * as z from 'zod';
import { byteCount, durationNanoseconds } from '../model/units.ts';
import { shellWords, WordsError } from '../model/words.ts';

/** Text; numbers and booleans are taken for theirs, as YAML makes some of unquoted text. */
export const text = z.union([z.string(), z.number(), z.boolean()], { error: 'must be a text' }).transform(String);

/** Text only. */
export const words = z.string({ error: 'must be a text' });

const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['true', 'y', 'yes', 'on', '1'].map((one) => [one, true])),
  ...Object.fromEntries(['false', 'n', 'no', 'off', '0'].map((one) => [one, false])),
};

/** True or false, or a text that variables were replaced in. */
export const flag = z
  .union([z.boolean(), z.string()], { error: 'must be true or false' })
  .transform((value, context) => {
    const known = typeof value === 'boolean' ? value : BOOLEANS[value.trim().toLowerCase()];
    if (known === undefined) context.addIssue('must be true or false');
    return known ?? false;
  });

function numberOf(isWhole: boolean): z.ZodType<number> {
  const what = isWhole ? 'must be a whole number' : 'must be a number';
  return z.union([z.number(), z.string()], { error: what }).transform((value, context) => {
    const number = typeof value === 'number' ? value : value.trim() === '' ? Number.NaN : Number(value);
    if (!Number.isFinite(number) || (isWhole && !Number.isInteger(number))) context.addIssue(what);
    return number;
  });
}

/** A number, or a text of one. */
export const number = numberOf(false);

/** A whole number, or a text of one. */
export const integer = numberOf(true);

/** A duration, in nanoseconds. */
export const duration = z
  .union([z.string(), z.number()], { error: 'must be a duration, as 1m30s' })
  .transform((value, context) => {
    const result = durationNanoseconds(value);
    if (result === null) context.addIssue(`"${value}" is no duration, as 1m30s`);
    return result ?? 0;
  });

/** A size, in bytes. */
export const size = z
  .union([z.string(), z.number()], { error: 'must be a size, as 512m' })
  .transform((value, context) => {
    const result = byteCount(value);
    if (result === null) context.addIssue(`"${value}" is no size, as 512m`);
    return result ?? 0;
  });

/** A list of texts. */
export const texts = z.array(text, { error: 'must be a list' });

/** A text, or a list of some. */
export const textOrTexts = z
  .union([text, z.array(text)], { error: 'must be a text or a list of texts' })
  .transform((value) => (Array.isArray(value) ? value : [value]));

const scalarOrNothing = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'must be a text' });

/** `NAME=value` lists or mappings, by name; null for a name without a value. */
export const pairs = z
  .union([z.array(text), z.record(z.string(), scalarOrNothing)], {
    error: 'must be a mapping, or a list of NAME=value',
  })
  .transform((value): Record<string, string | null> => {
    if (!Array.isArray(value))
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, one === null ? null : String(one)]));
    return Object.fromEntries(
      value.map((entry) => {
        const at = entry.indexOf('=');
        return at < 0 ? [entry, null] : [entry.slice(0, at), entry.slice(at + 1)];
      }),
    );
  });

/** Pairs where a name without a value has an empty one, as labels. */
export const labels = pairs.transform((value) =>
  Object.fromEntries(Object.entries(value).map(([name, one]) => [name, one ?? ''])),
);

/** Options of a driver. */
export const options = z
  .record(z.string(), scalarOrNothing, { error: 'must be a mapping' })
  .transform((value) => Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one ?? '')])));

/** A command: a text that is split as a shell does, or a list; null takes the image's. */
export const command = z
  .union([z.string(), z.array(text), z.null()], { error: 'must be a text or a list of texts' })
  .transform((value, context): string[] | null => {
    if (value === null || Array.isArray(value)) return value;
    try {
      return shellWords(value);
    } catch (error) {
      if (!(error instanceof WordsError)) throw error;
      context.addIssue(error.message);
      return [];
    }
  });

/** A mapping by name, or a list of names. */
export function named<T>(entry: z.ZodType<T>, bare: T): z.ZodType<Record<string, T>> {
  return z
    .union([z.array(text), z.record(z.string(), z.union([entry, z.null()]))], {
      error: 'must be a list of names or a mapping',
    })
    .transform((value): Record<string, T> =>
      Object.fromEntries(
        Array.isArray(value)
          ? value.map((name) => [name, bare])
          : Object.entries(value).map(([name, one]) => [name, one ?? bare]),
      ),
    );
}
