import { EngineError } from '../../../errors.ts';
import type { BlobTarget, ClientContent } from './blob-places.ts';

/** A cache to read from or to write to, as clients name it: `type=registry,ref=...`. */
export interface CacheRequest {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Where the results of a build come from, and go to, besides this engine. */
export interface CacheOptions {
  readonly imports: readonly CacheRequest[];
  readonly exports: readonly CacheRequest[];
  /** The client's own content by the name of its store, for `type=local`; null when it offers none. */
  readonly client: ((store: string) => ClientContent & BlobTarget) | null;
}

/** Whether a build argument asks for what `--cache-to type=inline` does. */
export function asksForInlineCache(buildArgs: ReadonlyMap<string, string>): boolean {
  return /^(?:1|t|true)$/i.test(buildArgs.get('BUILDKIT_INLINE_CACHE') ?? '');
}

/** An image or a cache in a registry. */
export function registryCache(reference: string): CacheRequest {
  return { type: 'registry', attributes: new Map([['ref', reference]]) };
}

/** Whether all results are written, not only those that the image is made of. Throws `invalid`. */
export function wantsAll({ attributes }: CacheRequest): boolean {
  const mode = attributes.get('mode') ?? 'min';
  if (mode !== 'min' && mode !== 'max') throw new EngineError('invalid', `invalid cache mode ${JSON.stringify(mode)}`);
  return mode === 'max';
}

/** A yes or no among the attributes. Throws `invalid`. */
export function flagOf({ attributes }: CacheRequest, name: string, fallback: boolean): boolean {
  const text = attributes.get(name);
  if (text === undefined) return fallback;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw new EngineError('invalid', `invalid value ${JSON.stringify(text)} of ${name}`);
}
