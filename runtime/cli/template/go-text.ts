import { GoScalar, isStruct, NIL } from './go-value.ts';

/** A value as Go's fmt prints it with `%v`: maps with their keys in order, slices between brackets. */
export function goText(value: unknown, nested = false): string {
  if (value === undefined || value === null) return nested ? '<nil>' : '<no value>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map((one) => goText(one, true)).join(' ')}]`;
  if (typeof value !== 'object') return '';
  if (value === NIL) return '<nil>';
  if (value instanceof GoScalar) return value.text;
  if (isStruct(value))
    return `{${Object.values(value)
      .map((one) => goText(one, true))
      .join(' ')}}`;
  const entries = entriesInOrder(value).map(([name, one]) => `${name}:${goText(one, true)}`);
  return `map[${entries.join(' ')}]`;
}

/** What `range` walks through in a map: by key. Methods are no entries. */
export function entriesInOrder(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, one]) => typeof one !== 'function')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Go's printf for the verbs v, T, s, d, q, t, x, X, o, b, f, e, g, c and %, with flags, width and precision. */
export function goPrintf(format: string, values: readonly unknown[]): string {
  let next = 0;
  const text = format.replaceAll(
    /%([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (all, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const shown = oneVerb(verb, values[next++], precision === undefined ? null : Number(precision), flags, all);
      const wide = Number(width ?? 0);
      if (flags.includes('-')) return shown.padEnd(wide);
      return shown.padStart(wide, flags.includes('0') ? '0' : ' ');
    },
  );
  const extra = values.slice(next).map((one) => `${goType(one)}=${goText(one, true)}`);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

function oneVerb(verb: string, value: unknown, precision: number | null, flags: string, all: string): string {
  switch (verb) {
    case 'v':
      return goText(value, true);
    case 'T':
      return goType(value);
    case 's': {
      const text = typeof value === 'string' || typeof value === 'object' ? goText(value, true) : wrong(verb, value);
      return precision === null ? text : text.slice(0, precision);
    }
    case 'q':
      return typeof value === 'string' ? JSON.stringify(value) : wrong(verb, value);
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong(verb, value);
    case 'd':
      if (typeof value !== 'number') return wrong(verb, value);
      return `${flags.includes('+') && value >= 0 ? '+' : ''}${String(Math.trunc(value))}`;
    case 'x':
    case 'X': {
      const hex = typeof value === 'number' ? value.toString(16) : Buffer.from(goText(value, true)).toString('hex');
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    case 'o':
    case 'b':
      return typeof value === 'number' ? value.toString(verb === 'o' ? 8 : 2) : wrong(verb, value);
    case 'e':
      return typeof value === 'number'
        ? value.toExponential(precision ?? 6).replace(/([+-])(\d)$/, '$10$2')
        : wrong(verb, value);
    case 'f':
      return typeof value === 'number' ? value.toFixed(precision ?? 6) : wrong(verb, value);
    case 'g':
      return typeof value === 'number'
        ? String(precision === null ? value : Number(value.toPrecision(Math.max(1, precision))))
        : wrong(verb, value);
    case 'c':
      return typeof value === 'number' ? String.fromCodePoint(value) : wrong(verb, value);
    default:
      return all;
  }
}

function wrong(verb: string, value: unknown): string {
  return `%!${verb}(${goType(value)}=${goText(value, true)})`;
}

/** The name of a value's type, where it can be told from the value. */
function goType(value: unknown): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (value === undefined || value === null || value === NIL) return '<nil>';
  if (Array.isArray(value)) return `[]${typeOfAll(value)}`;
  return isStruct(value) ? 'struct' : `map[string]${typeOfAll(Object.values(value))}`;
}

function typeOfAll(values: readonly unknown[]): string {
  const [first, ...rest] = new Set(values.map(goType));
  return first === undefined || rest.length > 0 ? 'interface {}' : first;
}
