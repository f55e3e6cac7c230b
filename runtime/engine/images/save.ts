import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import tar from 'tar-stream';
import { EngineError } from '../errors.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { hexOf, type Digest } from '../store/digest.ts';
import type { ImageRecord } from './catalog.ts';
import { MEDIA_TYPES, type Descriptor } from './manifest.ts';
import { familiarName, familiarRepository, type Reference } from './reference.ts';

/** An image to save, with the tags that were asked for. */
export interface SavedImage {
  readonly image: ImageRecord;
  readonly tags: readonly Reference[];
}

/** What is older than every image, so that saving twice gives the same bytes. */
const EPOCH = new Date(0);

/**
 * An archive that is both an OCI layout and a `docker save` archive, as Docker writes since version 25: blobs once, and
 * index.json, manifest.json and repositories that point at them.
 */
export function saveArchive(blobs: BlobStore, images: readonly SavedImage[]): Readable {
  return bundleArchive(blobs, { images, index: null });
}

/** Images that belong together, and the index that says so. */
export interface SavedBundle {
  readonly images: readonly SavedImage[];
  /** The index, and the blobs that it leads to besides the images; null where each stands for itself. */
  readonly index: { readonly top: Descriptor; readonly further: readonly Descriptor[] } | null;
}

/** As `saveArchive`; what has an index of its own is an OCI layout only, which names it. */
export function bundleArchive(blobs: BlobStore, bundle: SavedBundle): Readable {
  const pack = tar.pack();
  // Whoever reads it is told. Nobody may read it any more: its taker has failed, and what it names is gone.
  pack.on('error', () => undefined);
  writeArchive(pack, blobs, bundle).then(
    () => {
      pack.finalize();
    },
    (error: unknown) => {
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
    },
  );
  return pack as unknown as Readable;
}

async function writeArchive(pack: tar.Pack, blobs: BlobStore, { images, index }: SavedBundle): Promise<void> {
  const written = new Set<Digest>();
  await addDirectory(pack, 'blobs/');
  await addDirectory(pack, 'blobs/sha256/');
  for (const { image } of images) {
    for (const digest of [image.manifestDigest, image.id, ...image.blobs.map((blob) => blob.digest)]) {
      if (written.has(digest)) continue;
      written.add(digest);
      await addBlob(pack, blobs, digest, createdAt(image));
    }
  }
  for (const { digest } of index?.further ?? []) {
    if (written.has(digest)) continue;
    written.add(digest);
    await addBlob(pack, blobs, digest, EPOCH);
  }
  if (index !== null) {
    const tags = images[0]?.tags ?? [];
    await addFile(pack, 'index.json', indexOfEntries(namedEntries({ ...index.top }, tags)));
    await addFile(pack, 'oci-layout', { imageLayoutVersion: '1.0.0' });
    return;
  }
  const sizes = new Map<Digest, number>();
  for (const { image } of images) sizes.set(image.manifestDigest, await blobs.sizeOf(image.manifestDigest));
  await addFile(pack, 'index.json', indexOf(images, sizes));
  await addFile(pack, 'manifest.json', manifestOf(images));
  await addFile(pack, 'oci-layout', { imageLayoutVersion: '1.0.0' });
  const repositories = repositoriesOf(images);
  if (Object.keys(repositories).length > 0) await addFile(pack, 'repositories', repositories);
}

const pathOf = (digest: Digest): string => `blobs/sha256/${hexOf(digest)}`;

function indexOf(images: readonly SavedImage[], sizes: ReadonlyMap<Digest, number>): object {
  const manifests = images.flatMap(({ image, tags }) => {
    const { architecture, os, variant } = image.document;
    const platform = { architecture, os, ...(variant === '' ? {} : { variant }) };
    const descriptor = {
      mediaType: image.manifestType,
      digest: image.manifestDigest,
      size: sizes.get(image.manifestDigest) ?? 0,
      platform,
    };
    return namedEntries(descriptor, tags);
  });
  return indexOfEntries(manifests);
}

function indexOfEntries(manifests: readonly object[]): object {
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
}

/** An entry of an index for each name, or one without. */
function namedEntries(descriptor: object, tags: readonly Reference[]): object[] {
  if (tags.length === 0) return [descriptor];
  return tags.map((tag) => ({
    ...descriptor,
    annotations: {
      'io.containerd.image.name': `${tag.domain}/${tag.path}:${tag.tag ?? 'latest'}`,
      'org.opencontainers.image.ref.name': tag.tag ?? 'latest',
    },
  }));
}

function manifestOf(images: readonly SavedImage[]): object {
  const saved = new Set(images.map(({ image }) => image.id));
  return images.map(({ image, tags }) => ({
    Config: pathOf(image.id),
    RepoTags: tags.length === 0 ? null : tags.map(familiarName),
    Layers: image.blobs.map(({ digest }) => pathOf(digest)),
    ...(image.parent !== null && saved.has(image.parent) ? { Parent: image.parent } : {}),
  }));
}

function repositoriesOf(images: readonly SavedImage[]): Record<string, Record<string, string>> {
  const repositories: Record<string, Record<string, string>> = {};
  for (const { image, tags } of images) {
    const top = image.chain.at(-1) ?? image.id;
    for (const tag of tags) (repositories[familiarRepository(tag)] ??= {})[tag.tag ?? 'latest'] = hexOf(top);
  }
  return repositories;
}

function addFile(pack: tar.Pack, name: string, value: object): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(value));
  return new Promise((resolve, reject) => {
    pack.entry({ name, size: bytes.length, mode: 0o644, mtime: EPOCH }, bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function addDirectory(pack: tar.Pack, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry({ name, type: 'directory', mode: 0o755, mtime: EPOCH }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** When an image was made: what is of it bears that time, as in Docker's archives. */
function createdAt({ document }: ImageRecord): Date {
  const time = Date.parse(document.created ?? '');
  return Number.isNaN(time) ? EPOCH : new Date(time);
}

async function addBlob(pack: tar.Pack, blobs: BlobStore, digest: Digest, mtime: Date): Promise<void> {
  if (!blobs.has(digest)) throw new EngineError('internal', `content ${digest} is not in the store`);
  const entry = pack.entry({ name: pathOf(digest), size: await blobs.sizeOf(digest), mode: 0o644, mtime });
  await pipeline(
    createReadStream(blobs.pathOf(digest), { highWaterMark: 256 * 1024 }),
    entry as unknown as NodeJS.WritableStream,
  );
}
