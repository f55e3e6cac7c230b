import { EngineError } from '../../../errors.ts';
import { parseImageDocument } from '../../../images/config.ts';
import { INLINE_CACHE_FIELD, type ImageContent, type StoredLayer } from '../../../images/content.ts';
import type { ImageStore } from '../../../images/image-store.ts';
import { isObject, parseDocument, parseManifest, type Descriptor } from '../../../images/manifest.ts';
import { choosePlatform, type Platform } from '../../../images/platform.ts';
import { parseReference, withDefaultTag } from '../../../images/reference.ts';
import { fetchBlob, fetchManifest, fetchSmallBlob } from '../../../registry/content.ts';
import type { Credentials } from '../../../registry/credentials.ts';
import type { RegistrySession } from '../../../registry/session.ts';
import { parseDigest, type Digest } from '../../../store/digest.ts';
import type { BlobSource, ClientContent } from './blob-places.ts';
import { CACHE_CONFIG_TYPE, decodeCache, decodeInlineCache, type RemoteStep } from './cache-config.ts';
import type { CacheRequest } from './cache-options.ts';

/** A cache that was read: its results by key, and where their layers are. */
export interface RemoteCache {
  readonly steps: readonly RemoteStep[];
  readonly blobs: BlobSource;
}

export interface ImportContext {
  readonly images: ImageStore;
  readonly platform: Platform;
  readonly credentials: (domain: string) => Credentials | Promise<Credentials>;
  /** The client's own content, for `type=local`; null when it offers none. */
  readonly clientContent: ((store: string) => ClientContent) | null;
  readonly signal: AbortSignal;
}

/** Bytes; a cache of some thousand results has one megabyte. */
const CONFIG_SIZE_MAX = 32 * 1024 * 1024;

/** Reads a cache that a client names. Throws `invalid`, `not-found` and what registries say. */
export async function importCache(request: CacheRequest, context: ImportContext): Promise<RemoteCache> {
  const { type, attributes } = request;
  if (type === 'registry') return importFromRegistry(attributes.get('ref') ?? '', context);
  if (type !== 'local') throw new EngineError('invalid', `unknown cache importer: ${JSON.stringify(type)}`);
  const digest = parseDigest(attributes.get('digest'), 'local cache importer');
  const store = context.clientContent?.(`local:${attributes.get('src') ?? ''}`);
  if (store === undefined) throw new EngineError('invalid', 'a local cache needs a client that offers its content');
  const { signal } = context;
  const found = await readCache(await store.read(digest, signal), '', {
    platform: context.platform,
    manifest: async (one) => ({ bytes: await store.read(one, signal), contentType: '' }),
    blob: ({ digest: one }) => store.read(one, signal),
  });
  return { steps: found, blobs: store };
}

/** An image of the engine's own with an inline cache comes first, as in Docker; then the registry. */
async function importFromRegistry(name: string, context: ImportContext): Promise<RemoteCache> {
  const reference = withDefaultTag(parseReference(name));
  const own = await importOwnImage(name, context);
  if (own !== null) return own;
  const { images, signal, platform } = context;
  const credentials = await context.credentials(reference.domain);
  const session = images.content.repository(reference, 'pull', credentials, signal);
  const top = await fetchManifest(session, reference.digest ?? reference.tag ?? 'latest');
  const steps = await readCache(top.bytes, top.contentType, {
    platform,
    manifest: (digest) => fetchManifest(session, digest),
    blob: (blob) => fetchSmallBlob(session, blob.digest, blob.size),
  });
  return { steps, blobs: registryBlobs(session) };
}

function registryBlobs(session: RegistrySession): BlobSource {
  return { open: (blob) => fetchBlob(session, blob.digest, blob.size) };
}

async function importOwnImage(name: string, { images }: ImportContext): Promise<RemoteCache | null> {
  let image;
  try {
    image = images.resolve(name);
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'not-found') return null;
    throw error;
  }
  const { content } = images;
  const steps = inlineSteps(await content.blobs.read(image.id), content.layersOf(image));
  const open = (): never => {
    throw new EngineError('internal', `the image ${name} is gone`);
  };
  return steps === null ? null : { steps, blobs: { open } };
}

/** How the parts of a cache are fetched. */
interface Parts {
  readonly platform: Platform;
  readonly manifest: (digest: Digest) => Promise<{ readonly bytes: Buffer; readonly contentType: string }>;
  readonly blob: (blob: Descriptor) => Promise<Buffer>;
}

/** The results that a manifest or an index leads to: those of a cache, or those that an image carries along. */
async function readCache(bytes: Buffer, contentType: string, parts: Parts): Promise<readonly RemoteStep[]> {
  const config = cacheConfig(bytes);
  if (config !== null) {
    if (config.size > CONFIG_SIZE_MAX) throw new EngineError('invalid', 'the configuration of the cache is too large');
    return decodeCache(await parts.blob(config));
  }
  const parsed = parseManifest(bytes, contentType);
  if (parsed.kind === 'index') {
    const chosen = choosePlatform(parsed.manifests, parts.platform);
    if (chosen === undefined) return [];
    const { bytes: inner, contentType: innerType } = await parts.manifest(chosen.digest);
    return cacheConfig(inner) === null && parseManifest(inner, innerType).kind === 'index'
      ? []
      : readCache(inner, innerType, parts);
  }
  const document = await parts.blob(parsed.config);
  const { diffIds } = parseImageDocument(document);
  const layers = diffIds.flatMap((diffId, index): StoredLayer[] => {
    const blob = parsed.layers[index];
    return blob === undefined ? [] : [{ diffId, blob }];
  });
  return inlineSteps(document, layers) ?? [];
}

function inlineSteps(document: Buffer, layers: readonly StoredLayer[]): readonly RemoteStep[] | null {
  const text = parseDocument(document, 'the image configuration')[INLINE_CACHE_FIELD];
  return typeof text === 'string' ? decodeInlineCache(Buffer.from(text, 'base64'), layers) : null;
}

/** The configuration that a cache's manifest, or its index in the older form, names; null for an image. */
function cacheConfig(bytes: Buffer): Descriptor | null {
  const document = parseDocument(bytes, 'the manifest of the cache');
  const { manifests, config } = document;
  const candidates: unknown[] = Array.isArray(manifests) ? manifests : [config];
  const found = candidates.find((one) => isObject(one) && one['mediaType'] === CACHE_CONFIG_TYPE);
  if (!isObject(found)) return null;
  const { digest, size } = found;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new EngineError('invalid', 'the configuration of the cache has an invalid size');
  return { mediaType: CACHE_CONFIG_TYPE, digest: parseDigest(digest, 'the configuration of the cache'), size };
}

/** Layers of a result as they are best had: those that some image here has are not fetched again. */
export function nearestLayers(content: ImageContent, layers: readonly StoredLayer[]): StoredLayer[] {
  return layers.map((layer) => content.known(layer.diffId) ?? layer);
}
