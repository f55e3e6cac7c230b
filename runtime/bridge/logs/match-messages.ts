import type { LogMatch } from '../../contract/log-search.ts';

/** What the bridge says to the thread that looks for expressions. Each question has one answer of the same number. */
export type ToMatcher =
  | {
      readonly kind: 'open';
      readonly scan: number;
      readonly pattern: string;
      readonly regex: boolean;
      readonly context: number;
    }
  /** Bytes of a log; without them it has ended. */
  | { readonly kind: 'scan'; readonly question: number; readonly scan: number; readonly bytes: Uint8Array | null }
  | { readonly kind: 'close'; readonly scan: number };

/** The answer to `scan`. */
export interface FromMatcher {
  readonly question: number;
  readonly matches: readonly LogMatch[];
  /** Lines looked at so far. */
  readonly lines: number;
}
