import type { ImageRecord } from '../../images/catalog.ts';
import type { ImageContent, ImageDraft, StoredLayer } from '../../images/content.ts';
import type { Reference } from '../../images/reference.ts';
import type { Lease } from '../../store/leases.ts';
import type { BuildProgress } from '../solve/progress.ts';

/** A result that is about to be exported. */
export interface BuiltImage {
  /** Lowest first. */
  readonly layers: readonly StoredLayer[];
  readonly draft: ImageDraft;
  readonly lease: Lease;
  readonly content: ImageContent;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
}

/** What has become of a result. */
export interface Exported {
  /** The image that was recorded; null for none. */
  readonly image: ImageRecord | null;
  /** What a client is told, under BuildKit's names. */
  readonly response: ReadonlyMap<string, string>;
}

/** Takes the result of a build to where it was wanted. */
export type Exporter = (built: BuiltImage) => Promise<Exported>;

/** Records the image in the engine's store, under its names. */
export const storeImage: Exporter = async ({ draft, content, lease, progress }) => {
  const task = progress.task('exporting to image');
  return task.run(async () => {
    task.part('exporting layers', 0, 0, true);
    const image = await content.putImage(draft, lease);
    task.part(`writing image ${image.id}`, 0, 0, true);
    for (const reference of draft.references) task.part(`naming to ${fullName(reference)}`, 0, 0, true);
    return { image, response: imageResponse(image, draft) };
  });
};

/** Nothing but the cache stays. */
export const keepNothing: Exporter = () => Promise.resolve({ image: null, response: new Map() });

/** What clients are told of an image. */
export function imageResponse({ id }: ImageRecord, { references }: ImageDraft): ReadonlyMap<string, string> {
  return new Map([
    ['containerimage.digest', id],
    ['containerimage.config.digest', id],
    ...(references.length === 0 ? [] : [['image.name', references.map(fullName).join(',')] as const]),
  ]);
}

/** A name with everything that is usually left out. */
function fullName({ domain, path, tag }: Reference): string {
  return `${domain}/${path}:${tag ?? 'latest'}`;
}
