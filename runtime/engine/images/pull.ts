import { EngineError, messageOf } from '../errors.ts';
import { fetchBlob, fetchManifest, fetchSmallBlob, type FetchedManifest } from '../registry/content.ts';
import { ANONYMOUS, type Credentials } from '../registry/credentials.ts';
import { RegistrySession, type RegistryOptions } from '../registry/session.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { Lease } from '../store/leases.ts';
import { recordOf, type ImageCatalog, type ImageRecord } from './catalog.ts';
import { parseImageDocument } from './config.ts';
import type { LayerInstaller, LayerTask } from './installer.ts';
import { parseManifest, type ImageManifest } from './manifest.ts';
import { choosePlatform, formatPlatform, type Platform } from './platform.ts';
import { LayerProgress, shortId, type OnProgress } from './progress.ts';
import { familiarName, familiarRepository, type Reference } from './reference.ts';

/** What a pull works with. */
export interface PullParts {
  readonly blobs: BlobStore;
  readonly catalog: ImageCatalog;
  readonly installer: LayerInstaller;
  readonly registry: RegistryOptions;
}

/** What is pulled, for whom. `reference` has a tag or a digest. */
export interface PullRequest {
  readonly reference: Reference;
  readonly platform: Platform;
  /** Whether the caller asked for that platform, so that nothing else will do. */
  readonly platformAsked: boolean;
  readonly credentials: Credentials;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Pulls one image and records it under its name. The lease covers what is on the way. */
export async function pullImage(parts: PullParts, request: PullRequest, lease: Lease): Promise<ImageRecord> {
  const { reference, onProgress, signal } = request;
  const { domain, path } = reference;
  const target = reference.digest ?? reference.tag ?? 'latest';
  const { session, top } = await findTop(parts, request, target);
  onProgress({ status: `Pulling from ${path}`, id: target });
  const { manifest, fetched } = await chooseManifest(session, top, request);

  lease.add(manifest.config.digest, fetched.digest);
  const known = parts.catalog.find(manifest.config.digest);
  // It must not go away while its new name is on the way.
  if (known !== undefined) lease.add(known.manifestDigest, ...known.chain, ...known.blobs.map(({ digest }) => digest));
  const config = parts.blobs.has(manifest.config.digest)
    ? await parts.blobs.read(manifest.config.digest)
    : await fetchSmallBlob(session, manifest.config.digest, manifest.config.size);
  const document = parseImageDocument(config);
  if (document.diffIds.length !== manifest.layers.length)
    throw new EngineError('invalid', 'the manifest and the image configuration differ in their number of layers');

  const tasks = manifest.layers.map((blob, index): LayerTask => {
    const diffId = document.diffIds[index];
    if (diffId === undefined) throw new EngineError('internal', 'a layer has no diff id');
    return { diffId, blob, open: () => fetchBlob(session, blob.digest, blob.size), onStep: steps(onProgress, blob) };
  });
  // Loaded or pulled under another name, perhaps with its layers compressed otherwise: all that is new is the name.
  const whole = known !== undefined && isWhole(parts, known) ? known : null;
  if (whole === null) await parts.installer.install(tasks, lease, signal);
  else for (const task of tasks) task.onStep({ step: 'exists' });
  await parts.blobs.write(fetched.bytes, lease);
  await parts.blobs.write(config, lease);
  signal.throwIfAborted();

  const isNew = known === undefined || known.removed || parts.catalog.findName(reference)?.row.image !== known.id;
  const image = recordOf(
    {
      id: manifest.config.digest,
      manifestDigest: whole?.manifestDigest ?? fetched.digest,
      manifestType: whole?.manifestType ?? manifest.mediaType,
      blobs: whole?.blobs ?? manifest.layers,
      parent: known?.parent ?? null,
      lastTagged: known?.lastTagged ?? 0,
      removed: false,
    },
    document,
    config.length,
  );
  const names: Reference[] = [{ domain, path, tag: null, digest: top.digest }];
  if (reference.tag !== null && reference.digest === null)
    names.push({ domain, path, tag: reference.tag, digest: null });
  parts.catalog.putImage(image, names);
  await parts.catalog.settled();
  onProgress({ status: `Digest: ${top.digest}` });
  const verdict = isNew ? 'Downloaded newer image for' : 'Image is up to date for';
  onProgress({ status: `Status: ${verdict} ${familiarName(reference)}` });
  return image;
}

function isWhole({ blobs, catalog }: PullParts, image: ImageRecord): boolean {
  const isUnpacked = image.chain.every((chainId) => catalog.layer(chainId) !== undefined);
  return isUnpacked && blobs.has(image.manifestDigest) && image.blobs.every(({ digest }) => blobs.has(digest));
}

/**
 * Where the image is: the first mirror that has it, if it is one of Docker Hub's, else its own registry. A mirror gets
 * no password of the registry's.
 */
async function findTop(
  { registry }: PullParts,
  { reference, credentials, signal, onProgress }: PullRequest,
  target: string,
): Promise<{ session: RegistrySession; top: FetchedManifest }> {
  const { domain, path } = reference;
  for (const mirror of domain === 'docker.io' ? registry.mirrors : []) {
    // The next one is at hand: no second try, and no long wait.
    const options = { ...registry, retries: 0 };
    const session = new RegistrySession(domain, path, 'pull', ANONYMOUS, options, signal, mirror);
    try {
      const top = await fetchManifest(session, target);
      return { session: new RegistrySession(domain, path, 'pull', ANONYMOUS, registry, signal, mirror), top };
    } catch (error) {
      if (signal.aborted) throw error;
      onProgress({ status: `Mirror ${mirror.host} cannot give it: ${messageOf(error)}` });
    }
  }
  const session = new RegistrySession(domain, path, 'pull', credentials, registry, signal);
  return { session, top: await fetchTop(session, reference, target) };
}

async function fetchTop(session: RegistrySession, reference: Reference, target: string): Promise<FetchedManifest> {
  try {
    return await fetchManifest(session, target);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.kind === 'not-found')
      throw new EngineError('not-found', `manifest for ${familiarName(reference)} not found: ${reason(error)}`);
    if (error.kind === 'unauthorized' || error.kind === 'forbidden')
      throw new EngineError(
        'not-found',
        `pull access denied for ${familiarRepository(reference)}, repository does not exist or may require 'docker login': ${reason(error)}`,
      );
    throw error;
  }
}

