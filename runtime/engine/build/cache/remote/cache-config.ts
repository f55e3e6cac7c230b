import { EngineError } from '../../../errors.ts';
import type { StoredLayer } from '../../../images/content.ts';
import { isObject, LAYER_COUNT_MAX, type Descriptor } from '../../../images/manifest.ts';
import { isDigest, parseDigest, type Digest } from '../../../store/digest.ts';
import type { CachedStep } from '../records.ts';

/** Media type of a cache's configuration, as BuildKit has it. */
export const CACHE_CONFIG_TYPE = 'application/vnd.buildkit.cacheconfig.v0';

/** A step's result in a cache that is elsewhere. */
export interface RemoteStep {
  /** As it will be in the cache here; its layers may not be. */
  readonly step: CachedStep;
  /** Definitions from which its key is found without looking at contents. */
  readonly aliases: readonly string[];
}

/** One layer of a cache (BuildKit's `CacheLayer`). */
interface LayerEntry {
  readonly blob: Digest;
  readonly parent: number;
  readonly annotations: {
    readonly mediaType: string;
    readonly diffID: Digest;
    readonly size: number;
  };
}

/** One result of a cache (BuildKit's `CacheRecord`), with what this engine needs besides under `berth`. */
interface RecordEntry {
  readonly digest: Digest;
  readonly chains: readonly { readonly layers: readonly number[]; readonly createdAt: string }[];
  readonly berth: {
    readonly title: string;
    readonly type: CachedStep['type'];
    readonly hasLayer: boolean;
    readonly aliases: readonly string[];
  };
}

/** More results than any build has; a longer list is an attack on the memory. */
const RECORDS_MAX = 20_000;
const KEY = /^[0-9a-f]{64}$/;

/** A whole cache: its layers, and the results that are made of them. */
export function encodeCache(steps: readonly RemoteStep[], layers: readonly StoredLayer[]): Buffer {
  const entries = layers.map(({ diffId, blob }): LayerEntry => ({
    blob: blob.digest,
    parent: -1,
    annotations: { mediaType: blob.mediaType, diffID: diffId, size: blob.size },
  }));
  return Buffer.from(JSON.stringify({ layers: entries, records: recordsOf(steps, layers) }));
}

/** Those results that are made of an image's own layers, to be put into its configuration. */
export function encodeInlineCache(steps: readonly RemoteStep[], layers: readonly StoredLayer[]): Buffer {
  return Buffer.from(JSON.stringify(recordsOf(steps, layers)));
}

function recordsOf(steps: readonly RemoteStep[], layers: readonly StoredLayer[]): RecordEntry[] {
  const places = new Map(layers.map(({ diffId }, index) => [diffId, index]));
  return steps.flatMap(({ step, aliases }): RecordEntry[] => {
    const indexes = step.layers.map(({ diffId }) => places.get(diffId) ?? -1);
    if (indexes.includes(-1)) return [];
    const { description, type, hasLayer, created } = step;
    return [
      {
        digest: `sha256:${step.key}`,
        chains: [{ layers: indexes, createdAt: created }],
        berth: { title: description, type, hasLayer, aliases },
      },
    ];
  });
}

/** Reads what `encodeCache` wrote. Throws `invalid`. */
export function decodeCache(bytes: Uint8Array): RemoteStep[] {
  const document = parse(bytes);
  if (!isObject(document)) throw malformed();
  const { layers } = document;
  if (!Array.isArray(layers)) throw malformed();
  return decodeRecords(document['records'], layers.map(layerOf));
}

/** Reads what `encodeInlineCache` wrote, of an image with these layers. Throws `invalid`. */
export function decodeInlineCache(bytes: Uint8Array, layers: readonly StoredLayer[]): RemoteStep[] {
  return decodeRecords(parse(bytes), layers);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as unknown;
  } catch (error) {
    throw new EngineError('invalid', 'the build cache is not valid JSON', { cause: error });
  }
}

function layerOf(entry: unknown): StoredLayer {
  const annotations: unknown = isObject(entry) ? entry['annotations'] : null;
  if (!isObject(entry) || !isObject(annotations)) throw malformed();
  const { mediaType, diffID, size } = annotations;
  if (typeof mediaType !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw malformed();
  const blob: Descriptor = { mediaType, size, digest: parseDigest(entry['blob'], 'a layer of the build cache') };
  return { diffId: parseDigest(diffID, 'a layer of the build cache'), blob };
}

/** Results that this engine can use; those of BuildKit itself, whose keys are others, are left out. */
function decodeRecords(value: unknown, layers: readonly StoredLayer[]): RemoteStep[] {
  if (!Array.isArray(value) || value.length > RECORDS_MAX) throw malformed();
  return value.flatMap((record: unknown): RemoteStep[] => {
    const own: unknown = isObject(record) ? record['berth'] : undefined;
    if (!isObject(record) || !isObject(own)) return [];
    const [chain] = Array.isArray(record['chains']) ? (record['chains'] as unknown[]) : [];
    const { digest } = record;
    if (!isObject(chain) || !isDigest(digest)) throw malformed();
    const indexes: unknown = chain['layers'];
    if (!Array.isArray(indexes) || indexes.length > LAYER_COUNT_MAX) throw malformed();
    const { createdAt } = chain;
    const aliases = Array.isArray(own['aliases']) ? own['aliases'] : [];
    return [
      {
        step: {
          key: digest.slice('sha256:'.length),
          layers: indexes.map((index: unknown) => layers[typeof index === 'number' ? index : -1] ?? fail()),
          type: own['type'] === 'source.local' ? 'source.local' : 'regular',
          description: typeof own['title'] === 'string' ? own['title'] : '',
          size: 0,
          created: timeOf(createdAt),
          hasLayer: own['hasLayer'] === true,
        },
        aliases: aliases.filter((alias): alias is string => typeof alias === 'string' && KEY.test(alias)),
      },
    ];
  });
}

/** A time of a cache, which goes into the history of images: no other text does. */
function timeOf(value: unknown): string {
  if (typeof value !== 'string' || value.length > 40 || Number.isNaN(Date.parse(value))) throw malformed();
  return value;
}

function malformed(): EngineError {
  return new EngineError('invalid', 'the build cache is malformed');
}

function fail(): never {
  throw malformed();
}
