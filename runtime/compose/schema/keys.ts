import type * as z from 'zod';
import { model } from './top.ts';

/** What may be written at a place in a Compose file. */
export interface ComposeKeys {
  /** Keys of a mapping; `*` stands for names of a person's choice. */
  readonly keys?: Readonly<Record<string, ComposeKeys>>;
  /** What an entry of a list may be. */
  readonly each?: ComposeKeys;
  /** Values of which there are only a few. */
  readonly values?: readonly string[];
}

/** What is read before the rest is checked, and texts of which there are only a few, by their places. */
const MORE: Readonly<Record<string, ComposeKeys>> = {
  include: { each: { keys: { path: {}, project_directory: {}, env_file: {} } } },
  'services.*.extends': { keys: { file: {}, service: {} } },
  'services.*.network_mode': { values: ['bridge', 'host', 'none'] },
  'services.*.pull_policy': {
    values: ['always', 'missing', 'never', 'build', 'if_not_present', 'refresh', 'daily', 'weekly'],
  },
  'services.*.restart': { values: ['no', 'always', 'on-failure', 'unless-stopped'] },
  'services.*.deploy.restart_policy.condition': { values: ['none', 'on-failure', 'any'] },
  'services.*.logging.driver': { values: ['json-file', 'local', 'none'] },
  'networks.*.driver': { values: ['bridge', 'macvlan', 'ipvlan'] },
  'services.*.volumes.[].bind.propagation': {
    values: ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'],
  },
};

let known: ComposeKeys | null = null;

/** Everything that may be written in a Compose file, by the schema that checks it. */
export function composeKeys(): ComposeKeys {
  known ??= withMore(keysOf(model), MORE);
  return known;
}

/** The mappings and lists that a schema takes; what it makes of them does not matter. */
function keysOf(schema: z.core.$ZodType): ComposeKeys {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return { keys: Object.fromEntries(Object.entries(def.shape).map(([key, one]) => [key, keysOf(one)])) };
    case 'record':
      return { keys: { '*': keysOf(def.valueType) } };
    case 'array':
      return { each: keysOf(def.element) };
    case 'optional':
    case 'nullable':
    case 'default':
      return keysOf(def.innerType);
    case 'pipe':
      return keysOf(def.in);
    case 'enum':
      return { values: Object.values(def.entries).map(String) };
    case 'literal':
      return { values: def.values.map(String) };
    case 'union':
      return ofUnion(def.options);
    default:
      return {};
  }
}

function ofUnion(options: readonly z.core.$ZodType[]): ComposeKeys {
  const types = options.map((one) => one._zod.def.type);
  // True or false as YAML has it, or in a text.
  if (types.includes('boolean') && !types.includes('number')) return { values: ['true', 'false'] };
  return options.map(keysOf).reduce(merged, {});
}

function merged(one: ComposeKeys, other: ComposeKeys): ComposeKeys {
  const keys = one.keys === undefined ? other.keys : { ...one.keys, ...other.keys };
  const each = one.each ?? other.each;
  const values = [...(one.values ?? []), ...(other.values ?? [])];
  return {
    ...(keys === undefined ? {} : { keys }),
    ...(each === undefined ? {} : { each }),
    ...(values.length === 0 ? {} : { values }),
  };
}

/** With further keys at their places (`services.*.volumes.[]`). */
function withMore(root: ComposeKeys, more: Readonly<Record<string, ComposeKeys>>): ComposeKeys {
  let result = root;
  for (const [place, what] of Object.entries(more)) result = put(result, place.split('.'), what);
  return result;
}

function put(node: ComposeKeys, [first, ...rest]: readonly string[], what: ComposeKeys): ComposeKeys {
  if (first === undefined) return merged(node, what);
  if (first === '[]') return { ...node, each: put(node.each ?? {}, rest, what) };
  return { ...node, keys: { ...node.keys, [first]: put(node.keys?.[first] ?? {}, rest, what) } };
}
