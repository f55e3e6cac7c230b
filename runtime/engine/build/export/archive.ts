import type { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import type { Compression } from '../../images/compression.ts';
import { MEDIA_TYPES, type Descriptor } from '../../images/manifest.ts';
import { bundleArchive } from '../../images/save.ts';
import type { Digest } from '../../store/digest.ts';
import type { Annotations } from './annotations.ts';
import type { BlobTarget } from '../cache/remote/blob-places.ts';
import { bundleOf, bundleResponse, furtherBlobs, type Bundle } from './bundle.ts';
import type { BuiltResult, Exporter } from './exporter.ts';

/** Where an OCI layout goes: as an archive to `send`, which returns its size in bytes, or blob by blob to `open`'s store. */
export type LayoutPlace =
  | { readonly send: (archive: Readable, signal: AbortSignal) => Promise<number> }
  | { readonly open: (signal: AbortSignal) => BlobTarget };

/** What a layout of a result is asked for. */
export interface ArchiveRequest {
  readonly annotations: Annotations;
  /** Of layers in it. */
  readonly compression: Compression;
  /** `docker load` reads what is for one platform and has nothing beside it. */
  readonly isDocker: boolean;
  readonly place: LayoutPlace;
}

/** Writes a result as an OCI layout, which is `docker save`'s too where it is an archive of one image. */
export function archiveExporter({ annotations, compression, isDocker, place }: ArchiveRequest): Exporter {
  return {
    takesSeveral: !isDocker,
    export: async (built) => {
      const { progress } = built;
      const { references } = built.images[0].draft;
      const task = progress.task(isDocker ? 'exporting to docker image format' : 'exporting to oci image format');
      return task.run(async () => {
        // What docker load reads has no place for statements.
        const images = built.images.map((one) => (isDocker ? { ...one, predicates: [] } : one));
        const [first, ...others] = images;
        if (first === undefined) throw new EngineError('internal', 'there is nothing to export');
        const bundle = await bundleOf({ ...built, images: [first, ...others] }, annotations, {
          compression,
          references,
        });
        task.part(`exporting manifest ${bundle.top.digest}`, 0, 0, true);
        if ('send' in place) task.part('sending tarball', await sendArchive(bundle, built, place.send), 0, true);
        else await putBlobs(bundle, built, place.open(built.signal));
        return { image: null, response: bundleResponse(bundle, built) };
      });
    },
  };
}

async function sendArchive(
  bundle: Bundle,
  { content, signal, images: [{ draft }] }: BuiltResult,
  send: (archive: Readable, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const archive = bundleArchive(content.blobs, {
    images: bundle.images.map(({ image }) => ({ image, tags: draft.references })),
    index: bundle.isIndex ? { top: bundle.top, further: furtherBlobs(bundle) } : null,
  });
  try {
    return await send(archive, signal);
  } finally {
    archive.destroy();
  }
}

/** What is pointed at goes before what points at it. */
async function putBlobs(bundle: Bundle, { content: { blobs } }: BuiltResult, target: BlobTarget): Promise<void> {
  const descriptorOf = async (digest: Digest, mediaType: string): Promise<Descriptor> => ({
    mediaType,
    digest,
    size: await blobs.sizeOf(digest),
  });
  const all: Descriptor[] = [];
  for (const { image } of bundle.images) {
    all.push(...image.blobs, await descriptorOf(image.id, MEDIA_TYPES.ociConfig));
    all.push(await descriptorOf(image.manifestDigest, image.manifestType));
  }
  for (const { manifest, blobs: statements } of bundle.images.flatMap(({ attestation }) => attestation ?? []))
    all.push(...statements, manifest);
  for (const blob of all)
    if (blob.digest !== bundle.top.digest && !(await target.has(blob)))
      await target.put(blob, blobs.pathOf(blob.digest));
  await target.finish(await blobs.read(bundle.top.digest), bundle.top.mediaType);
}
