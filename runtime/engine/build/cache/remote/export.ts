import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../../../errors.ts';
import { GZIP, type Compression } from '../../../images/compression.ts';
import type { ImageContent, StoredLayer } from '../../../images/content.ts';
import { MEDIA_TYPES, type Descriptor } from '../../../images/manifest.ts';
import { parseReference, withDefaultTag } from '../../../images/reference.ts';
import type { Credentials } from '../../../registry/credentials.ts';
import { blobExists, uploadBlob, uploadManifest } from '../../../registry/upload.ts';
import { digestOf, type Digest } from '../../../store/digest.ts';
import { Slots } from '../../../store/slots.ts';
import type { Lease } from '../../../store/leases.ts';
import { askedCompression } from '../../export/compression.ts';
import type { BlobTarget } from './blob-places.ts';
import type { CombinedCache } from './build-cache.ts';
import { CACHE_CONFIG_TYPE, encodeCache, encodeInlineCache, type RemoteStep } from './cache-config.ts';
import { flagOf, wantsAll, type CacheRequest } from './cache-options.ts';

/** What a build has to write to caches. */
export interface CacheContent {
  /** Keys of the steps that this build has come upon. */
  readonly keys: Iterable<string>;
  /** The result's layers, lowest first. */
  readonly result: readonly StoredLayer[];
  readonly cache: CombinedCache;
}

export interface ExportContext {
  readonly content: ImageContent;
  readonly credentials: (domain: string) => Credentials | Promise<Credentials>;
  /** The client's own content, for `type=local`; null when it offers none. */
  readonly clientTarget: ((store: string) => BlobTarget) | null;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  /** Told of each part that is written. */
  readonly onPart: (name: string) => void;
}

/** Blobs written at a time, as in a push. */
const PARALLEL = 4;

/** What an image's configuration carries along. */
export function inlineCache({ keys, result, cache }: CacheContent): Buffer {
  return encodeInlineCache(stepsOf(keys, cache), result);
}

/** Writes a cache to where a client wants it. Returns its manifest. Throws `invalid`, and what registries say. */
export async function exportCache(
  request: CacheRequest,
  { keys, result, cache }: CacheContent,
  context: ExportContext,
): Promise<Descriptor> {
  const wanted = wantsAll(request) ? null : new Set(result.map(({ diffId }) => diffId));
  const steps = stepsOf(keys, cache).filter(
    ({ step }) => wanted === null || step.layers.every(({ diffId }) => wanted.has(diffId)),
  );
  const target = await targetOf(request, context);
  const layers = new Map<Digest, StoredLayer>();
  for (const { step } of steps)
    for (const layer of step.layers) if (!layers.has(layer.diffId)) layers.set(layer.diffId, layer);
  const compression = askedCompression(request.attributes) ?? GZIP;
  const slots = new Slots(PARALLEL);
  const written = await Promise.all(
    [...layers.values()].map((layer) => slots.run(() => writeLayer(layer, target, cache, compression, context))),
  );
  const config = await writeBytes(encodeCache(steps, written), CACHE_CONFIG_TYPE, target, context);
  context.onPart(`writing config ${config.digest}`);
  const mediaType = flagOf(request, 'image-manifest', true) ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.ociIndex;
  const blobs = written.map(({ blob }) => blob);
  const parts = mediaType === MEDIA_TYPES.ociManifest ? { config, layers: blobs } : { manifests: [...blobs, config] };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...parts }));
  await target.finish(manifest, mediaType);
  const digest = digestOf(manifest);
  context.onPart(`writing cache manifest ${digest}`);
  return { mediaType, digest, size: manifest.length };
}

function stepsOf(keys: Iterable<string>, cache: CombinedCache): RemoteStep[] {
  return [...new Set(keys)].flatMap((key) => cache.exportable(key) ?? []);
}

async function targetOf(request: CacheRequest, context: ExportContext): Promise<BlobTarget> {
  const { attributes, type } = request;
  if (type === 'local') {
    const target = context.clientTarget?.(`local:${attributes.get('dest') ?? ''}`);
    if (target === undefined) throw new EngineError('invalid', 'a local cache needs a client that offers its content');
    return target;
  }
  if (type !== 'registry') throw new EngineError('invalid', `unknown cache exporter: ${JSON.stringify(type)}`);
  const reference = withDefaultTag(parseReference(attributes.get('ref') ?? ''));
  const credentials = await context.credentials(reference.domain);
  const session = context.content.repository(reference, 'pull,push', credentials, context.signal);
  return {
    has: ({ digest }) => blobExists(session, digest),
    put: async (blob, path) => {
      await uploadBlob(session, { ...blob, path }, null, () => undefined);
    },
    finish: (bytes, mediaType) => uploadManifest(session, reference.tag ?? 'latest', mediaType, bytes),
  };
}

/** A layer as it is in the cache: compressed, and fetched from the cache it came from when it is not here. */
async function writeLayer(
  layer: StoredLayer,
  target: BlobTarget,
  cache: CombinedCache,
  compression: Compression,
  { content, lease, signal, onPart }: ExportContext,
): Promise<StoredLayer> {
  const { blobs } = content;
  signal.throwIfAborted();
  if (blobs.has(layer.blob.digest)) {
    const blob = await content.compressed(layer.blob, lease, signal, compression);
    if (!(await target.has(blob))) await target.put(blob, blobs.pathOf(blob.digest));
    onPart(`writing layer ${blob.digest}`);
    return { ...layer, blob };
  }
  const { blob } = layer;
  onPart(`writing layer ${blob.digest}`);
  if (await target.has(blob)) return layer;
  const bytes = cache.open(blob);
  if (bytes === null) throw new EngineError('internal', `content ${blob.digest} is not in the store`);
  const path = blobs.newIngestPath();
  try {
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }), { signal });
    await target.put(blob, path);
  } finally {
    await rm(path, { force: true });
  }
  return layer;
}

async function writeBytes(
  bytes: Buffer,
  mediaType: string,
  target: BlobTarget,
  { content, lease }: ExportContext,
): Promise<Descriptor> {
  const digest = await content.blobs.write(bytes, lease);
  const blob = { mediaType, digest, size: bytes.length };
  if (!(await target.has(blob))) await target.put(blob, content.blobs.pathOf(digest));
  return blob;
}
