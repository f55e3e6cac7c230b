import type { ImageStore } from './image-store.ts';

/**
 * How an image is shown of the containers made from it: by the name that was given then, while that still means the same
 * image, else by its id. Each name is looked up once.
 */
export function imageLabels(images: Pick<ImageStore, 'resolve'>): (name: string, id: string) => string {
  const known = new Map<string, string | null>();
  return (name, id) => {
    if (name === id) return id;
    let now = known.get(name);
    if (now === undefined) {
      now = idOf(images, name);
      known.set(name, now);
    }
    return now === id ? name : id;
  };
}

function idOf(images: Pick<ImageStore, 'resolve'>, name: string): string | null {
  try {
    return images.resolve(name).id;
  } catch {
    return null; // Removed, or untagged: no name leads to it.
  }
}
