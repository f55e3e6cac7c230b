import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { compressionOf, decompressed, peeked } from '../store/decompress.ts';
import type { LayerPipeline } from '../store/layer-pipeline.ts';
import type { Lease } from '../store/leases.ts';
import { recordOf, type ImageCatalog, type ImageRecord } from './catalog.ts';
import { applyChanges } from './changes.ts';
import { parseImageDocument, type ImageConfig } from './config.ts';
import type { LayerInstaller } from './installer.ts';
import { MEDIA_TYPES } from './manifest.ts';
import type { Platform } from './platform.ts';
import type { Reference } from './reference.ts';

export interface ImportParts {
  readonly blobs: BlobStore;
  readonly catalog: ImageCatalog;
  readonly installer: LayerInstaller;
  readonly pipeline: LayerPipeline;
}

export interface ImportRequest {
  readonly reference: Reference | null;
  /** Where the archive comes from, for the comment: `-` for the client, else an address. */
  readonly source: string;
  readonly platform: Platform;
  readonly message: string;
  /** Dockerfile instructions (`docker import --change`). */
  readonly changes: readonly string[];
  readonly signal: AbortSignal;
}

/** An archive as a layer travels, plain or by gzip: of another compression it comes plain. */
async function asLayer(stream: Readable): Promise<Readable> {
  const { head, whole } = await peeked(stream as AsyncIterable<Buffer>);
  const compression = compressionOf(head);
  return compression === 'gzip' ? whole : decompressed(whole, compression);
}

/** Makes an image of one layer from a root filesystem archive, of any compression. */
export async function importImage(
  parts: ImportParts,
  stream: Readable,
  request: ImportRequest,
  lease: Lease,
): Promise<ImageRecord> {
  if (request.platform.os !== 'linux') throw new EngineError('invalid', 'operating system is not supported');
  const config: ImageConfig = applyChanges({}, request.changes);
  const { blobs } = parts;
  const writePath = blobs.newIngestPath();
  const abort = (): void => {
    stream.destroy(new EngineError('internal', 'context canceled'));
  };
  request.signal.addEventListener('abort', abort, { once: true });
  try {
    const layer = await asLayer(stream);
    const run = parts.pipeline.run({ bytes: layer as AsyncIterable<Buffer>, writePath }, null);
    const { blobDigest, blobSize, diffId } = (await run.result).digests;
    request.signal.throwIfAborted();
    await blobs.publish(writePath, blobDigest, lease);
    const isPlain = blobDigest === diffId;
    const mediaType = isPlain ? MEDIA_TYPES.dockerLayer : MEDIA_TYPES.dockerLayerGzip;
    const blob = { mediaType, digest: blobDigest, size: blobSize };
    const open = (): never => {
      throw new EngineError('internal', `content ${blobDigest} is not in the store`);
    };
    await parts.installer.install([{ diffId, blob, open, onStep: () => undefined }], lease, request.signal);

    const created = new Date().toISOString();
    const comment = request.message === '' ? `Imported from ${request.source}` : request.message;
    const bytes = Buffer.from(
      JSON.stringify({
        architecture: request.platform.architecture,
        ...(request.platform.variant === '' ? {} : { variant: request.platform.variant }),
        os: request.platform.os,
        comment,
        created,
        config,
        history: [{ created, comment }],
        rootfs: { type: 'layers', diff_ids: [diffId] },
      }),
    );
    const id = await blobs.write(bytes, lease);
    const descriptor = { mediaType: MEDIA_TYPES.dockerConfig, size: bytes.length, digest: id };
    const body = { schemaVersion: 2, mediaType: MEDIA_TYPES.dockerManifest, config: descriptor, layers: [blob] };
    const manifestDigest = await blobs.write(Buffer.from(JSON.stringify(body)), lease);
    const row = {
      id,
      manifestDigest,
      manifestType: MEDIA_TYPES.dockerManifest,
      blobs: [blob],
      parent: null,
      lastTagged: request.reference === null ? 0 : Date.now(),
      removed: false,
    };
    const image = recordOf(row, parseImageDocument(bytes), bytes.length);
    parts.catalog.putImage(image, request.reference === null ? [] : [request.reference]);
    await parts.catalog.settled();
    return image;
  } catch (error) {
    await rm(writePath, { force: true });
    throw error;
  } finally {
    request.signal.removeEventListener('abort', abort);
  }
}
