import type { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import type { Compression } from '../../images/compression.ts';
import { bundleArchive } from '../../images/save.ts';
import type { Annotations } from './annotations.ts';
import { bundleOf, bundleResponse, furtherBlobs } from './bundle.ts';
import type { Exporter } from './exporter.ts';

/** What an archive of a result is asked for. */
export interface ArchiveRequest {
  readonly annotations: Annotations;
  /** Of layers in it. */
  readonly compression: Compression;
  /** `docker load` reads what is for one platform and has nothing beside it. */
  readonly isDocker: boolean;
  readonly send: (archive: Readable, signal: AbortSignal) => Promise<number>;
}

/** Writes a result as an archive: an OCI layout that is `docker save`'s too where it is one image. */
export function archiveExporter({ annotations, compression, isDocker, send }: ArchiveRequest): Exporter {
  return {
    takesSeveral: !isDocker,
    export: async (built) => {
      const { content, signal, progress } = built;
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
        const archive = bundleArchive(content.blobs, {
          images: bundle.images.map(({ image }) => ({ image, tags: references })),
          index: bundle.isIndex ? { top: bundle.top, further: furtherBlobs(bundle) } : null,
        });
        task.part('sending tarball', await send(archive, signal), 0, true);
        return { image: null, response: bundleResponse(bundle, built) };
      });
    },
  };
}
