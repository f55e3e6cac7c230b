import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../errors.ts';
import type { Credentials } from '../registry/credentials.ts';
import { cancelled } from '../registry/http.ts';
import { RegistrySession, type RegistryOptions } from '../registry/session.ts';
import { uploadBlob, uploadManifest } from '../registry/upload.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { Digest } from '../store/digest.ts';
import { Slots } from '../store/slots.ts';
import type { Lease } from '../store/leases.ts';
import type { ImageCatalog, ImageRecord } from './catalog.ts';
import { conversion, GZIP, kindOf, typeFor, type Compression } from './compression.ts';
import { MEDIA_TYPES, parseDocument, type Descriptor } from './manifest.ts';
import { LayerProgress, shortId, type OnProgress } from './progress.ts';
import { familiarRepository, type Reference } from './reference.ts';

export interface PushParts {
  readonly blobs: BlobStore;
  readonly catalog: ImageCatalog;
  readonly registry: RegistryOptions;
}

/** What layers became when they were compressed, so that it is done once for all that is pushed of a build. */
const travelling = new WeakMap<BlobStore, Map<string, Descriptor>>();
/** Layers compressed at a time. */
const PARALLEL = 5;

/**
 * Pushes an image under one tag, with what the tag stands for besides. Returns the record as it is now: pushed layers
 * may have been compressed first.
 */
export async function pushImage(
  parts: PushParts,
  image: ImageRecord,
  reference: Reference,
  credentials: Credentials,
  onProgress: OnProgress,
  signal: AbortSignal,
  lease: Lease,
): Promise<ImageRecord> {
  const { blobs } = parts;
  const session = new RegistrySession(
    reference.domain,
    reference.path,
    'pull,push',
    credentials,
    parts.registry,
    signal,
  );
  onProgress({ status: `The push refers to repository [${reference.domain}/${reference.path}]` });
  for (const diffId of image.document.diffIds)
    onProgress({ status: 'Preparing', progressDetail: {}, id: shortId(diffId) });
  const mountFrom = sourceRepository(parts.catalog, image, reference);
  const slots = new Slots(parts.registry.parallelUploads);
  try {
    const pushed = await Promise.all(
      image.blobs.map((blob, index) =>
        slots.run(async () => {
          signal.throwIfAborted();
          const progress = new LayerProgress(onProgress, shortId(image.document.diffIds[index] ?? blob.digest));
          const compressed = await compressedBlob(blobs, blob, lease, signal);
          const file = { ...compressed, path: blobs.pathOf(compressed.digest) };
          const outcome = await uploadBlob(session, file, mountFrom, (sent) => {
            progress.move('Pushing', sent, compressed.size);
          });
          const words = {
            exists: 'Layer already exists',
            mounted: `Mounted from ${mountFrom ?? ''}`,
            pushed: 'Pushed',
          };
          progress.say(words[outcome]);
          return compressed;
        }),
      ),
    );
    const updated = await withBlobs(blobs, image, pushed, lease);
    const index = parts.catalog.indexOf(reference);
    const tag = reference.tag ?? 'latest';
    const top = index?.top ?? { digest: updated.manifestDigest, mediaType: updated.manifestType, size: 0 };
    const size = await pushManifest(blobs, session, top, tag, mountFrom);
    parts.catalog.putImage(updated, [
      { domain: reference.domain, path: reference.path, tag: null, digest: top.digest },
    ]);
    await parts.catalog.settled();
    onProgress({ status: `${tag}: digest: ${top.digest} size: ${size}` });
    onProgress({ progressDetail: {}, aux: { Tag: tag, Digest: top.digest, Size: size } });
    return updated;
  } catch (error) {
    if (signal.aborted) throw cancelled();
    throw denied(error, reference);
  }
}

/**
 * Sends a manifest or an index with everything that it leads to, which is in the store. What is there already is not
 * sent again. Returns its size in bytes.
 */
export async function pushManifest(
  blobs: BlobStore,
  session: RegistrySession,
  { digest, mediaType }: Descriptor,
  target: string,
  mountFrom: string | null,
): Promise<number> {
  const bytes = await blobs.read(digest);
  for (const { descriptor, isManifest } of partsOf(bytes)) {
    if (isManifest) await pushManifest(blobs, session, descriptor, descriptor.digest, mountFrom);
    else
      await uploadBlob(session, { ...descriptor, path: blobs.pathOf(descriptor.digest) }, mountFrom, () => undefined);
  }
  await uploadManifest(session, target, mediaType, bytes);
  return bytes.length;
}

