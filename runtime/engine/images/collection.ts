import type { BlobStore } from '../store/blob-store.ts';
import type { Digest } from '../store/digest.ts';
import type { LayerStore } from '../store/layer-store.ts';
import type { Leases } from '../store/leases.ts';
import { crashPoint } from '../system/crash-points.ts';
import type { ImageCatalog } from './catalog.ts';

interface CollectionParts {
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly catalog: ImageCatalog;
  readonly leases: Leases;
  readonly isUsed: (imageId: string) => boolean;
  /** Blobs and chain ids that something besides images needs. */
  readonly otherRoots: () => Iterable<Digest>;
}

/**
 * Collects what no image, container or lease names: marks from the images, then moves the rest to the trash. The
 * marking and the moving are one synchronous step, so nothing can come to need what is being moved. `withRemoved`: also
 * images that were removed by force and that no container uses any more.
 */
export async function collect(parts: CollectionParts, withRemoved: boolean): Promise<void> {
  const { blobs, layers, catalog, leases, isUsed, otherRoots } = parts;
  for (const image of catalog.allImages()) {
    if (withRemoved && image.removed && !isUsed(image.id)) catalog.removeImage(image.id);
  }
  // After a power cut no record may name what is gone.
  await catalog.settled();
  const stored = await blobs.list();
  const directories = layers.list();
  const marked = new Set<Digest>();
  for (const image of catalog.allImages()) {
    marked.add(image.id).add(image.manifestDigest);
    for (const { digest } of image.blobs) marked.add(digest);
    for (const chainId of image.chain) marked.add(chainId);
  }
  for (const { top, content } of catalog.indexes()) {
    marked.add(top.digest);
    for (const digest of content) marked.add(digest);
  }
  for (const digest of otherRoots()) marked.add(digest);
  crashPoint('images-marked');
  const isWanted = (digest: Digest): boolean => marked.has(digest) || leases.holds(digest);
  for (const digest of stored) if (!isWanted(digest)) blobs.discard(digest);
  const known = new Set<string>();
  for (const { chainId } of catalog.layers()) {
    if (isWanted(chainId)) {
      known.add(layers.nameOf(chainId));
    } else {
      catalog.removeLayer(chainId);
      layers.discard(chainId);
    }
  }
  const leased = leases.held().map((digest) => layers.nameOf(digest));
  for (const name of leased) known.add(name);
  for (const name of directories) if (!known.has(name)) layers.discardNamed(name);
}
