import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { Digest } from '../store/digest.ts';
import type { Lease } from '../store/leases.ts';
import { recordOf, type ImageRecord } from './catalog.ts';
import { parseImageDocument, type HistoryEntry, type ImageConfig } from './config.ts';
import type { ImportParts } from './import.ts';
import type { LayerTask } from './installer.ts';
import { MEDIA_TYPES, type Descriptor } from './manifest.ts';
import type { Reference } from './reference.ts';
import { crashPoint } from '../system/crash-points.ts';

export interface LayerCommit {
  readonly reference: Reference | null;
  /** All settings of the new image. */
  readonly config: ImageConfig;
  readonly comment: string;
  readonly author: string;
  /** The command that made the layer, for the history. */
  readonly command: string;
  readonly signal: AbortSignal;
}

/** Digest of an archive with no entries: such a layer is left out, as Docker does. */
export const EMPTY_LAYER = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/** Makes an image of `base` and one more layer, an uncompressed archive. */
export async function commitLayer(
  parts: ImportParts,
  base: ImageRecord,
  layer: Readable,
  request: LayerCommit,
  lease: Lease,
): Promise<ImageRecord> {
  const { blobs } = parts;
  const isOci = base.manifestType === MEDIA_TYPES.ociManifest;
  const writePath = blobs.newIngestPath();
  const abort = (): void => {
    layer.destroy(new EngineError('internal', 'context canceled'));
  };
  request.signal.addEventListener('abort', abort, { once: true });
  try {
    const run = parts.pipeline.run({ bytes: layer as AsyncIterable<Buffer>, writePath }, null);
    const { blobDigest, blobSize, diffId } = (await run.result).digests;
    request.signal.throwIfAborted();
    const mediaType = isOci ? MEDIA_TYPES.ociLayer : MEDIA_TYPES.dockerLayer;
    const added = diffId === EMPTY_LAYER ? [] : [{ diffId, blob: { mediaType, digest: blobDigest, size: blobSize } }];
    if (added.length === 0) {
      await rm(writePath, { force: true });
    } else {
      await blobs.publish(writePath, blobDigest, lease);
    }
    const below = base.document.diffIds.flatMap((id, index) => {
      const blob = base.blobs[index];
      return blob === undefined ? [] : [{ diffId: id, blob }];
    });
    const layers = [...below, ...added];
    await parts.installer.install(layers.map(presentTask), lease, request.signal);
    crashPoint('commit-layer-stored');
    return await record(parts, base, layers, added.length === 0, request, lease);
  } catch (error) {
    await rm(writePath, { force: true });
    throw error;
  } finally {
    request.signal.removeEventListener('abort', abort);
  }
}

/** A layer whose blob is in the store already. */
function presentTask({ diffId, blob }: { diffId: Digest; blob: Descriptor }): LayerTask {
  const open = (): never => {
    throw new EngineError('internal', `content ${blob.digest} is not in the store`);
  };
  return { diffId, blob, open, onStep: () => undefined };
}

async function record(
  { blobs, catalog }: ImportParts,
  base: ImageRecord,
  layers: readonly { diffId: Digest; blob: Descriptor }[],
  isEmpty: boolean,
  request: LayerCommit,
  lease: Lease,
): Promise<ImageRecord> {
  const { document } = base;
  const isOci = base.manifestType === MEDIA_TYPES.ociManifest;
  const created = new Date().toISOString();
  const step: HistoryEntry = {
    created,
    created_by: request.command,
    ...(request.author === '' ? {} : { author: request.author }),
    ...(request.comment === '' ? {} : { comment: request.comment }),
    ...(isEmpty ? { empty_layer: true } : {}),
  };
  const bytes = Buffer.from(
    JSON.stringify({
      architecture: document.architecture,
      ...(document.variant === '' ? {} : { variant: document.variant }),
      os: document.os,
      ...(document.osVersion === '' ? {} : { 'os.version': document.osVersion }),
      ...(request.author === '' ? {} : { author: request.author }),
      ...(request.comment === '' ? {} : { comment: request.comment }),
      created,
      config: request.config,
      history: [...document.history, step],
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  const id = await blobs.write(bytes, lease);
  const mediaType = isOci ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.dockerManifest;
  const configType = isOci ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.dockerConfig;
  const blobList = layers.map(({ blob }) => blob);
  const config = { mediaType: configType, size: bytes.length, digest: id };
  const body = { schemaVersion: 2, mediaType, config, layers: blobList };
  const manifestDigest = await blobs.write(Buffer.from(JSON.stringify(body)), lease);
  const row = {
    id,
    manifestDigest,
    manifestType: mediaType,
    blobs: blobList,
    parent: base.id,
    lastTagged: request.reference === null ? 0 : Date.now(),
    removed: false,
  };
  const image = recordOf(row, parseImageDocument(bytes), bytes.length);
  catalog.putImage(image, request.reference === null ? [] : [request.reference]);
  await catalog.settled();
  return image;
}
