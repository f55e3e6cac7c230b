import { memorySize } from '../../../common/memory-size.ts';
import { suggestion, SyntaxMistake } from './source.ts';

/** One `RUN --mount`, read. */
export interface RunMount {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** Absolute, or relative to the working directory; '' for a secret that is only an environment variable. */
  readonly target: string;
  readonly source: string;
  /** A stage or image; '' for the context (bind) or nothing (cache). */
  readonly from: string;
  readonly readonly: boolean;
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  /** Bytes of a tmpfs; 0 for the kernel's default. */
  readonly size: number;
  readonly required: boolean;
  /** Environment variable that gets a secret; '' for none. */
  readonly env: string;
  readonly mode: number | null;
  readonly uid: number;
  readonly gid: number;
}

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const SHARINGS = ['shared', 'private', 'locked'] as const;
const SWITCHES = ['readonly', 'readwrite', 'required'];
const KEYS = [
  'type',
  'from',
  'source',
  'target',
  'readonly',
  'id',
  'sharing',
  'required',
  'size',
  'mode',
  'uid',
  'gid',
];
const ALIASES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};
const ALL_KEYS = [...KEYS, ...Object.keys(ALIASES), 'readwrite', 'env'];

/** The parts of a `--mount`, its aliases under their names. */
interface Field {
  readonly key: string;
  /** null for a key alone. */
  readonly value: string | null;
  readonly text: string;
}

function fieldsOf(text: string): Field[] {
  return csvFields(text).map((part) => {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    return { key: ALIASES[name] ?? name, value: equals < 0 ? null : part.slice(equals + 1), text: part };
  });
}

/** What is wrong with a mount before its variables have values. Throws SyntaxMistake. */
export function checkRunMount(text: string): void {
  for (const { key, value } of fieldsOf(text))
    if (key === 'from' && /\$./.test(value ?? ''))
      throw new SyntaxMistake("'from' doesn't support variable expansion, define alias stage instead");
}

/** Reads the value of a `--mount` flag, whose variables `expand` replaces. Throws SyntaxMistake. */
export function parseRunMount(text: string, expand: (word: string) => string): RunMount {
  const fields = new Map<string, string>();
  for (const { key, value, text: part } of fieldsOf(text)) {
    if (value === null && !SWITCHES.includes(key))
      throw new SyntaxMistake(`invalid field '${part}' must be a key=value pair`);
    if (!ALL_KEYS.includes(key))
      throw new SyntaxMistake(`unexpected key '${key}' in '${part}'${suggestion(key, ALL_KEYS)}`);
    fields.set(key, value === null ? 'true' : expand(value));
  }
  const type = oneOf(TYPES, fields.get('type') ?? 'bind', 'unsupported mount type');
  for (const [key, types] of Object.entries(ONLY_OF))
    if (fields.has(key) && !types.includes(type))
      throw new SyntaxMistake(`unexpected key '${key}' for mount type '${type}'`);
  if (type === 'bind' || type === 'tmpfs')
    for (const key of ['mode', 'uid', 'gid'])
      if (fields.has(key)) throw new SyntaxMistake(`${key} not allowed for "${type}" type mounts`);
  if (type === 'secret' && fields.has('from')) throw new SyntaxMistake('secret mount should not have a from');
  if (type !== 'cache' && fields.has('sharing'))
    throw new SyntaxMistake(
      type === 'secret' ? 'secret mount should not define sharing' : `invalid cache sharing set for ${type} mount`,
    );
  return checked(type, fields);
}

/** Keys that only some types take. */
const ONLY_OF: Readonly<Record<string, readonly RunMount['type'][]>> = { size: ['tmpfs'], required: ['secret', 'ssh'] };

/** The word of a list that is meant, in whatever case. */
function oneOf<T extends string>(words: readonly T[], word: string, refusal: string): T {
  const found = words.find((one) => one === word.toLowerCase());
  if (found === undefined) throw new SyntaxMistake(`${refusal} ${JSON.stringify(word)}${suggestion(word, words)}`);
  return found;
}

function checked(type: RunMount['type'], fields: ReadonlyMap<string, string>): RunMount {
  const text = (key: string): string => fields.get(key) ?? '';
  const target = text('target');
  const source = text('source');
  const sharing = oneOf(SHARINGS, fields.get('sharing') ?? 'shared', 'unsupported sharing value');
  if (target === '' && (type === 'bind' || type === 'cache' || type === 'tmpfs'))
    throw new SyntaxMistake(`target is required for mount of type ${type}`);
  const env = type === 'secret' ? text('env') : '';
  const id = text('id') !== '' ? text('id') : type === 'secret' ? lastPart(source === '' ? target : source) : '';
  if (type === 'secret' && id === '' && env === '')
    throw new SyntaxMistake('invalid secret mount. one of source, target, env required');
  return {
    type,
    source,
    from: text('from'),
    readonly:
      type === 'bind'
        ? !flag(fields, 'readwrite', false) && flag(fields, 'readonly', true)
        : type === 'cache' && flag(fields, 'readonly', !flag(fields, 'readwrite', true)),
    id: type === 'secret' && id === '' ? env : id,
    sharing,
    size: text('size') === '' ? 0 : bytesOf(text('size')),
    required: flag(fields, 'required', false),
    env,
    mode: text('mode') === '' ? null : octal(text('mode')),
    uid: number(fields, 'uid'),
    gid: number(fields, 'gid'),
    target: type === 'secret' && target === '' && env === '' ? `/run/secrets/${id}` : target,
  };
}

/** Fields parted by commas; one with a comma in it is put into double quotes. */
export function csvFields(text: string): string[] {
  const fields: string[] = [];
  for (const [, quoted, plain = ''] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)) {
    const field = quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"');
    if (field !== '') fields.push(field);
  }
  return fields;
}

function lastPart(path: string): string {
  return (
    path
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? ''
  );
}

function flag(fields: ReadonlyMap<string, string>, key: string, fallback: boolean): boolean {
  const value = fields.get(key);
  if (value === undefined) return fallback;
  if (['true', '1', 't'].includes(value.toLowerCase())) return true;
  if (['false', '0', 'f'].includes(value.toLowerCase())) return false;
  throw new SyntaxMistake(`invalid value for ${key}: ${value}`);
}

function number(fields: ReadonlyMap<string, string>, key: string): number {
  const value = fields.get(key) ?? '0';
  if (!/^\d{1,10}$/.test(value)) throw new SyntaxMistake(`invalid value ${value} for ${key}`);
  return Number(value);
}

function octal(text: string): number {
  if (!/^[0-7]{1,5}$/.test(text)) throw new SyntaxMistake(`invalid value ${text} for mode`);
  return Number.parseInt(text, 8);
}

/** `64m`, `1g`, `512kb` in bytes. */
export function bytesOf(text: string): number {
  const bytes = memorySize(text);
  if (bytes === null) throw new SyntaxMistake(`invalid value for size: ${text}`);
  return bytes;
}
