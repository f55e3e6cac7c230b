import { EngineError } from '../../errors.ts';
import type { ImageRecord } from '../../images/catalog.ts';
import { GZIP, type Compression } from '../../images/compression.ts';
import { choosePlatform, hostPlatform, normalizePlatform } from '../../images/platform.ts';
import { familiarRepository } from '../../images/reference.ts';
import type { Credentials } from '../../registry/credentials.ts';
import type { Annotations } from './annotations.ts';
import { bundleOf, bundleResponse, type Bundle } from './bundle.ts';
import { fullName, nameResponse, type BuiltResult, type Exported, type Exporter } from './exporter.ts';

/** What becomes of a result as an image. */
export interface ImageRequest {
  readonly annotations: Annotations;
  /** Of layers; null when it does not matter. */
  readonly compression: Compression | null;
  readonly credentials: (domain: string) => Credentials | Promise<Credentials>;
  /** Whether it is kept in the engine's store. */
  readonly isStored: boolean;
  /** Whether it is sent to the registries of its names; under its digest alone, if asked. */
  readonly push: 'no' | 'by-tag' | 'by-digest';
  /** Whether what clients are told is the image's id, as Docker has it, not the digest of a manifest. */
  readonly tellsId: boolean;
}

/**
 * Records the image in the engine's store, under its names, and sends it to registries. Of several platforms that of
 * this machine is what the names mean here; an index with all, and with what is attested, goes along in a push.
 */
export function imageExporter(request: ImageRequest): Exporter {
  return {
    takesSeveral: true,
    export: async (built) => {
      const task = built.progress.task('exporting to image');
      return task.run(() =>
        exportImage(built, request, (name) => {
          task.part(name, 0, 0, true);
        }),
      );
    },
  };
}

async function exportImage(
  built: BuiltResult,
  request: ImageRequest,
  onPart: (name: string) => void,
): Promise<Exported> {
  const { content, signal } = built;
  const { annotations, push } = request;
  const { references } = built.images[0].draft;
  if (push !== 'no' && references.length === 0)
    throw new EngineError('invalid', 'tag is needed when pushing to registry');
  onPart('exporting layers');
  const hasMore = built.images.length > 1 || built.images.some(({ predicates }) => predicates.length > 0);
  // What an index names must not change any more: layers are compressed before.
  const compression = request.compression ?? (hasMore || push !== 'no' ? GZIP : null);
  const bundle = await bundleOf(built, annotations, { compression, references });
  const own = ownImage(bundle);
  if (request.isStored) {
    onPart(`writing image ${own.id}`);
    await content.record(own, references);
    if (bundle.isIndex) await content.putIndex(own, references, bundle.top);
    for (const reference of references) onPart(`naming to ${fullName(reference)}`);
  }
  if (push !== 'no') onPart(`exporting manifest ${bundle.top.digest}`);
  for (const reference of push === 'no' ? [] : references) {
    const credentials = await request.credentials(reference.domain);
    const target = push === 'by-digest' ? bundle.top.digest : (reference.tag ?? 'latest');
    await content.push(bundle.top, own, reference, { target, credentials, signal });
    onPart(`pushing manifest for ${fullName(reference)}@${bundle.top.digest}`);
    if (!request.isStored) continue;
    await content.nameDigest(own, reference, bundle.top.digest);
    content.announce('push', own, familiarRepository(reference));
  }
  const told = bundleResponse(bundle, built);
  const response = request.tellsId ? new Map([...told, ['containerimage.digest', own.id]]) : told;
  return { image: request.isStored ? own : null, response: new Map([...response, ...nameResponse(references)]) };
}

/** The image for this machine, or the first. */
function ownImage({ images }: Bundle): ImageRecord {
  const all = images.map(({ image }) => ({ image, platform: normalizePlatform({ ...image.document }) }));
  const found = choosePlatform(all, hostPlatform()) ?? all[0];
  if (found === undefined) throw new EngineError('internal', 'there is nothing to export');
  return found.image;
}
