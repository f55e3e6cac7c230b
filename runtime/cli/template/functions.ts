import { TemplateError } from './errors.ts';
import { entriesInOrder, goPrintf, goText } from './go-text.ts';
import { isStruct, NIL, zeroOf } from './go-value.ts';

type TemplateFunction = (...values: readonly unknown[]) => unknown;

/** Go's truth: not the zero value of its kind. */
export function isTrue(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isStruct(value)) return true;
  if (value === NIL) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** An array's element, or a map's entry; absent entries are undefined. Throws TemplateError when out of range. */
export function elementAt(value: unknown, ...keys: readonly unknown[]): unknown {
  let found = value;
  for (const key of keys) {
    if (Array.isArray(found) || typeof found === 'string') {
      if (typeof key !== 'number' || key < 0 || key >= found.length)
        throw new TemplateError(`error calling index: index out of range: ${goText(key, true)}`);
      found = typeof found === 'string' ? found.charCodeAt(key) : (found[key] as unknown);
    } else if (typeof found === 'object' && found !== null && found !== NIL && !isStruct(found)) {
      const name = goText(key, true);
      found = Object.hasOwn(found, name) ? (found as Record<string, unknown>)[name] : zeroOf(found);
    } else if (found === undefined || found === null) {
      throw new TemplateError('error calling index: index of untyped nil');
    } else throw new TemplateError(`error calling index: can't index item of type ${typeof found}`);
  }
  return found;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) throw new TemplateError('incompatible types for comparison');
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return goText(a) < goText(b) ? -1 : goText(a) > goText(b) ? 1 : 0;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value === null) return 0; // An empty slice or map is null in JSON.
  if (typeof value === 'object') return entriesInOrder(value).length;
  throw new TemplateError(`error calling len: len of type ${typeof value}`);
}

function sliceOf(value: unknown, from: unknown = 0, to?: unknown): unknown {
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new TemplateError(`error calling slice: can't slice item of type ${typeof value}`);
  const end = typeof to === 'number' ? to : value.length;
  if (typeof from !== 'number' || from < 0 || end > value.length || from > end)
    throw new TemplateError(`error calling slice: index out of range: ${goText(to ?? from, true)}`);
  return value.slice(from, end);
}

/** A value with space before and after it, as docker's `pad`. */
function pad(value: unknown, before: unknown, after: unknown): string {
  return value === '' ? '' : ' '.repeat(Number(before)) + goText(value) + ' '.repeat(Number(after));
}

/** JSON as Go's encoder writes it without escaping for HTML. */
export function jsonText(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Operands are spaced only where neither side is a string (print), or always (println). */
function printed(values: readonly unknown[]): string {
  return values
    .map((one, at) => {
      const apart = at > 0 && typeof one !== 'string' && typeof values[at - 1] !== 'string';
      return `${apart ? ' ' : ''}${goText(one, true)}`;
    })
    .join('');
}

/** The functions a template may call: Go's own and docker's. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  json: (value) => jsonText(value),
  split: (value, separator) => goText(value).split(goText(separator)),
  join: (value, separator) =>
    list(value)
      .map((one) => goText(one))
      .join(goText(separator)),
  title: (value) => goText(value).replaceAll(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (all) => all.toUpperCase()),
  lower: (value) => goText(value).toLowerCase(),
  upper: (value) => goText(value).toUpperCase(),
  pad,
  truncate: (value, length) => Array.from(goText(value)).slice(0, Number(length)).join(''),
  len: lengthOf,
  index: elementAt,
  slice: sliceOf,
  print: (...values) => printed(values),
  println: (...values) => `${values.map((one) => goText(one, true)).join(' ')}\n`,
  printf: (format, ...values) => goPrintf(goText(format), values),
  html: (value) =>
    goText(value).replaceAll(
      /[<>&'"]/g,
      (one) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;', '"': '&#34;' })[one] ?? one,
    ),
  urlquery: (value) => encodeURIComponent(goText(value)),
  not: (value) => !isTrue(value),
  eq: (value, ...others) => others.some((other) => compare(value, other) === 0),
  ne: (a, b) => compare(a, b) !== 0,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
};

/** Whether a template may call it; `and` and `or` are evaluated by themselves. */
export function isFunction(name: string): boolean {
  return name === 'and' || name === 'or' || Object.hasOwn(FUNCTIONS, name);
}
