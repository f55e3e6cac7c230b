import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { chainIds, type Digest } from '../store/digest.ts';
import type { LayerStore } from '../store/layer-store.ts';
import type { Lease } from '../store/leases.ts';
import { recordOf, type ImageRecord } from './catalog.ts';
import { EMPTY_LAYER } from './commit.ts';
import { parseImageDocument, type HistoryEntry, type ImageConfig } from './config.ts';
import type { ImportParts } from './import.ts';
import type { LayerTask } from './installer.ts';
import { MEDIA_TYPES, type Descriptor } from './manifest.ts';
import type { Platform } from './platform.ts';
import type { Reference } from './reference.ts';
import { saveArchive } from './save.ts';

/** A layer as it lies in the store. */
export interface StoredLayer {
  readonly diffId: Digest;
  readonly blob: Descriptor;
}

/** An image to be recorded. */
export interface ImageDraft {
  readonly platform: Platform;
  readonly osVersion: string;
  readonly author: string;
  readonly config: ImageConfig;
  readonly history: readonly HistoryEntry[];
  /** RFC 3339. */
  readonly created: string;
  /** Lowest first. */
  readonly layers: readonly StoredLayer[];
  readonly references: readonly Reference[];
  /** Manifest and configuration with OCI media types, else Docker's. */
  readonly isOci: boolean;
}

type ContentParts = ImportParts & { readonly layers: LayerStore };

/** The store's layers for those who make images step by step. */
export class ImageContent {
  readonly #parts: ContentParts;
  readonly #leased: <T>(work: (lease: Lease) => Promise<T>) => Promise<T>;
  readonly #tagged: (image: ImageRecord, reference: Reference) => void;

  constructor(
    parts: ContentParts,
    leased: <T>(work: (lease: Lease) => Promise<T>) => Promise<T>,
    tagged: (image: ImageRecord, reference: Reference) => void,
  ) {
    this.#parts = parts;
    this.#leased = leased;
    this.#tagged = tagged;
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

  /** Stores an uncompressed layer and unpacks it on those below; null when there is nothing in it. */
  async addLayer(
    tar: Readable,
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
      const { digests } = pipeline.run({ bytes: tar as AsyncIterable<Buffer>, writePath }, false);
      const { blobDigest, blobSize, diffId } = await digests;
      signal.throwIfAborted();
      if (diffId === EMPTY_LAYER) {
        await rm(writePath, { force: true });
        return null;
      }
      await blobs.publish(writePath, blobDigest, lease);
      const mediaType = isOci ? MEDIA_TYPES.ociLayer : MEDIA_TYPES.dockerLayer;
      const layer = { diffId, blob: { mediaType, digest: blobDigest, size: blobSize } };
      await this.assemble([...below, layer], lease, signal);
      return layer;
    } catch (error) {
      await rm(writePath, { force: true });
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Makes sure that layers whose blobs are in the store are unpacked in this order. */
  async assemble(layers: readonly StoredLayer[], lease: Lease, signal: AbortSignal): Promise<void> {
    const tasks = layers.map(({ diffId, blob }): LayerTask => {
      const open = (): never => {
        throw new EngineError('internal', `content ${blob.digest} is not in the store`);
      };
      return { diffId, blob, open, onStep: () => undefined };
    });
    await this.#parts.installer.install(tasks, lease, signal);
  }

  /** Records an image of layers that are in the store, under its names. */
  async putImage(draft: ImageDraft, lease: Lease): Promise<ImageRecord> {
    const image = await this.makeImage(draft, lease);
    this.#parts.catalog.putImage(image, draft.references);
    for (const reference of draft.references) this.#tagged(image, reference);
    return image;
  }

  /** The archive that `docker save` would write of an image that was made. */
  archive(image: ImageRecord, references: readonly Reference[]): Readable {
    return saveArchive(this.#parts.blobs, [{ image, tags: references }]);
  }

  /** Writes configuration and manifest of an image that nothing knows of but who holds the lease. */
  async makeImage(draft: ImageDraft, lease: Lease): Promise<ImageRecord> {
    const { blobs, catalog } = this.#parts;
    const bytes = Buffer.from(JSON.stringify(documentOf(draft)));
    const id = await blobs.write(bytes, lease);
    const mediaType = draft.isOci ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.dockerManifest;
    const configType = draft.isOci ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.dockerConfig;
    const layers = draft.layers.map(({ blob }) => blob);
    const config = { mediaType: configType, size: bytes.length, digest: id };
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
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

function documentOf({ platform, osVersion, author, config, history, created, layers }: ImageDraft): object {
  return {
    architecture: platform.architecture,
    ...(platform.variant === '' ? {} : { variant: platform.variant }),
    os: platform.os,
    ...(osVersion === '' ? {} : { 'os.version': osVersion }),
    ...(author === '' ? {} : { author }),
    created,
    config,
    history,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  };
}
