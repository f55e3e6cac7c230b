import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { Credentials } from '../registry/credentials.ts';
import { RegistrySession, type RegistryOptions } from '../registry/session.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { chainIds, type Digest } from '../store/digest.ts';
import type { LayerStore } from '../store/layer-store.ts';
import type { Lease } from '../store/leases.ts';
import { recordOf, type ImageRecord } from './catalog.ts';
import { EMPTY_LAYER } from './commit.ts';
import type { Compression } from './compression.ts';
import { parseImageDocument, type HistoryEntry, type ImageConfig } from './config.ts';
import type { ImportParts } from './import.ts';
import type { LayerTask, LayerTree } from './installer.ts';
import { MEDIA_TYPES, type Descriptor } from './manifest.ts';
import type { Platform } from './platform.ts';
import { compressedBlob, compressedImage, contentOf, pushManifest, sourceRepository } from './push.ts';
import { familiarName, type Reference } from './reference.ts';

/** A layer as it lies in the store. */
export interface StoredLayer {
  readonly diffId: Digest;
  readonly blob: Descriptor;
}

/** A layer that is made. */
export interface NewLayer {
  /** Uncompressed. */
  readonly tar: Readable;
  /** The same files; null when they are only in the archive. */
  readonly tree: LayerTree | null;
}

/** An image to be recorded. */
export interface ImageDraft {
  readonly platform: Platform;
  readonly osVersion: string;
  readonly author: string;
  readonly config: ImageConfig;
  readonly history: readonly HistoryEntry[];
  /** RFC 3339; null for what bears no time. */
  readonly created: string | null;
  /** Lowest first. */
  readonly layers: readonly StoredLayer[];
  readonly references: readonly Reference[];
  /** Manifest and configuration with OCI media types, else Docker's. */
  readonly isOci: boolean;
  /** Annotations of the manifest, which make it an OCI one. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What the build can be resumed from, as BuildKit keeps it in the configuration; null for nothing. */
  readonly inlineCache: Buffer | null;
}

type ContentParts = ImportParts & { readonly layers: LayerStore; readonly registry: RegistryOptions };

/** Where the configuration of an image has what its build can be resumed from. */
export const INLINE_CACHE_FIELD = 'moby.buildkit.cache.v0';

/** The store's layers for those who make images step by step. */
export class ImageContent {
  readonly #parts: ContentParts;
  readonly #leased: <T>(work: (lease: Lease) => Promise<T>) => Promise<T>;
  readonly #announced: (action: string, image: ImageRecord, name: string) => void;

  constructor(
    parts: ContentParts,
    leased: <T>(work: (lease: Lease) => Promise<T>) => Promise<T>,
    announced: (action: string, image: ImageRecord, name: string) => void,
  ) {
    this.#parts = parts;
    this.#leased = leased;
    this.#announced = announced;
  }

