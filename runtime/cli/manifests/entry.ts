import { createHash } from 'node:crypto';
import { CliError } from '../cli-error.ts';
import type { ImageName, ManifestRegistry, RegistryDocument } from './registry.ts';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/** Platform of an image (OCI image-spec image-index.md). */
export interface EntryPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

interface Pointer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly config: Pointer;
  readonly layers: readonly Pointer[];
}

/** An image in a manifest list, as docker writes it to a file and prints it. */
export interface ManifestEntry {
  readonly Ref: string;
  readonly Descriptor: Pointer & { readonly platform: EntryPlatform };
  /** The manifest's bytes in base64. */
  readonly Raw: string;
  readonly SchemaV2Manifest?: Manifest;
  readonly OCIManifest?: Manifest;
}

/** The manifest of an entry. */
export function manifestOf({ SchemaV2Manifest, OCIManifest, Ref }: ManifestEntry): Manifest {
  const manifest = SchemaV2Manifest ?? OCIManifest;
  if (manifest === undefined) throw new CliError(`${Ref} has no manifest that can be read`);
  return manifest;
}

export function isIndex({ mediaType }: RegistryDocument): boolean {
  return mediaType === DOCKER_LIST || mediaType === OCI_INDEX;
}

/** What a registry has under a name, as entries: one, or those of a list. Throws CliError when there is nothing. */
export async function fetchEntries(
  registry: ManifestRegistry,
  name: ImageName,
  insecure: boolean,
): Promise<{ document: RegistryDocument; entries: readonly ManifestEntry[] }> {
  const document = await registry.document(name, insecure);
  if (document === null) throw new CliError(`no such manifest: ${name.familiar}`);
  if (!isIndex(document))
    return { document, entries: [await entryOf(registry, name, document, name.familiar, insecure)] };
  const { manifests } = JSON.parse(document.bytes.toString()) as { manifests: readonly ManifestEntry['Descriptor'][] };
  const entries: ManifestEntry[] = [];
  for (const { digest, platform } of manifests) {
    const one = await registry.document({ ...name, reference: digest }, insecure);
    if (one === null) throw new CliError(`no such manifest: ${name.familiar}@${digest}`);
    const entry = await entryOf(registry, name, one, `${name.familiar}@${digest}`, insecure);
    // The list knows more of a platform than the image does.
    entries.push({ ...entry, Descriptor: { ...entry.Descriptor, platform } });
  }
  return { document, entries };
}

async function entryOf(
  registry: ManifestRegistry,
  name: ImageName,
  document: RegistryDocument,
  ref: string,
  insecure: boolean,
): Promise<ManifestEntry> {
  const { mediaType, digest, bytes } = document;
  if (mediaType !== DOCKER_MANIFEST && mediaType !== OCI_MANIFEST)
    throw new CliError(`${ref}: manifests of the type ${mediaType} are not supported`);
  const manifest = JSON.parse(bytes.toString()) as Manifest;
  const { config } = manifest;
  const image = JSON.parse(
    (await registry.blob(name, config.digest, config.size, insecure)).toString(),
  ) as EntryPlatform;
  return {
    Ref: ref,
    Descriptor: { mediaType, digest, size: bytes.length, platform: platformOf(image) },
    Raw: bytes.toString('base64'),
    ...(mediaType === DOCKER_MANIFEST ? { SchemaV2Manifest: manifest } : { OCIManifest: manifest }),
  };
}

/** The members of a platform in the order in which docker writes them, without those that say nothing. */
export function platformOf(from: EntryPlatform): EntryPlatform {
  const { architecture, os, variant = '' } = from;
  const version = from['os.version'] ?? '';
  const features = from['os.features'] ?? [];
  return {
    architecture,
    os,
    ...(version === '' ? {} : { 'os.version': version }),
    ...(features.length === 0 ? {} : { 'os.features': features }),
    ...(variant === '' ? {} : { variant }),
  };
}

/** The list that names some images: Docker's kind, or OCI's when all of them are OCI's. */
export function listOf(entries: readonly ManifestEntry[]): RegistryDocument {
  const isOci = entries.length > 0 && entries.every(({ Descriptor }) => Descriptor.mediaType === OCI_MANIFEST);
  const mediaType = isOci ? OCI_INDEX : DOCKER_LIST;
  const manifests = entries.map(({ Descriptor: { mediaType: kind, size, digest, platform } }) => ({
    mediaType: kind,
    size,
    digest,
    platform,
  }));
  // Three spaces, as docker marshals them: the digest is of these very bytes.
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }, null, 3));
  return { mediaType, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}
