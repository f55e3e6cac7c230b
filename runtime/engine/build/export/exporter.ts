import type { ImageRecord } from '../../images/catalog.ts';
import type { ImageContent, ImageDraft, StoredLayer } from '../../images/content.ts';
import type { Reference } from '../../images/reference.ts';
import type { Lease } from '../../store/leases.ts';
import type { Predicate } from '../attest/provenance.ts';
import type { BuildProgress } from '../solve/progress.ts';

/** The result for one platform. */
export interface BuiltImage {
  /** Lowest first. */
  readonly layers: readonly StoredLayer[];
  readonly draft: ImageDraft;
  /** What is to be attested of it. */
  readonly predicates: readonly Predicate[];
}

/** A result that is about to be exported. */
export interface BuiltResult {
  /** One for each platform. */
  readonly images: readonly [BuiltImage, ...BuiltImage[]];
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
export interface Exporter {
  /** Whether it takes results for several platforms at once. */
  readonly takesSeveral: boolean;
  export(built: BuiltResult): Promise<Exported>;
}

/** Nothing but the cache stays. */
export const keepNothing: Exporter = {
  takesSeveral: true,
  export: () => Promise.resolve({ image: null, response: new Map() }),
};

/** What clients are told of names. */
export function nameResponse(references: readonly Reference[]): [string, string][] {
  return references.length === 0 ? [] : [['image.name', references.map(fullName).join(',')]];
}

/** A name with everything that is usually left out. */
export function fullName({ domain, path, tag }: Reference): string {
  return `${domain}/${path}:${tag ?? 'latest'}`;
}
