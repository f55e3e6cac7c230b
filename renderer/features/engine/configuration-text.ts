/** A configuration as it is written; what the form does not show stays in it. */
export type Document = Readonly<Record<string, unknown>>;

/** The JSON object in a text; null for what is none. */
export function documentOf(text: string): Document | null {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** The text with another value of one option; undefined takes it out. */
export function withOption(text: string, key: string, value: unknown): string {
  const options = Object.entries({ ...documentOf(text), [key]: value });
  const next = Object.fromEntries(options.filter(([, one]) => one !== undefined));
  return `${JSON.stringify(next, null, 2)}\n`;
}

/** How the value of an option is shown in one line, and read back from it. */
export interface Shape {
  readonly show: (value: unknown) => string;
  /** undefined for nothing. `before` is the value until now. */
  readonly read: (line: string, before?: unknown) => unknown;
}

const wordsOf = (line: string): string[] => line.split(/[\s,]+/).filter((word) => word !== '');
const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];
const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
/** A word `name=value`; without the sign all of it is the name. */
const pairOf = (word: string): [string, string] => {
  const at = word.indexOf('=');
  return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
};
const orNothing = <Value extends object>(value: Value): Value | undefined =>
  Object.keys(value).length === 0 ? undefined : value;
const field = (value: unknown, name: string): unknown => entriesOf(value).find(([key]) => key === name)?.[1];

/** Several words. */
export const LIST: Shape = {
  show: (value) => (Array.isArray(value) ? value.map(textOf).join(' ') : ''),
  read: (line) => orNothing(wordsOf(line)),
};

/** `name=value`, several. */
export const PAIRS: Shape = {
  show: (value) =>
    entriesOf(value)
      .map(([name, one]) => `${name}=${textOf(one)}`)
      .join(' '),
  read: (line) => orNothing(Object.fromEntries(wordsOf(line).map(pairOf))),
};

/** `name=soft:hard`, as `--ulimit` takes it; one number stands for both. */
export const ULIMITS: Shape = {
  show: (value) =>
    entriesOf(value)
      .map(([name, one]) => {
        const [soft, hard] = [textOf(field(one, 'Soft')), textOf(field(one, 'Hard'))];
        return `${name}=${soft === hard ? soft : `${soft}:${hard}`}`;
      })
      .join(' '),
  read: (line) =>
    orNothing(
      Object.fromEntries(
        wordsOf(line).map((word) => {
          const [name, limits] = pairOf(word);
          const [soft = '', hard = soft] = limits.split(':');
          return [name, { Name: name, Soft: numberOr(soft), Hard: numberOr(hard) }];
        }),
      ),
    ),
};

/** `base=size`, several: `10.10.0.0/16=24`. */
export const POOLS: Shape = {
  show: (value) =>
    (Array.isArray(value) ? value : [])
      .map((one: unknown) => `${textOf(field(one, 'base'))}=${textOf(field(one, 'size'))}`)
      .join(' '),
  read: (line) =>
    orNothing(
      wordsOf(line).map((word) => {
        const [base, size] = pairOf(word);
        return { base, size: numberOr(size) };
      }),
    ),
};

/** A whole number. */
export const NUMBER: Shape = {
  show: textOf,
  read: (line) => (line.trim() === '' ? undefined : numberOr(line.trim())),
};

/** One text among several that an option has; the others stay. */
export function member(name: string, valueOf: (text: string) => unknown = (text) => text): Shape {
  return {
    show: (value) => textOf(field(value, name)),
    read: (line, before) => {
      const others = entriesOf(before).filter(([key]) => key !== name);
      const own = line.trim() === '' ? {} : { [name]: valueOf(line.trim()) };
      return orNothing({ ...Object.fromEntries(others), ...own });
    },
  };
}

/** The same for a number, which may have a fraction. */
export function numberMember(name: string): Shape {
  return member(name, (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text));
}

/** Only of the build cache: as much of the disk it takes at most. What else is said of it stays. */
export const CACHE_MAX: Shape = {
  show: (value) => textOf(field(field(value, 'gc'), 'defaultMaxUsedSpace')),
  read: (line, before) => {
    const size = line.trim() === '' ? {} : { defaultMaxUsedSpace: line.trim() };
    const others = entriesOf(field(before, 'gc')).filter(([name]) => name !== 'defaultMaxUsedSpace');
    const gc = orNothing({ ...Object.fromEntries(others), ...size });
    return gc === undefined ? undefined : { gc };
  },
};

/** A number, or what was typed: the engine says what is wrong with it. */
function numberOr(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