function reason(error: EngineError): string {
  return error.message.replace(/^manifest: /, '');
}

async function chooseManifest(
  session: RegistrySession,
  top: FetchedManifest,
  request: PullRequest,
): Promise<{ manifest: ImageManifest; fetched: FetchedManifest }> {
  const parsed = parseManifest(top.bytes, top.contentType);
  if (parsed.kind === 'manifest') return { manifest: parsed, fetched: top };
  const chosen = choosePlatform(parsed.manifests, request.platform);
  if (chosen === undefined)
    throw new EngineError(
      'not-found',
      `no matching manifest for ${formatPlatform(request.platform)} in the manifest list entries`,
    );
  const fetched = await fetchManifest(session, chosen.digest);
  const manifest = parseManifest(fetched.bytes, fetched.contentType);
  if (manifest.kind !== 'manifest') throw new EngineError('invalid', 'the index names another index');
  return { manifest, fetched };
}

/** Docker's words for the steps of a layer. */
function steps(onProgress: OnProgress, blob: { readonly digest: string; readonly size: number }): LayerTask['onStep'] {
  const progress = new LayerProgress(onProgress, shortId(blob.digest));
  return (step) => {
    switch (step.step) {
      case 'exists':
        progress.say('Already exists');
        break;
      case 'waiting':
        progress.say('Pulling fs layer');
        break;
      case 'downloading':
        progress.move('Downloading', step.bytes, blob.size);
        break;
      case 'verifying':
        progress.say('Verifying Checksum');
        break;
      case 'downloaded':
        progress.say('Download complete');
        break;
      case 'extracting':
        progress.move('Extracting', step.bytes, blob.size);
        break;
      case 'complete':
        progress.say('Pull complete');
        break;
    }
  };
}
