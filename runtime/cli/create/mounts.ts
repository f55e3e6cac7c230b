import { resolve } from 'node:path';
import { FlagError, UsageError } from '../flags/flags.ts';
import { commaFields, pair } from '../../common/fields.ts';
import { parseBytes } from '../units.ts';

type Json = Record<string, unknown>;

interface MountDraft {
  mount: Json;
  BindOptions: Json;
  VolumeOptions: Json & {
    Labels?: Record<string, string>;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
  TmpfsOptions: Json;
  ImageOptions: Json;
}

/** Sets what one field says. The value of a switch is 'true' when it stands alone. */
type FieldReader = (draft: MountDraft, value: string) => void;

function flag(value: string, name: string): boolean {
  if (!/^(1|t|true|0|f|false)$/i.test(value)) throw new UsageError(`invalid value for ${name}: ${value}`);
  return /^(1|t)/i.test(value);
}

const source: FieldReader = ({ mount }, value) => {
  mount['Source'] = value.startsWith('.') ? resolve(value) : value;
};
const target: FieldReader = ({ mount }, value) => {
  mount['Target'] = value;
};
const readOnly: FieldReader = ({ mount }, value) => {
  mount['ReadOnly'] = flag(value, 'readonly');
};

/** The fields of `--mount`, by name. */
const FIELDS: Readonly<Record<string, FieldReader>> = {
  type: ({ mount }, value) => {
    mount['Type'] = value.toLowerCase();
  },
  source,
  src: source,
  target,
  dst: target,
  destination: target,
  readonly: readOnly,
  ro: readOnly,
  consistency: ({ mount }, value) => {
    mount['Consistency'] = value.toLowerCase();
  },
  'bind-propagation': ({ BindOptions }, value) => {
    BindOptions['Propagation'] = value.toLowerCase();
  },
  'bind-nonrecursive': ({ BindOptions }, value) => {
    BindOptions['NonRecursive'] = flag(value, 'bind-nonrecursive');
  },
  'bind-recursive': ({ BindOptions }, value) => {
    if (value === 'disabled') BindOptions['NonRecursive'] = true;
    else if (value === 'writable') BindOptions['ReadOnlyNonRecursive'] = true;
    else if (value === 'readonly') BindOptions['ReadOnlyForceRecursive'] = true;
    else if (value !== 'enabled')
      throw new UsageError(
        `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
      );
  },
  'bind-create-src': ({ BindOptions }, value) => {
    BindOptions['CreateMountpoint'] = flag(value, 'bind-create-src');
  },
  'volume-nocopy': ({ VolumeOptions }, value) => {
    VolumeOptions['NoCopy'] = flag(value, 'volume-nocopy');
  },
  'volume-subpath': ({ VolumeOptions }, value) => {
    VolumeOptions['Subpath'] = value;
  },
  'volume-label': ({ VolumeOptions }, value) => {
    const [name, text] = pair(value);
    VolumeOptions.Labels = { ...VolumeOptions.Labels, [name]: text };
  },
  'volume-driver': ({ VolumeOptions }, value) => {
    VolumeOptions.DriverConfig = { ...VolumeOptions.DriverConfig, Name: value };
  },
  'volume-opt': ({ VolumeOptions }, value) => {
    const [name, text] = pair(value);
    const { DriverConfig } = VolumeOptions;
    VolumeOptions.DriverConfig = { ...DriverConfig, Options: { ...DriverConfig?.Options, [name]: text } };
  },
  'image-subpath': ({ ImageOptions }, value) => {
    ImageOptions['Subpath'] = value;
  },
  'tmpfs-size': ({ TmpfsOptions }, value) => {
    TmpfsOptions['SizeBytes'] = parseBytes(value);
  },
  'tmpfs-mode': ({ TmpfsOptions }, value) => {
    if (!/^[0-7]+$/.test(value)) throw new UsageError(`invalid value for tmpfs-mode: ${value}`);
    TmpfsOptions['Mode'] = Number.parseInt(value, 8);
  },
};

/** Fields that may stand without a value. */
const SWITCHES = ['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive', 'bind-create-src'];

/** Which options belong to which type of mount. */
const OPTIONS_OF = {
  bind: 'BindOptions',
  volume: 'VolumeOptions',
  tmpfs: 'TmpfsOptions',
  image: 'ImageOptions',
} as const;

/** A `--mount` value as the API's Mount. Throws UsageError. */
export function parseMount(text: string): Json {
  const draft: MountDraft = {
    mount: { Type: 'volume' },
    BindOptions: {},
    VolumeOptions: {},
    TmpfsOptions: {},
    ImageOptions: {},
  };
  for (const field of commaFields(text)) {
    const at = field.indexOf('=');
    const name = (at < 0 ? field : field.slice(0, at)).toLowerCase();
    const reader = FIELDS[name];
    if (at < 0 && !SWITCHES.includes(name)) throw invalid(text, `invalid field '${field}' must be a key=value pair`);
    if (reader === undefined) throw invalid(text, `unexpected key '${name}' in '${field}'`);
    reader(draft, at < 0 ? 'true' : field.slice(at + 1));
  }
  const type = String(draft.mount['Type']);
  if (type === '') throw invalid(text, 'type is required');
  if (draft.mount['Target'] === undefined) throw invalid(text, 'target is required');
  for (const [kind, key] of Object.entries(OPTIONS_OF)) {
    if (Object.keys(draft[key]).length === 0) continue;
    if (kind !== type) throw invalid(text, `cannot mix '${kind}-*' options with mount type '${type}'`);
    draft.mount[key] = kind === 'volume' ? { DriverConfig: {}, ...draft[key] } : draft[key];
  }
  return draft.mount;
}

function invalid(text: string, reason: string): UsageError {
  return new FlagError(`invalid argument "${text}" for "--mount" flag: ${reason}`);
}

/** `-v` values: those with a source, and places for anonymous volumes. Throws UsageError. */
export function volumesOf(entries: readonly string[]): { binds: string[]; volumes: Record<string, object> } {
  for (const entry of entries) {
    if (entry === '') throw new UsageError('invalid empty volume spec');
    if (entry.length > 2 && entry.split(':').includes(''))
      throw new UsageError(`invalid spec: ${entry}: empty section between colons`);
  }
  const binds = entries.filter((entry) => entry.includes(':')).map(absoluteBind);
  const places = entries.filter((entry) => !entry.includes(':'));
  return { binds, volumes: Object.fromEntries(places.map((place) => [place, {}])) };
}

/** A relative source beginning with a dot is a path, as the shell would have it. */
function absoluteBind(bind: string): string {
  return bind.startsWith('.') ? resolve(bind.split(':', 1)[0] ?? '') + bind.slice(bind.indexOf(':')) : bind;
}

/** `--tmpfs PATH[:OPTIONS]` by path. */
export function tmpfsOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf(':');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
