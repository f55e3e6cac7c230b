import type { ContextFiles } from '../../fixtures/build-context.ts';

/** One Dockerfile with what must come of it. `base` is an image of busybox with the users root and app. */
export interface BuildCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly context?: ContextFiles;
  readonly flags?: readonly string[];
  /** Words of the error; without it the build succeeds. */
  readonly fails?: string;
  /** Contents of files by path; null for what must not be there; for other things than files what `describe` says. */
  readonly has?: Readonly<Record<string, string | null>>;
  /** Fields of the image's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * Why Debian's dockerd (20.10, with the BuildKit of 2020) is not asked: the language is newer than it, or it is known to do
   * something else.
   */
  readonly alone?: string;
}

/** It leaves the places of mounts in the layer, which later releases do not. */
export const STAYS = 'leaves the places of mounts';
/** The language came later. */
export const NEWER = 'newer than the BuildKit of Debian';
