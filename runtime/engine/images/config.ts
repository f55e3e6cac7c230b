import { EngineError } from '../errors.ts';
import { parseDigest, type Digest } from '../store/digest.ts';
import { LAYER_COUNT_MAX, isObject, parseDocument } from './manifest.ts';

/** One step of an image's history (OCI image-spec config.md). */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** Settings that a container takes over, as Docker and the OCI image-spec name them. */
export interface ImageConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly StopTimeout?: number;
  readonly ArgsEscaped?: boolean;
  readonly Healthcheck?: Readonly<Record<string, unknown>>;
  readonly OnBuild?: readonly string[];
  readonly Shell?: readonly string[];
}

/** An image's configuration document. */
export interface ImageDocument {
  readonly architecture: string;
  readonly variant: string;
  readonly os: string;
  readonly osVersion: string;
  readonly created: string | null;
  readonly author: string;
  readonly comment: string;
  readonly dockerVersion: string;
  readonly config: ImageConfig;
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryEntry[];
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isTextList: Check = (value) => Array.isArray(value) && value.every(isText);
const isSet: Check = (value) => isObject(value) && Object.values(value).every((entry) => isObject(entry));
const isTextMap: Check = (value) => isObject(value) && Object.values(value).every(isText);

const FIELDS: Readonly<Record<keyof ImageConfig, Check>> = {
  User: isText,
  ExposedPorts: isSet,
  Env: isTextList,
  Entrypoint: isTextList,
  Cmd: isTextList,
  Volumes: isSet,
  WorkingDir: isText,
  Labels: isTextMap,
  StopSignal: isText,
  StopTimeout: (value) => typeof value === 'number',
  ArgsEscaped: (value) => typeof value === 'boolean',
  Healthcheck: isObject,
  OnBuild: isTextList,
  Shell: isTextList,
};

/** Parses and checks an image's configuration. Throws `invalid`. */
export function parseImageDocument(bytes: Uint8Array): ImageDocument {
  const document = parseDocument(bytes, 'the image configuration');
  const text = (key: string): string => {
    const value = document[key];
    return typeof value === 'string' ? value : '';
  };
  const rootfs = document['rootfs'];
  if (!isObject(rootfs) || rootfs['type'] !== 'layers')
    throw new EngineError('invalid', 'the image configuration has no root filesystem of type "layers"');
  const diffIds = rootfs['diff_ids'] ?? [];
  if (!Array.isArray(diffIds) || diffIds.length > LAYER_COUNT_MAX)
    throw new EngineError('invalid', `the image configuration lists no layers or more than ${LAYER_COUNT_MAX}`);
  return {
    architecture: text('architecture'),
    variant: text('variant'),
    os: text('os') === '' ? 'linux' : text('os'),
    osVersion: text('os.version'),
    created: text('created') === '' ? null : text('created'),
    author: text('author'),
    comment: text('comment'),
    dockerVersion: text('docker_version'),
    config: parseConfig(document['config']),
    diffIds: diffIds.map((digest: unknown) => parseDigest(digest, 'a layer of the image configuration')),
    history: parseHistory(document['history']),
  };
}

function parseConfig(value: unknown): ImageConfig {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new EngineError('invalid', 'the image configuration has a malformed "config"');
  const config: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(FIELDS)) {
    const field = value[name];
    if (field === undefined || field === null) continue;
    if (!check(field)) throw new EngineError('invalid', `the image configuration has a malformed "${name}"`);
    config[name] = field;
  }
  return config;
}

function parseHistory(value: unknown): HistoryEntry[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new EngineError('invalid', 'the image configuration has a malformed history');
  return value.filter(isObject).map((entry) => {
    const clean: { -readonly [Key in keyof HistoryEntry]: HistoryEntry[Key] } = {};
    for (const key of ['created', 'created_by', 'author', 'comment'] as const) {
      const text = entry[key];
      if (typeof text === 'string') clean[key] = text;
    }
    if (entry['empty_layer'] === true) clean.empty_layer = true;
    return clean;
  });
}
