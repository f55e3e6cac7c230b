import { EngineError } from '../errors.ts';
import { recordOf, type ImageRecord } from '../images/catalog.ts';
import { parseImageDocument } from '../images/config.ts';
import type { ImageContent, StoredLayer } from '../images/content.ts';
import { parseManifest, type ImageManifest } from '../images/manifest.ts';
import { choosePlatform, formatPlatform, type Platform } from '../images/platform.ts';
import { parseDigest } from '../store/digest.ts';
import type { Lease } from '../store/leases.ts';
import type { ClientContent } from './cache/remote/blob-places.ts';
import type { CacheOptions } from './cache/remote/cache-options.ts';

/** What stands before the store and the digest of an image in an OCI layout of the client. */
export const LAYOUT_PREFIX = 'oci-layout://';

interface LayoutContext {
  readonly content: ImageContent;
  /** The client's own content; null when it offers none. */
  readonly client: CacheOptions['client'];
  /** Covers what is brought in: no name leads to it. */
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/**
 * The image that `oci-layout://STORE[:TAG]@DIGEST` means, whatever its tag: a directory of the client that holds an OCI image layout, read through
 * its session. Throws `invalid`, `not-found`.
 */
export async function layoutImage(address: string, platform: Platform, context: LayoutContext): Promise<ImageRecord> {
  const { content, client, lease, signal } = context;
  const [, name = '', digest] = /^oci-layout:\/\/(.+?)(?::[\w][\w.-]*)?@([^@]+)$/s.exec(address) ?? [];
  if (digest === undefined)
    throw new EngineError('invalid', `invalid OCI layout ${JSON.stringify(address)}: it needs a digest`);
  if (client === null) throw new EngineError('invalid', 'an OCI layout needs a client that offers its content');
  const store = client(`oci:${name}`);
  const { manifest, bytes } = await manifestOf(store, await read(store, digest, signal), platform, signal);
  const config = await read(store, manifest.config.digest, signal);
  const document = parseImageDocument(config);
  if (document.diffIds.length !== manifest.layers.length)
    throw new EngineError('invalid', 'the manifest and the image configuration differ in their number of layers');
  const layers = document.diffIds.flatMap((diffId, index): StoredLayer[] => {
    const blob = manifest.layers[index];
    return blob === undefined ? [] : [{ diffId, blob }];
  });
  await content.fetch(layers, (blob) => store.open(blob, signal), lease, signal);
  const id = await content.blobs.write(config, lease);
  const row = {
    id,
    manifestDigest: await content.blobs.write(bytes, lease),
    manifestType: manifest.mediaType,
    blobs: manifest.layers,
    parent: null,
    lastTagged: 0,
    removed: false,
  };
  return recordOf(row, document, config.length);
}

function read(store: ClientContent, digest: string, signal: AbortSignal): Promise<Buffer> {
  return store.read(parseDigest(digest, 'the OCI layout'), signal);
}

/** A manifest, or that for a platform of an index. */
async function manifestOf(
  store: ClientContent,
  bytes: Buffer,
  platform: Platform,
  signal: AbortSignal,
  isNested = false,
): Promise<{ readonly manifest: ImageManifest; readonly bytes: Buffer }> {
  const parsed = parseManifest(bytes, '');
  if (parsed.kind === 'manifest') return { manifest: parsed, bytes };
  const chosen = isNested ? undefined : choosePlatform(parsed.manifests, platform);
  if (chosen === undefined)
    throw new EngineError('not-found', `the OCI layout has no image for ${formatPlatform(platform)}`);
  return manifestOf(store, await read(store, chosen.digest, signal), platform, signal, true);
}
