import { suggestion, SyntaxMistake } from './source.ts';

type FlagKind = 'text' | 'switch' | 'list';

/** Flags of each instruction. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  FROM: { platform: 'text' },
  RUN: { mount: 'list', network: 'text', security: 'text', device: 'list' },
  COPY: { from: 'text', chown: 'text', chmod: 'text', link: 'switch', parents: 'switch', exclude: 'list' },
  ADD: {
    chown: 'text',
    chmod: 'text',
    link: 'switch',
    exclude: 'list',
    checksum: 'text',
    'keep-git-dir': 'switch',
    unpack: 'switch',
  },
  HEALTHCHECK: { interval: 'text', timeout: 'text', 'start-period': 'text', 'start-interval': 'text', retries: 'text' },
};

/** The flags of one instruction, read. */
export interface ReadFlags {
  text(name: string): string;
  list(name: string): readonly string[];
  /** null when it was not given. */
  switched(name: string): boolean | null;
}

/** Reads the flags of an instruction. Throws SyntaxMistake for one that it does not have. */
export function readFlags(instruction: string, words: readonly string[]): ReadFlags {
  const known = FLAGS[instruction] ?? {};
  const values = new Map<string, string[]>();
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const kind = known[name];
    if (kind === undefined) {
      throw new SyntaxMistake(`unknown flag: --${name}${suggestion(name, Object.keys(known))}`);
    }
    const written = equals < 0 ? null : word.slice(equals + 1);
    if (kind === 'switch' ? written === '' : written === null)
      throw new SyntaxMistake(`missing a value on flag: --${name}`);
    const value = kind === 'switch' ? (written ?? 'true').toLowerCase() : (written ?? '');
    if (kind === 'switch' && value !== 'true' && value !== 'false')
      throw new SyntaxMistake(`expecting boolean value for flag ${name}, not: ${value}`);
    const before = values.get(name);
    if (before !== undefined && kind !== 'list') throw new SyntaxMistake(`duplicate flag specified: --${name}`);
    values.set(name, [...(before ?? []), value]);
  }
  return {
    text: (name) => values.get(name)?.[0] ?? '',
    list: (name) => values.get(name) ?? [],
    switched: (name) => {
      const value = values.get(name)?.[0];
      return value === undefined ? null : value === 'true';
    },
  };
}
