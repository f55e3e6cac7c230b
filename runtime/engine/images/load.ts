import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { digestOf, isDigest, hexOf, type Digest } from '../store/digest.ts';
import type { Lease } from '../store/leases.ts';
import { cleanName, readSpooled, spoolArchive, type SpooledArchive, type SpooledFile } from './archive-load.ts';
import { recordOf, type ImageCatalog, type ImageRecord } from './catalog.ts';
import { parseImageDocument, type ImageDocument } from './config.ts';
import type { LayerInstaller, LayerTask } from './installer.ts';
import { isObject, MEDIA_TYPES, parseManifest, type Descriptor, type ImageManifest } from './manifest.ts';
import { choosePlatform, formatPlatform, type Platform } from './platform.ts';
import { LayerProgress, shortId, type OnProgress } from './progress.ts';
import { familiarName, parseReference, withDefaultTag, type Reference } from './reference.ts';

export interface LoadParts {
  readonly blobs: BlobStore;
  readonly catalog: ImageCatalog;
  readonly installer: LayerInstaller;
}

/** An image found in an archive. */
interface FoundImage {
  readonly config: Buffer;
  readonly document: ImageDocument;
  readonly manifest: ImageManifest;
  readonly manifestBytes: Buffer;
  /** Files of the layers, in the order of the manifest. */
  readonly layers: readonly SpooledFile[];
  readonly names: readonly Reference[];
  /** The image that it was made of, where that is in the archive, too. */
  readonly parent: Digest | null;
}

/**
 * Loads every image of a `docker save` archive (manifest.json) or, when there is no such file, of an OCI layout
 * (index.json), under the names the archive gives them.
 */
export async function loadArchive(
  parts: LoadParts,
  stream: Readable,
  platform: Platform,
  onProgress: OnProgress,
  signal: AbortSignal,
  lease: Lease,
): Promise<ImageRecord[]> {
  const archive = await spoolArchive(stream, parts.blobs, signal);
  try {
    const found = archive.files.has('manifest.json')
      ? await findDockerImages(archive)
      : await findOciImages(archive, platform);
    const images: ImageRecord[] = [];
    for (const image of found) images.push(await installImage(parts, image, onProgress, signal, lease));
    return images;
  } finally {
    await archive.dispose();
  }
}

function fileOf(archive: SpooledArchive, name: string, what: string): SpooledFile {
  const file = archive.files.get(cleanName(name));
  if (file === undefined)
    throw new EngineError('invalid', `the archive lacks ${what} ${JSON.stringify(name.slice(0, 200))}`);
  return file;
}

function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new EngineError('invalid', `${what} of the archive is not valid JSON`, { cause: error });
  }
}

function textList(value: unknown, what: string): string[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
    throw new EngineError('invalid', `manifest.json of the archive has malformed ${what}`);
  return value;
}

async function findDockerImages(archive: SpooledArchive): Promise<FoundImage[]> {
  const entries = parseJson(
    await readSpooled(fileOf(archive, 'manifest.json', 'the file'), 'manifest.json'),
    'manifest.json',
  );
  if (!Array.isArray(entries)) throw new EngineError('invalid', 'manifest.json of the archive is not a list');
  const images: (FoundImage & { readonly claim: unknown })[] = [];
  for (const entry of entries as unknown[]) {
    if (!isObject(entry) || typeof entry['Config'] !== 'string')
      throw new EngineError('invalid', 'manifest.json of the archive names no configuration');
    const config = await readSpooled(fileOf(archive, entry['Config'], 'the configuration'), 'the image configuration');
    const document = parseImageDocument(config);
    const layers = textList(entry['Layers'], 'layers').map((name) => fileOf(archive, name, 'the layer'));
    if (layers.length !== document.diffIds.length)
      throw new EngineError(
        'invalid',
        `invalid manifest, layers length mismatch: expected ${layers.length}, got ${document.diffIds.length}`,
      );
    const names = textList(entry['RepoTags'], 'tags').map((name) => withDefaultTag(parseReference(name)));
    const manifest = (await layoutManifest(archive, config, layers)) ?? manifestFor(config, layers, document);
    images.push({ config, document, layers, names, parent: null, claim: entry['Parent'], ...manifest });
  }
  const documents = new Map(images.map((image) => [digestOf(image.config), image.document]));
  return images.map(({ claim, ...image }) => ({ ...image, parent: parentOf(claim, image.document, documents) }));
}

