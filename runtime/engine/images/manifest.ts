import { EngineError } from '../errors.ts';
import { parseDigest, type Digest } from '../store/digest.ts';
import type { Platform } from './platform.ts';

/** Media types of the OCI image-spec 1.1 and of Docker's image manifest version 2, schema 2. */
export const MEDIA_TYPES = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** Manifests, indexes and configurations over this size are refused, as the distribution spec advises. */
export const DOCUMENT_SIZE_MAX = 4 * 1024 * 1024;
/** overlayfs takes 500 lower directories; the last ones are left to the container. Docker stops at 127. */
export const LAYER_COUNT_MAX = 127;

const LAYER_TYPES =
  /^application\/vnd\.(?:oci\.image\.layer(?:\.nondistributable)?\.v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(?:gzip|zstd))?)$/;

/** A typed, sized, digested pointer to content (OCI image-spec descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly (Descriptor & { readonly platform: Platform })[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object (and no array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses JSON of limited size. Throws `invalid`. */
export function parseDocument(bytes: Uint8Array, what: string): JsonObject {
  if (bytes.byteLength > DOCUMENT_SIZE_MAX)
    throw new EngineError('invalid', `${what} is larger than ${DOCUMENT_SIZE_MAX} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new EngineError('invalid', `${what} is not valid JSON`, { cause: error });
  }
  if (!isObject(value)) throw new EngineError('invalid', `${what} is not a JSON object`);
  return value;
}

function parseDescriptor(value: unknown, what: string): Descriptor {
  if (!isObject(value)) throw new EngineError('invalid', `${what} is missing or malformed`);
  const { mediaType, digest, size } = value;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new EngineError('invalid', `${what} has an invalid size`);
  return { mediaType: typeof mediaType === 'string' ? mediaType : '', digest: parseDigest(digest, what), size };
}

/**
 * Parses and checks a manifest or an index. `contentType` is what the sender called it, '' when unknown; it, the
 * document's own `mediaType` and its shape must agree, so that no two readers can take it for different things
 * (CVE-2021-41190).
 */
export function parseManifest(bytes: Uint8Array, contentType: string): ImageManifest | ImageIndex {
  const document = parseDocument(bytes, 'the manifest');
  const declared = document['mediaType'];
  if (document['schemaVersion'] !== 2)
    throw new EngineError('invalid', 'the manifest is of an old schema version that is no longer supported');
  if (declared !== undefined && typeof declared !== 'string')
    throw new EngineError('invalid', 'the manifest has a malformed mediaType');
  const hasLayers = document['layers'] !== undefined || document['config'] !== undefined;
  const hasManifests = document['manifests'] !== undefined;
  if (hasLayers === hasManifests)
    throw new EngineError('invalid', 'the manifest is neither clearly an image nor clearly an index');
  const fallback = hasManifests ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
  const sent = contentType.split(';')[0]?.trim() ?? '';
  // Some servers know no better than JSON; that says nothing against the document's own word.
  const generic = sent === '' || sent === 'application/json' || sent === 'text/plain' || sent.endsWith('octet-stream');
  const mediaType = declared ?? (generic ? fallback : sent);
  if (!generic && sent !== mediaType)
    throw new EngineError('invalid', `the manifest was sent as ${sent} but says that it is ${mediaType}`);
  const allowed: readonly string[] = hasManifests
    ? [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerList]
    : [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];
  if (!allowed.includes(mediaType))
    throw new EngineError('invalid', `the manifest has the unsupported media type ${mediaType.slice(0, 100)}`);
  return hasManifests ? parseIndex(document, mediaType) : parseImage(document, mediaType);
}

function parseIndex(document: JsonObject, mediaType: string): ImageIndex {
  const { manifests } = document;
  if (!Array.isArray(manifests)) throw new EngineError('invalid', 'the index has no list of manifests');
  return {
    kind: 'index',
    mediaType,
    manifests: manifests.map((entry: unknown) => {
      const descriptor = parseDescriptor(entry, 'an entry of the index');
      const platform = isObject(entry) && isObject(entry['platform']) ? entry['platform'] : {};
      const text = (key: string): string => {
        const value = platform[key];
        return typeof value === 'string' ? value : '';
      };
      const parsed = { os: text('os'), architecture: text('architecture'), variant: text('variant') };
      const osVersion = text('os.version');
      return { ...descriptor, platform: osVersion === '' ? parsed : { ...parsed, osVersion } };
    }),
  };
}

function parseImage(document: JsonObject, mediaType: string): ImageManifest {
  const { layers } = document;
  if (!Array.isArray(layers)) throw new EngineError('invalid', 'the manifest has no list of layers');
  if (layers.length > LAYER_COUNT_MAX)
    throw new EngineError('invalid', `the image has ${layers.length} layers; at most ${LAYER_COUNT_MAX} are supported`);
  const config = parseDescriptor(document['config'], 'the image configuration');
  const configTypes: readonly string[] = [MEDIA_TYPES.ociConfig, MEDIA_TYPES.dockerConfig, '', 'application/json'];
  if (!configTypes.includes(config.mediaType) && !config.mediaType.endsWith('octet-stream'))
    throw new EngineError(
      'invalid',
      `this is no container image: its configuration is ${config.mediaType.slice(0, 100)}`,
    );
  if (config.size > DOCUMENT_SIZE_MAX)
    throw new EngineError('invalid', `the image configuration is larger than ${DOCUMENT_SIZE_MAX} bytes`);
  return {
    kind: 'manifest',
    mediaType,
    config,
    layers: layers.map((entry: unknown, index) => {
      const layer = parseDescriptor(entry, `layer ${index + 1}`);
      if (!LAYER_TYPES.test(layer.mediaType))
        throw new EngineError(
          'invalid',
          `layer ${index + 1} has the unsupported type ${layer.mediaType.slice(0, 100)}`,
        );
      return layer;
    }),
  };
}