  /** Runs `work` with a lease on what it brings in; what nothing names when it ended is collected. */
  leased<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    return this.#leased(work);
  }

  /** Layers of an image, lowest first. */
  layersOf(image: ImageRecord): StoredLayer[] {
    return image.document.diffIds.flatMap((diffId, index) => {
      const blob = image.blobs[index];
      return blob === undefined ? [] : [{ diffId, blob }];
    });
  }

  /** Overlay lower directories, topmost first. */
  diffs(layers: readonly StoredLayer[]): string[] {
    return chainIds(layers.map(({ diffId }) => diffId))
      .map((chainId) => this.#parts.layers.diffOf(chainId))
      .reverse();
  }

  /** Whether all these layers are in the store, unpacked and as blobs. */
  has(layers: readonly StoredLayer[]): boolean {
    const { blobs, catalog } = this.#parts;
    return (
      chainIds(layers.map(({ diffId }) => diffId)).every((chainId) => catalog.layer(chainId) !== undefined) &&
      layers.every(({ blob }) => blobs.has(blob.digest))
    );
  }

  /** Bytes of the topmost layer as it lies on disk. */
  sizeOfTop(layers: readonly StoredLayer[]): number {
    const top = chainIds(layers.map(({ diffId }) => diffId)).at(-1);
    return top === undefined ? 0 : (this.#parts.catalog.layer(top)?.size ?? 0);
  }

  /** Keeps layers from being collected. */
  hold(lease: Lease, layers: readonly StoredLayer[]): void {
    lease.add(...chainIds(layers.map(({ diffId }) => diffId)), ...layers.map(({ blob }) => blob.digest));
  }

  /**
   * Stores an uncompressed layer and puts its files on those below: `tree` where they are on disk already, which is moved,
   * else unpacked. Null when there is nothing in it.
   */
  async addLayer(
    { tar, tree }: NewLayer,
    below: readonly StoredLayer[],
    isOci: boolean,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<StoredLayer | null> {
    const { blobs, pipeline } = this.#parts;
    const writePath = blobs.newIngestPath();
    const abort = (): void => {
      tar.destroy(new EngineError('internal', 'context canceled'));
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const run = pipeline.run({ bytes: tar as AsyncIterable<Buffer>, writePath }, null);
      const { blobDigest, blobSize, diffId } = (await run.result).digests;
      signal.throwIfAborted();
      if (diffId === EMPTY_LAYER) {
        await rm(writePath, { force: true });
        return null;
      }
      await blobs.publish(writePath, blobDigest, lease);
      const mediaType = isOci ? MEDIA_TYPES.ociLayer : MEDIA_TYPES.dockerLayer;
      const layer = { diffId, blob: { mediaType, digest: blobDigest, size: blobSize } };
      const added = { ...this.#stored(layer), ...(tree === null ? {} : { tree }) };
      await this.#parts.installer.install([...below.map((one) => this.#stored(one)), added], lease, signal);
      return layer;
    } catch (error) {
      await rm(writePath, { force: true });
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** The layer of this content as it is in the store with some image, if it is. */
  known(diffId: Digest): StoredLayer | null {
    const { blobs, catalog } = this.#parts;
    for (const image of catalog.allImages()) {
      const blob = image.blobs[image.document.diffIds.indexOf(diffId)];
      if (blob !== undefined && blobs.has(blob.digest)) return { diffId, blob };
    }
    return null;
  }

  /** Brings layers into the store, lowest first; `open` gives the bytes of those that are not there. */
  async fetch(
    layers: readonly StoredLayer[],
    open: (blob: Descriptor) => AsyncIterable<Uint8Array>,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<void> {
    const tasks = layers.map(({ diffId, blob }): LayerTask => ({
      diffId,
      blob,
      open: () => open(blob),
      onStep: () => undefined,
    }));
    await this.#parts.installer.install(tasks, lease, signal);
  }

  /** A layer's blob as it travels: one that is stored as it is gets compressed. */
  compressed(blob: Descriptor, lease: Lease, signal: AbortSignal, compression?: Compression): Promise<Descriptor> {
    return compressedBlob(this.#parts.blobs, blob, lease, signal, compression);
  }

  /** An image that was made, with its layers as they travel. */
  compressedImage(
    image: ImageRecord,
    lease: Lease,
    signal: AbortSignal,
    compression?: Compression,
  ): Promise<ImageRecord> {
    return compressedImage(this.#parts.blobs, image, lease, signal, compression);
  }

  /** Blobs, for what belongs to images without being layers. */
  get blobs(): BlobStore {
    return this.#parts.blobs;
  }

  /** A conversation about one repository of a registry. */
  repository(
    { domain, path }: Pick<Reference, 'domain' | 'path'>,
    access: 'pull' | 'pull,push',
    credentials: Credentials,
    signal: AbortSignal,
  ): RegistrySession {
    return new RegistrySession(domain, path, access, credentials, this.#parts.registry, signal);
  }

  /** Sends a manifest or an index with all it leads to. `image`: whose layers may be in the registry already. */
  async push(
    top: Descriptor,
    image: ImageRecord,
    reference: Reference,
    options: { readonly target: string; readonly credentials: Credentials; readonly signal: AbortSignal },
  ): Promise<void> {
    const { blobs, catalog } = this.#parts;
    const session = this.repository(reference, 'pull,push', options.credentials, options.signal);
    await pushManifest(blobs, session, top, options.target, sourceRepository(catalog, image, reference));
  }

  /** Makes sure that layers whose blobs are in the store are unpacked in this order. */
  async assemble(layers: readonly StoredLayer[], lease: Lease, signal: AbortSignal): Promise<void> {
    const tasks = layers.map((layer) => this.#stored(layer));
    await this.#parts.installer.install(tasks, lease, signal);
  }

  #stored({ diffId, blob }: StoredLayer): LayerTask {
    const open = (): never => {
      throw new EngineError('internal', `content ${blob.digest} is not in the store`);
    };
    return { diffId, blob, open, onStep: () => undefined };
  }

  /** Records an image that was made, under its names. */
  async record(image: ImageRecord, references: readonly Reference[]): Promise<ImageRecord> {
    this.#parts.catalog.putImage(image, references);
    await this.#parts.catalog.settled();
    this.announce('create', image, image.id);
    for (const reference of references) this.announce('tag', image, familiarName(reference));
    return image;
  }

  /** Notes that a repository has an image under a digest. */
  async nameDigest(image: ImageRecord, { domain, path }: Reference, digest: Digest): Promise<void> {
    this.#parts.catalog.putImage(image, [{ domain, path, tag: null, digest }]);
    await this.#parts.catalog.settled();
  }

  /** Notes that names of a recorded image stand for an index, with all that it leads to. */
  async putIndex(image: ImageRecord, references: readonly Reference[], top: Descriptor): Promise<void> {
    const { blobs, catalog } = this.#parts;
    const content = await contentOf(blobs, top.digest);
    for (const reference of references) catalog.putIndex(reference, { image: image.id, top, content });
  }

  /** Tells those who listen to events. */
  announce(action: string, image: ImageRecord, name: string): void {
    this.#announced(action, image, name);
  }

  /** Writes configuration and manifest of an image that nothing knows of but who holds the lease. */
  async makeImage(draft: ImageDraft, lease: Lease): Promise<ImageRecord> {
    const { blobs, catalog } = this.#parts;
    const bytes = Buffer.from(JSON.stringify(documentOf(draft)));
    const id = await blobs.write(bytes, lease);
    const isOci = draft.isOci || Object.keys(draft.annotations).length > 0;
    const mediaType = isOci ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.dockerManifest;
    const configType = isOci ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.dockerConfig;
    const layers = draft.layers.map(({ blob }) => (isOci ? asOciLayer(blob) : blob));
    const config = { mediaType: configType, size: bytes.length, digest: id };
    const annotations = Object.keys(draft.annotations).length > 0 ? draft.annotations : undefined;
    const body = { schemaVersion: 2, mediaType, config, layers, annotations };
    const manifest = Buffer.from(JSON.stringify(body));
    const manifestDigest = await blobs.write(manifest, lease);
    const known = catalog.find(id);
    const row = {
      id,
      manifestDigest,
      manifestType: mediaType,
      blobs: layers,
      parent: known?.parent ?? null,
      lastTagged: draft.references.length > 0 ? Date.now() : (known?.lastTagged ?? 0),
      removed: false,
    };
    return recordOf(row, parseImageDocument(bytes), bytes.length);
  }
}

/** The same layer under the OCI's name of its kind. */
function asOciLayer(blob: Descriptor): Descriptor {
  if (blob.mediaType === MEDIA_TYPES.dockerLayer) return { ...blob, mediaType: MEDIA_TYPES.ociLayer };
  if (blob.mediaType === MEDIA_TYPES.dockerLayerGzip) return { ...blob, mediaType: `${MEDIA_TYPES.ociLayer}+gzip` };
  return blob;
}

function documentOf(draft: ImageDraft): object {
  const { platform, osVersion, author, config, history, created, layers, inlineCache } = draft;
  return {
    architecture: platform.architecture,
    ...(platform.variant === '' ? {} : { variant: platform.variant }),
    os: platform.os,
    ...(osVersion === '' ? {} : { 'os.version': osVersion }),
    ...(author === '' ? {} : { author }),
    ...(created === null ? {} : { created }),
    // Docker leaves out a list with nothing in it, such as that of `CMD []`.
    config: Object.fromEntries(
      Object.entries(config).filter(([, value]) => !(Array.isArray(value) && value.length === 0)),
    ),
    history,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    ...(inlineCache === null ? {} : { [INLINE_CACHE_FIELD]: inlineCache.toString('base64') }),
  };
}
