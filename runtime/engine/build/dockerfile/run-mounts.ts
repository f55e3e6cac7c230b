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

const KEYS: Readonly<Record<RunMount['type'], readonly string[]>> = {
  bind: ['target', 'source', 'from', 'readonly', 'readwrite'],
  cache: ['target', 'source', 'from', 'readonly', 'readwrite', 'id', 'sharing', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size'],
  secret: ['target', 'source', 'id', 'required', 'env', 'mode', 'uid', 'gid'],
  ssh: ['target', 'id', 'required', 'mode', 'uid', 'gid'],
};
const ALIASES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

/** Reads the value of a `--mount` flag, its variables already expanded. Throws SyntaxMistake. */
export function parseRunMount(text: string): RunMount {
  const fields = new Map<string, string>();
  const written = new Map<string, string>();
  for (const part of csvFields(text)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    const key = ALIASES[name] ?? name;
    written.set(key, part);
    const isSwitch = ['readonly', 'readwrite', 'required'].includes(key);
    if (equals < 0 && !isSwitch) throw new SyntaxMistake(`invalid field '${part}' must be a key=value pair`);
    fields.set(key, equals < 0 ? 'true' : part.slice(equals + 1));
  }
  const type = fields.get('type') ?? 'bind';
  if (!Object.hasOwn(KEYS, type)) throw new SyntaxMistake(`unsupported mount type ${JSON.stringify(type)}`);
  const known = KEYS[type as RunMount['type']];
  for (const key of fields.keys())
    if (key !== 'type' && !known.includes(key))
      throw new SyntaxMistake(`unexpected key '${key}' in '${written.get(key) ?? key}'${suggestion(key, known)}`);
  return checked(type as RunMount['type'], fields);
}

function checked(type: RunMount['type'], fields: ReadonlyMap<string, string>): RunMount {
  const text = (key: string): string => fields.get(key) ?? '';
  const target = text('target');
  const source = text('source');
  const sharing = fields.get('sharing') ?? 'shared';
  if (sharing !== 'shared' && sharing !== 'private' && sharing !== 'locked')
    throw new SyntaxMistake(`unsupported sharing value ${JSON.stringify(sharing)}`);
  if (target === '' && (type === 'bind' || type === 'cache' || type === 'tmpfs'))
    throw new SyntaxMistake(`target is required for mount of type ${type}`);
  const env = text('env');
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
        : flag(fields, 'readonly', false),
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
  if (!/^\d{1,10}$/.test(value)) throw new SyntaxMistake(`invalid value for ${key}: ${value}`);
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