/** The parent that an archive claims for an image: its layers are the image's first, and it was made in fewer steps. */
function parentOf(
  claim: unknown,
  { diffIds, history }: ImageDocument,
  documents: ReadonlyMap<Digest, ImageDocument>,
): Digest | null {
  const parent = isDigest(claim) ? documents.get(claim) : undefined;
  const isBase =
    parent !== undefined &&
    (parent.diffIds.length < diffIds.length || parent.history.length < history.length) &&
    parent.diffIds.every((diffId, at) => diffId === diffIds[at]);
  return isDigest(claim) && isBase ? claim : null;
}

/** The registry manifest that a newer archive (both forms in one) holds for an image, so that its digest is kept. */
async function layoutManifest(
  archive: SpooledArchive,
  config: Buffer,
  layers: readonly SpooledFile[],
): Promise<{ manifest: ImageManifest; manifestBytes: Buffer } | null> {
  const file = archive.files.get('index.json');
  const index = file === undefined ? null : await layoutDocument(file);
  if (index?.kind !== 'index') return null;
  const id = digestOf(config);
  for (const { digest } of index.manifests) {
    const found = archive.files.get(`blobs/sha256/${hexOf(digest)}`);
    if (found === undefined || found.digest !== digest) continue;
    const manifest = await layoutDocument(found);
    if (manifest?.kind !== 'manifest' || manifest.config.digest !== id) continue;
    const manifestBytes = await readSpooled(found, 'a manifest');
    const isSame =
      manifest.layers.length === layers.length &&
      manifest.layers.every((layer, position) => layer.digest === layers[position]?.digest);
    if (isSame) return { manifest, manifestBytes };
  }
  return null;
}

/** A document of the layout, or null: where it is wrong, or for other readers, manifest.json is enough. */
async function layoutDocument(file: SpooledFile): Promise<ReturnType<typeof parseManifest> | null> {
  try {
    return parseManifest(await readSpooled(file, 'a document of the layout'), '');
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'invalid') return null;
    throw error;
  }
}

/** A manifest for an image that came without one. Same image, same bytes. */
function manifestFor(
  config: Buffer,
  layers: readonly SpooledFile[],
  document: ImageDocument,
): { manifest: ImageManifest; manifestBytes: Buffer } {
  const descriptor = { mediaType: MEDIA_TYPES.dockerConfig, size: config.length, digest: digestOf(config) };
  const blobs = layers.map((file, index): Descriptor => {
    const isPlain = file.digest === document.diffIds[index];
    const mediaType = isPlain ? MEDIA_TYPES.dockerLayer : MEDIA_TYPES.dockerLayerGzip;
    return { mediaType, size: file.size, digest: file.digest };
  });
  const body = { schemaVersion: 2, mediaType: MEDIA_TYPES.dockerManifest, config: descriptor, layers: blobs };
  return {
    manifest: { kind: 'manifest', mediaType: MEDIA_TYPES.dockerManifest, config: descriptor, layers: blobs },
    manifestBytes: Buffer.from(JSON.stringify(body)),
  };
}

/** An index may name indexes (buildx does so once); deeper nesting is refused. */
const INDEX_DEPTH_MAX = 3;

async function findOciImages(archive: SpooledArchive, platform: Platform): Promise<FoundImage[]> {
  if (!archive.files.has('index.json'))
    throw new EngineError('invalid', 'the archive is no image archive: it has neither manifest.json nor index.json');
  const bytes = await readSpooled(fileOf(archive, 'index.json', 'the file'), 'index.json');
  const index = parseManifest(bytes, '');
  if (index.kind !== 'index') throw new EngineError('invalid', 'index.json of the archive is not an index');
  const raw = parseJson(bytes, 'index.json');
  const annotated: unknown[] = isObject(raw) && Array.isArray(raw['manifests']) ? raw['manifests'] : [];
  const images: FoundImage[] = [];
  for (const [position, descriptor] of index.manifests.entries()) {
    const image = await findOciImage(archive, descriptor.digest, platform, 0);
    if (image === null) continue;
    images.push({ ...image, names: annotatedNames(annotated[position]), parent: null });
  }
  if (images.length === 0)
    throw new EngineError('not-found', `the archive holds no image for ${formatPlatform(platform)}`);
  return images;
}

