import { messageOf } from '../../../errors.ts';
import type { ImageContent } from '../../../images/content.ts';
import type { Descriptor } from '../../../images/manifest.ts';
import type { Lease } from '../../../store/leases.ts';
import type { BuildCache } from '../cache.ts';
import type { CachedStep } from '../records.ts';
import type { StepCache } from '../../solve/solver.ts';
import type { RemoteStep } from './cache-config.ts';
import { nearestLayers, type RemoteCache } from './import.ts';

/** The results that one build can use: those of this engine, and those of the caches that it was told to read. */
export class CombinedCache implements StepCache {
  readonly #own: BuildCache;
  readonly #content: ImageContent;
  readonly #lease: Lease;
  readonly #signal: AbortSignal;
  readonly #onFailure: (message: string) => void;
  readonly #remote = new Map<string, { readonly cache: RemoteCache; readonly found: RemoteStep }>();
  readonly #aliases = new Map<string, string>();
  readonly #fetched = new Map<string, Promise<CachedStep | null>>();

  constructor(
    own: BuildCache,
    remotes: readonly RemoteCache[],
    context: {
      readonly content: ImageContent;
      readonly lease: Lease;
      readonly signal: AbortSignal;
      readonly onFailure: (message: string) => void;
    },
  ) {
    this.#own = own;
    this.#content = context.content;
    this.#lease = context.lease;
    this.#signal = context.signal;
    this.#onFailure = context.onFailure;
    for (const cache of remotes) {
      for (const found of cache.steps) {
        if (!this.#remote.has(found.step.key)) this.#remote.set(found.step.key, { cache, found });
        for (const alias of found.aliases) this.#aliases.set(alias, found.step.key);
      }
    }
  }

  aliased(alias: string): string | null {
    return this.#own.aliased(alias) ?? this.#aliases.get(alias) ?? null;
  }

  /** A result, fetched if need be. One that cannot be had any more is as good as none. */
  find(key: string): CachedStep | null | Promise<CachedStep | null> {
    const own = this.#own.find(key);
    if (own !== null) return own;
    const remote = this.#remote.get(key);
    if (remote === undefined) return null;
    const known = this.#fetched.get(key);
    if (known !== undefined) return known;
    const fetched = this.#fetch(remote.cache, remote.found);
    this.#fetched.set(key, fetched);
    return fetched;
  }

  async #fetch({ blobs }: RemoteCache, { step, aliases }: RemoteStep): Promise<CachedStep | null> {
    const layers = nearestLayers(this.#content, step.layers);
    try {
      await this.#content.fetch(layers, (blob) => blobs.open(blob, this.#signal), this.#lease, this.#signal);
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#onFailure(`a cached result cannot be fetched: ${messageOf(error)}`);
      return null;
    }
    for (const alias of aliases) this.#own.alias(alias, step.key);
    return this.#own.put({ ...step, layers }, null);
  }

  put(step: CachedStep, alias: string | null): CachedStep {
    return this.#own.put(step, alias);
  }

  /** A result as it can be written to a cache elsewhere; its layers need not be here. */
  exportable(key: string): RemoteStep | null {
    const step = this.#own.find(key);
    const remote = this.#remote.get(key)?.found;
    if (step === null) return remote ?? null;
    return { step, aliases: [...new Set([...this.#own.aliasesOf(key), ...(remote?.aliases ?? [])])] };
  }

  /** The bytes of a layer that is not here. */
  open(blob: Descriptor): AsyncIterable<Uint8Array> | null {
    for (const { cache, found } of this.#remote.values())
      if (found.step.layers.some((layer) => layer.blob.digest === blob.digest))
        return cache.blobs.open(blob, this.#signal);
    return null;
  }
}
