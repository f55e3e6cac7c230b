import { EngineError } from '../errors.ts';
import type { ImageRecord } from '../images/catalog.ts';
import { formatPlatform, type Platform } from '../images/platform.ts';
import type { LinkedBuild } from './plan/options.ts';

/** Images that other builds make. */
export interface LinkedImages {
  /** Throws `invalid` for a name that stands for no build, and what that build throws. */
  find(name: string, platform: Platform): Promise<ImageRecord>;
}

/**
 * The builds that one build is linked to, as `bake` links its targets: each is done once for each platform, when the
 * first stage begins with it or copies from it. What it makes is an image that only this build knows of.
 */
export class LinkedBuilds implements LinkedImages {
  readonly #linked: ReadonlyMap<string, LinkedBuild>;
  readonly #build: (linked: LinkedBuild, platform: Platform) => Promise<ImageRecord>;
  readonly #images = new Map<string, Promise<ImageRecord>>();

  constructor(
    linked: ReadonlyMap<string, LinkedBuild>,
    build: (linked: LinkedBuild, platform: Platform) => Promise<ImageRecord>,
  ) {
    this.#linked = linked;
    this.#build = build;
  }

  find(name: string, platform: Platform): Promise<ImageRecord> {
    const key = `${name} ${formatPlatform(platform)}`;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    const linked = this.#linked.get(name);
    const image =
      linked === undefined
        ? Promise.reject(new EngineError('invalid', `the build ${name} is not an input of this one`))
        : this.#build(linked, platform);
    image.catch(() => undefined);
    this.#images.set(key, image);
    return image;
  }

  /** Resolves when no build goes on any more, whatever became of it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#images.values());
  }
}