/** containerd's annotation holds a whole name; the OCI one may hold a whole name or a mere tag, which names nothing. */
function annotatedNames(entry: unknown): Reference[] {
  const annotations = isObject(entry) && isObject(entry['annotations']) ? entry['annotations'] : {};
  for (const key of ['io.containerd.image.name', 'org.opencontainers.image.ref.name']) {
    const name = annotations[key];
    if (typeof name !== 'string' || name === '') continue;
    if (key.startsWith('org.') && !/[/:]/.test(name)) continue;
    return [withDefaultTag(parseReference(name))];
  }
  return [];
}

async function findOciImage(
  archive: SpooledArchive,
  digest: Digest,
  platform: Platform,
  depth: number,
): Promise<Omit<FoundImage, 'names' | 'parent'> | null> {
  if (depth > INDEX_DEPTH_MAX) throw new EngineError('invalid', 'the indexes of the archive are nested too deep');
  const file = blobOf(archive, digest, 'the manifest');
  const manifestBytes = await readSpooled(file, 'a manifest');
  const manifest = parseManifest(manifestBytes, '');
  if (manifest.kind === 'index') {
    const chosen = choosePlatform(manifest.manifests, platform);
    return chosen === undefined ? null : findOciImage(archive, chosen.digest, platform, depth + 1);
  }
  const config = await readSpooled(
    blobOf(archive, manifest.config.digest, 'the configuration'),
    'the image configuration',
  );
  const document = parseImageDocument(config);
  if (document.diffIds.length !== manifest.layers.length)
    throw new EngineError('invalid', 'the manifest and the image configuration differ in their number of layers');
  const layers = manifest.layers.map((layer) => blobOf(archive, layer.digest, 'the layer'));
  return { manifest, manifestBytes, config, document, layers };
}

function blobOf(archive: SpooledArchive, digest: Digest, what: string): SpooledFile {
  const file = fileOf(archive, `blobs/sha256/${hexOf(digest)}`, what);
  if (file.digest !== digest)
    throw new EngineError('invalid', `the archive's content for ${digest} does not match its digest`);
  return file;
}

async function installImage(
  parts: LoadParts,
  found: FoundImage,
  onProgress: OnProgress,
  signal: AbortSignal,
  lease: Lease,
): Promise<ImageRecord> {
  const { manifest, document } = found;
  const id = digestOf(found.config);
  lease.add(id, digestOf(found.manifestBytes), ...manifest.layers.map(({ digest }) => digest));
  for (const file of found.layers) await publishOnce(parts.blobs, file, lease);
  const tasks = manifest.layers.map((blob, index): LayerTask => {
    const diffId = document.diffIds[index];
    if (!isDigest(diffId)) throw new EngineError('internal', 'a layer has no diff id');
    const progress = new LayerProgress(onProgress, shortId(diffId));
    return {
      diffId,
      blob,
      open: () => {
        throw new EngineError('internal', 'the layer of an archive is not in the store');
      },
      onStep: (step) => {
        if (step.step === 'extracting') progress.move('Loading layer', step.bytes, blob.size);
      },
    };
  });
  await parts.installer.install(tasks, lease, signal);
  await parts.blobs.write(found.config, lease);
  const manifestDigest = await parts.blobs.write(found.manifestBytes, lease);
  const known = parts.catalog.find(id);
  const image = recordOf(
    {
      id,
      manifestDigest: known?.manifestDigest ?? manifestDigest,
      manifestType: known?.manifestType ?? manifest.mediaType,
      blobs: known?.blobs ?? manifest.layers,
      parent: known?.parent ?? found.parent,
      lastTagged: known?.lastTagged ?? 0,
      removed: false,
    },
    document,
    found.config.length,
  );
  for (const name of found.names) {
    const former = parts.catalog.findName(name)?.row.image;
    if (former !== undefined && former !== id)
      onProgress({
        stream: `The image ${familiarName(name)} already exists, renaming the old one with ID ${former} to empty string\n`,
      });
  }
  parts.catalog.putImage(image, found.names);
  await parts.catalog.settled();
  for (const name of found.names) onProgress({ stream: `Loaded image: ${familiarName(name)}\n` });
  if (found.names.length === 0) onProgress({ stream: `Loaded image ID: ${id}\n` });
  return image;
}

/** Several images of an archive may share a layer file. */
async function publishOnce(blobs: BlobStore, file: SpooledFile, lease: Lease): Promise<void> {
  if (!blobs.has(file.digest)) await blobs.publish(file.path, file.digest, lease);
}
