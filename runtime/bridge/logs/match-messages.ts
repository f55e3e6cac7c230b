import type { LogMatch } from '../../contract/log-search.ts';
import type { LineHit, LineRule } from './alert-scanner.ts';

/** What the bridge says to the thread that looks for expressions. Each question has one answer of the same number. */
export type ToMatcher =
  /** Begins with a log: everything that matches, with lines around it. */
  | {
      readonly kind: 'search';
      readonly scan: number;
      readonly pattern: string;
      readonly regex: boolean;
      readonly context: number;
    }
  /** Begins with a log: which rules mean its lines. */
  | { readonly kind: 'watch'; readonly scan: number; readonly rules: readonly LineRule[] }
  /** Bytes of a log; without them it has ended. */
  | { readonly kind: 'scan'; readonly question: number; readonly scan: number; readonly bytes: Uint8Array | null }
  | { readonly kind: 'close'; readonly scan: number };

/** What was found in bytes of a log. */
export interface Scanned {
  readonly matches: readonly LogMatch[];
  readonly hits: readonly LineHit[];
  /** Lines looked at so far. */
  readonly lines: number;
  /** Time of the last of them (RFC 3339), of a log that is watched. */
  readonly last: string;
}

/** The answer to `scan`. */
export interface FromMatcher extends Scanned {
  readonly question: number;
}
