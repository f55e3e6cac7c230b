import { EngineError } from '../errors.ts';
import type { ImageConfig } from './config.ts';
import type { ImageStore } from './image-store.ts';
import {
  choosePlatform,
  formatPlatform,
  hostPlatform,
  normalizePlatform,
  parsePlatform,
  type Platform,
} from './platform.ts';

/** An image as a container is made from it. */
export interface ContainerImage {
  readonly id: string;
  readonly defaults: ImageConfig;
  readonly warnings: readonly string[];
}

/**
 * The image that a reference means. Throws `not-found` when there is none, or none for the platform that is asked for;
 * without one a foreign platform is told of.
 */
export function containerImage(
  images: Pick<ImageStore, 'resolve'>,
  reference: string,
  platform: string,
): ContainerImage {
  const { id, document } = images.resolve(reference);
  const own = normalizePlatform(document);
  const wanted = platform === '' ? hostPlatform() : parsePlatform(platform);
  // Images that do not say what they are for are for everything.
  const fits = own.architecture === '' || choosePlatform([{ platform: own }], wanted) !== undefined;
  if (!fits && platform !== '') throw wrongPlatform(reference, own, wanted);
  const warning = `The requested image's platform (${formatPlatform(own)}) does not match the detected host platform (${formatPlatform(wanted)}) and no specific platform was requested`;
  return { id, defaults: document.config, warnings: fits ? [] : [warning] };
}

/** Clients pull an image of another platform when they are told so. */
export function wrongPlatform(reference: string, own: Platform, wanted: Platform): EngineError {
  return new EngineError(
    'not-found',
    `image with reference ${reference} was found but its platform (${formatPlatform(own)}) does not match the specified platform (${formatPlatform(wanted)})`,
  );
}