/** What a manifest or an index, which is of this engine's own making or was checked when it came, points at. */
function partsOf(bytes: Buffer): { readonly descriptor: Descriptor; readonly isManifest: boolean }[] {
  const document = parseDocument(bytes, 'the manifest') as {
    readonly manifests?: readonly Descriptor[];
    readonly config?: Descriptor;
    readonly layers?: readonly Descriptor[];
  };
  return [
    ...(document.manifests ?? []).map((descriptor) => ({ descriptor, isManifest: true })),
    ...(document.layers ?? []).map((descriptor) => ({ descriptor, isManifest: false })),
    ...(document.config === undefined ? [] : [{ descriptor: document.config, isManifest: false }]),
  ];
}

/** Digests of everything that a manifest or an index in the store leads to, itself included. */
export async function contentOf(blobs: BlobStore, digest: Digest): Promise<Digest[]> {
  const found: Digest[] = [digest];
  for (const { descriptor, isManifest } of partsOf(await blobs.read(digest)))
    found.push(...(isManifest ? await contentOf(blobs, descriptor.digest) : [descriptor.digest]));
  return [...new Set(found)];
}

function denied(error: unknown, reference: Reference): unknown {
  if (!(error instanceof EngineError) || (error.kind !== 'unauthorized' && error.kind !== 'forbidden')) return error;
  return new EngineError(error.kind, `push access to ${familiarRepository(reference)} denied: ${error.message}`, {
    cause: error,
  });
}

/** Another repository of the same registry that the image came from, whose layers may be mounted. */
export function sourceRepository(catalog: ImageCatalog, image: ImageRecord, reference: Reference): string | null {
  const other = catalog
    .namesOf(image.id)
    .find(
      ({ reference: name, row }) =>
        row.kind === 'digest' && name.domain === reference.domain && name.path !== reference.path,
    );
  return other?.reference.path ?? null;
}

/** The image with all its layers as they travel. */
export async function compressedImage(
  blobs: BlobStore,
  image: ImageRecord,
  lease: Lease,
  signal: AbortSignal,
  compression: Compression = GZIP,
): Promise<ImageRecord> {
  const slots = new Slots(PARALLEL);
  const travelling = image.blobs.map((blob) =>
    slots.run(() => compressedBlob(blobs, blob, lease, signal, compression)),
  );
  return withBlobs(blobs, image, await Promise.all(travelling), lease);
}

/**
 * The blob as it travels: a layer that is stored as it is gets compressed once and is kept that way; one that is
 * compressed stays so, unless another way is forced.
 */
export async function compressedBlob(
  blobs: BlobStore,
  blob: Descriptor,
  lease: Lease,
  signal: AbortSignal,
  compression: Compression = GZIP,
): Promise<Descriptor> {
  const { kind, level, force } = compression;
  const from = kindOf(blob.mediaType);
  if (from === kind || (from !== 'uncompressed' && !force)) return blob;
  const mediaType = typeFor(blob.mediaType, kind);
  const key = `${kind}:${level ?? ''}:${blob.digest}`;
  const known = travelling.get(blobs)?.get(key);
  if (known !== undefined && blobs.has(known.digest)) {
    lease.add(known.digest);
    return { ...known, mediaType };
  }
  const path = blobs.newIngestPath();
  const hash = createHash('sha256');
  let size = 0;
  const meter = new PassThrough();
  meter.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    size += chunk.length;
  });
  try {
    const stored = createReadStream(blobs.pathOf(blob.digest));
    const file = createWriteStream(path, { mode: 0o600 });
    await pipeline([stored, ...conversion(from, compression), meter, file], { signal });
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    const digest: Digest = `sha256:${hash.digest('hex')}`;
    await blobs.publish(path, digest, lease);
    const compressed = { mediaType, digest, size };
    const own = travelling.get(blobs) ?? new Map<string, Descriptor>();
    travelling.set(blobs, own.set(key, compressed));
    return compressed;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** The record with other blobs for the same layers, and the manifest that names them. */
async function withBlobs(
  blobs: BlobStore,
  image: ImageRecord,
  pushed: readonly Descriptor[],
  lease: Lease,
): Promise<ImageRecord> {
  if (pushed.every((blob, index) => blob.digest === image.blobs[index]?.digest)) return image;
  const isOci = image.manifestType === MEDIA_TYPES.ociManifest;
  const config = {
    mediaType: isOci ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.dockerConfig,
    size: image.configSize,
    digest: image.id,
  };
  const { annotations } = parseDocument(await blobs.read(image.manifestDigest), 'the manifest');
  const body = { schemaVersion: 2, mediaType: image.manifestType, config, layers: pushed, annotations };
  const manifestDigest = await blobs.write(Buffer.from(JSON.stringify(body)), lease);
  return { ...image, blobs: pushed, manifestDigest };
}
