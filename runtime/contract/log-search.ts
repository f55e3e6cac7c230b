import * as z from 'zod/mini';
import { KIB, objectName, stream } from './define.ts';

/** A line that was found, with its neighbours. */
export interface LogMatch {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  /** How many lines before it are of the very same time. */
  readonly nth: number;
  readonly stderr: boolean;
  /** As much of the line as is searched. */
  readonly text: string;
  /** Where the first match in it begins and ends, in UTF-16 units. */
  readonly at: readonly [from: number, to: number];
  /** The lines around it that no other match has: those between two belong to the earlier one as far as it has room. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** No line is left out between the match before it and this one. */
  readonly joined: boolean;
}

/** A container whose log is searched. */
export interface LogSource {
  readonly id: string;
  readonly name: string;
  /** It was removed, and the engine still keeps it. */
  readonly removed: boolean;
}

/** How far the log of one container is searched. */
export interface LogSearchProgress {
  readonly id: string;
  readonly state: 'reading' | 'done' | 'failed';
  readonly lines: number;
  /** All that were found, also those that were not sent. */
  readonly found: number;
  /** Why it failed; empty otherwise. */
  readonly error: string;
}

export type LogSearchMessage =
  /** Comes first: what will be searched, and how many of each container's matches are kept, the newest of them. */
  | { readonly kind: 'sources'; readonly sources: readonly LogSource[]; readonly kept: number }
  /** Oldest first; all of them newer than those that came before of the same container. */
  | { readonly kind: 'found'; readonly id: string; readonly matches: readonly LogMatch[] }
  | { readonly kind: 'progress'; readonly progress: readonly LogSearchProgress[] };

/** Longest text or expression that is looked for. */
export const LOG_PATTERN_MAX = 1000;
/** A Unix time with up to nine decimals. */
const unixTime = z.string().check(z.regex(/^\d{1,12}(\.\d{1,9})?$/));

/** Channels of what is looked for in whole logs. */
export const logSearchChannels = {
  /** Searches logs from their beginning, files that were rotated away and removed containers too; ends when all is read. */
  'logs.search': stream<LogSearchMessage>()(
    z.object({
      pattern: z.string().check(z.minLength(1), z.maxLength(LOG_PATTERN_MAX)),
      /** A regular expression, not text; case counts in neither. */
      regex: z.boolean(),
      /** Beginnings of ids; none for all containers. */
      ids: z.array(objectName).check(z.maxLength(1000)),
      since: z.optional(unixTime),
      until: z.optional(unixTime),
      /** Lines before and after each match. */
      context: z.int().check(z.gte(0), z.lte(10)),
    }),
    256 * KIB,
  ),
};
