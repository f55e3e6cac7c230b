import type { ImageRecord } from '../../images/catalog.ts';
import type { Compression } from '../../images/compression.ts';
import { MEDIA_TYPES, type Descriptor } from '../../images/manifest.ts';
import type { Platform } from '../../images/platform.ts';
import type { Reference } from '../../images/reference.ts';
import type { Digest } from '../../store/digest.ts';
import { packageUrl } from '../attest/provenance.ts';
import { statement } from '../attest/statement.ts';
import { isEmpty, type Annotations } from './annotations.ts';
import { fullName, nameResponse, type BuiltImage, type BuiltResult } from './exporter.ts';

/** What is attested of an image: a manifest of its own beside it in the index. */
export interface Attestation {
  readonly manifest: Descriptor;
  /** Its configuration and statements. */
  readonly blobs: readonly Descriptor[];
}

/** Images of one build as they are written to a registry or an archive. */
export interface Bundle {
  readonly images: readonly { readonly image: ImageRecord; readonly attestation: Attestation | null }[];
  /** The manifest or index that stands for all. */
  readonly top: Descriptor;
  /** Whether `top` is an index. */
  readonly isIndex: boolean;
}

/** Media type of an in-toto statement in a layer. */
const STATEMENT_TYPE = 'application/vnd.in-toto+json';

/**
 * Writes manifests, attestations and, where there is more than one thing, an index into the store. `compression`: of the
 * layers; null to leave them as they are stored.
 */
export async function bundleOf(
  built: BuiltResult,
  annotations: Annotations,
  options: { readonly compression: Compression | null; readonly references: readonly Reference[] },
): Promise<Bundle> {
  const { content, lease, signal } = built;
  const { compression } = options;
  const images = [];
  for (const one of built.images) {
    const own = annotations.manifest(one.draft.platform);
    const hasMore = built.images.length > 1 || one.predicates.length > 0 || !isEmpty(annotations.index);
    // Docker's own kinds of manifests know no zstd.
    const isOci = one.draft.isOci || hasMore || compression?.kind === 'zstd';
    const draft = { ...one.draft, annotations: own, isOci };
    const made = await content.makeImage(draft, lease);
    const image = compression === null ? made : await content.compressedImage(made, lease, signal, compression);
    const attestation = one.predicates.length === 0 ? null : await attest(image, one, built, options.references);
    images.push({ image, attestation, platform: { ...one.draft.platform, osVersion: one.draft.osVersion } });
  }
  const [first] = images;
  const isIndex =
    images.length > 1 || images.some(({ attestation }) => attestation !== null) || !isEmpty(annotations.index);
  if (!isIndex && first !== undefined) {
    const { manifestDigest: digest, manifestType: mediaType } = first.image;
    return { images, top: { mediaType, digest, size: await content.blobs.sizeOf(digest) }, isIndex };
  }
  const manifests = [];
  for (const { image, platform } of images) {
    const { manifestDigest: digest, manifestType: mediaType } = image;
    const own = annotations.manifestDescriptor(platform);
    const size = await content.blobs.sizeOf(digest);
    manifests.push({
      mediaType,
      digest,
      size,
      ...(isEmpty(own) ? {} : { annotations: own }),
      platform: shownPlatform(platform),
    });
  }
  for (const { image, attestation } of images) {
    if (attestation === null) continue;
    manifests.push({
      ...attestation.manifest,
      annotations: {
        'vnd.docker.reference.digest': image.manifestDigest,
        'vnd.docker.reference.type': 'attestation-manifest',
      },
      platform: { architecture: 'unknown', os: 'unknown' },
    });
  }
  const own = isEmpty(annotations.index) ? {} : { annotations: annotations.index };
  const mediaType = MEDIA_TYPES.ociIndex;
  const top = await write(built, mediaType, { schemaVersion: 2, mediaType, manifests, ...own });
  return { images, top, isIndex };
}

function shownPlatform({ architecture, os, variant, osVersion = '' }: Platform): object {
  return {
    architecture,
    os,
    ...(osVersion === '' ? {} : { 'os.version': osVersion }),
    ...(variant === '' ? {} : { variant }),
  };
}

async function write({ content, lease }: BuiltResult, mediaType: string, document: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(document));
  return { mediaType, digest: await content.blobs.write(bytes, lease), size: bytes.length };
}

/** Statements of an image, in a manifest that points at them as BuildKit's do. */
async function attest(
  image: ImageRecord,
  { predicates, draft }: BuiltImage,
  built: BuiltResult,
  references: readonly Reference[],
): Promise<Attestation> {
  const names = references.length === 0 ? ['_'] : references.map((one) => packageUrl(fullName(one), draft.platform));
  const subject = names.map((name) => ({ name, digest: image.manifestDigest }));
  const layers = [];
  for (const predicate of predicates) {
    const layer = await write(built, STATEMENT_TYPE, statement(predicate, subject));
    layers.push({ ...layer, annotations: { 'in-toto.io/predicate-type': predicate.predicateType } });
  }
  const config = await write(built, MEDIA_TYPES.ociConfig, {
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map((layer): Digest => layer.digest) },
  });
  const mediaType = MEDIA_TYPES.ociManifest;
  const manifest = await write(built, mediaType, { schemaVersion: 2, mediaType, config, layers });
  return { manifest, blobs: [config, ...layers] };
}

/** Everything that a bundle is made of besides the images' own content. */
export function furtherBlobs({ images, top, isIndex }: Bundle): Descriptor[] {
  const attestations = images.flatMap(({ attestation }) =>
    attestation === null ? [] : [attestation.manifest, ...attestation.blobs],
  );
  return isIndex ? [...attestations, top] : attestations;
}

/** What clients are told of a bundle. */
export function bundleResponse({ top, images }: Bundle, built: BuiltResult): ReadonlyMap<string, string> {
  const [first] = images;
  const descriptor = Buffer.from(JSON.stringify(top)).toString('base64');
  return new Map([
    ['containerimage.digest', top.digest],
    ['containerimage.descriptor', descriptor],
    ...(images.length === 1 && first !== undefined ? [['containerimage.config.digest', first.image.id] as const] : []),
    ...nameResponse(built.images[0].draft.references),
  ]);
}
