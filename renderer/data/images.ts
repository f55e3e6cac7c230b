import type { ImageSummary } from '../../runtime/contract/contract.ts';
import { call } from './connection.ts';
import { createResource } from './resource.ts';

/** All images, one row per tag. */
export const images = createResource<ImageSummary>(
  () => call('images.list', {}),
  (event) =>
    event.type === 'image' || (event.type === 'container' && (event.action === 'create' || event.action === 'destroy')),
);

/** An image's name as a person writes it; its id when it has none. */
export function imageReference(image: Pick<ImageSummary, 'repository' | 'tag' | 'id'>): string {
  if (image.tag !== '') return `${image.repository}:${image.tag}`;
  return image.id;
}

/** Key of a row: one image may have several tags. */
export function imageKey(image: ImageSummary): string {
  return `${image.id} ${image.repository}:${image.tag}`;
}
