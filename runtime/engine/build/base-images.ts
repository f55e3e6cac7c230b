import { EngineError } from '../errors.ts';
import type { ImageRecord } from '../images/catalog.ts';
import type { ImageStore } from '../images/image-store.ts';
import { choosePlatform, normalizePlatform, type Platform } from '../images/platform.ts';
import { parseReference } from '../images/reference.ts';
import type { KeyedLock } from '../store/keyed-lock.ts';
import type { BuildOptions } from './plan/options.ts';
import type { BuildProgress } from './solve/progress.ts';

/** An image that a build began with, and what it was called there. */
export interface Material {
  readonly name: string;
  readonly platform: Platform;
  readonly image: ImageRecord;
}

/** A line of a pull's progress. */
interface PullLine {
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** The images that one build's stages begin with, from the store or from their registries. */
export class BaseImages {
  readonly #images: ImageStore;
  /** Pulls of all builds. */
  readonly #pulls: KeyedLock;
  readonly #request: {
    readonly options: BuildOptions;
    readonly progress: BuildProgress;
    readonly signal: AbortSignal;
  };
  readonly #materials = new Map<string, Material>();

  constructor(
    images: ImageStore,
    pulls: KeyedLock,
    request: { readonly options: BuildOptions; readonly progress: BuildProgress; readonly signal: AbortSignal },
  ) {
    this.#images = images;
    this.#pulls = pulls;
    this.#request = request;
  }

  /** All that were used. */
  get materials(): readonly Material[] {
    return [...this.#materials.values()];
  }

  /** The image of a name. Throws what a pull throws. */
  async find(name: string, platform: Platform): Promise<ImageRecord> {
    const image = await this.#find(name, platform);
    this.#materials.set(name, { name, platform, image });
    return image;
  }

  async #find(name: string, platform: Platform): Promise<ImageRecord> {
    const { options, progress, signal } = this.#request;
    const reference = parseReference(name);
    const local = options.pull ? null : this.#local(name, platform);
    if (local !== null) return local;
    return this.#pulls.run(`${name} ${platform.architecture}`, async () => {
      const pulled = options.pull ? null : this.#local(name, platform);
      if (pulled !== null) return pulled;
      const task = progress.task(
        `[internal] load metadata for ${reference.domain}/${reference.path}:${reference.tag ?? 'latest'}`,
      );
      try {
        return await task.run(async () =>
          this.#images.pull(name, {
            platform,
            credentials: await options.credentials(reference.domain),
            onProgress: (message) => {
              progress.status({ ...message });
              const { id, progressDetail } = message as PullLine;
              if (id === undefined || progressDetail?.total === undefined) return;
              task.part(`extracting ${id}`, progressDetail.current ?? 0, progressDetail.total, false);
            },
            signal,
          }),
        );
      } catch (error) {
        // One that was made here and is in no registry is as good as it gets.
        const own = options.pull && !signal.aborted ? this.#local(name, platform) : null;
        if (own !== null) return own;
        throw error;
      }
    });
  }

  #local(name: string, platform: Platform): ImageRecord | null {
    let image: ImageRecord;
    try {
      image = this.#images.resolve(name);
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'not-found') return null;
      throw error;
    }
    const own = normalizePlatform({ ...image.document });
    return choosePlatform([{ platform: own }], platform) === undefined ? null : image;
  }
}
