import { create } from 'zustand';
import type { InputOf } from '../../../runtime/contract/contract.ts';
import type { LogMatch, LogSearchMessage, LogSearchProgress, LogSource } from '../../../runtime/contract/log-search.ts';
import type { ClientStream } from '../../../runtime/rpc/client.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { open } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { onFrame } from '../../data/frame.ts';

/** What was found in one log so far. */
export interface FoundIn {
  readonly source: LogSource;
  /** null until it is begun. */
  readonly progress: LogSearchProgress | null;
  /** The newest first. */
  readonly matches: readonly LogMatch[];
}

export interface FoundState {
  readonly phase: 'idle' | 'searching' | 'done' | 'cancelled' | 'failed';
  readonly error: BridgeError | null;
  readonly logs: readonly FoundIn[];
  /** Matches of each log that are kept. */
  readonly kept: number;
}

const NOTHING: FoundState = { phase: 'idle', error: null, logs: [], kept: 0 };

/** The search in whole logs. It goes on, and its result stays, while the person looks at something else. */
export const useLogSearch = create<FoundState>(() => NOTHING);

let stream: ClientStream | null = null;

/** Takes messages of the search over into what was found. */
export function withMessages(state: FoundState, messages: readonly LogSearchMessage[]): FoundState {
  let { kept } = state;
  let logs = new Map(state.logs.map((one) => [one.source.id, one]));
  for (const message of messages) {
    switch (message.kind) {
      case 'sources':
        ({ kept } = message);
        logs = new Map(message.sources.map((source) => [source.id, { source, progress: null, matches: [] }]));
        break;
      case 'found': {
        const log = logs.get(message.id);
        if (log === undefined) break;
        const matches = [...message.matches.toReversed(), ...log.matches].slice(0, kept);
        logs.set(message.id, { ...log, matches });
        break;
      }
      case 'progress':
        for (const progress of message.progress) {
          const log = logs.get(progress.id);
          if (log !== undefined) logs.set(progress.id, { ...log, progress });
        }
    }
  }
  return { ...state, kept, logs: [...logs.values()] };
}

/** So many matches without a gap stay together: of more, the newest would be far down. */
const BLOCK_MAX = 10;

/**
 * Matches, the newest first, as blocks of lines without a gap; in each the oldest comes first, as in the log. A block has
 * the same matches when newer ones come.
 */
export function blocksOf(matches: readonly LogMatch[]): readonly (readonly LogMatch[])[] {
  const blocks: LogMatch[][] = [];
  let isOpen = false;
  for (const [at, match] of matches.entries()) {
    if (isOpen) blocks.at(-1)?.unshift(match);
    else blocks.push([match]);
    isOpen = match.joined && (matches.length - at - 1) % BLOCK_MAX !== 0;
  }
  return blocks;
}

/** Searches; a search that is under way ends. */
export function startLogSearch(request: InputOf<'logs.search'>): void {
  stream?.cancel();
  useLogSearch.setState({ ...NOTHING, phase: 'searching' });
  let waiting: LogSearchMessage[] = [];
  const apply = () => {
    if (stream !== opened) return;
    const messages = waiting;
    waiting = [];
    useLogSearch.setState((state) => withMessages(state, messages));
  };
  const opened = open('logs.search', request, {
    onItem: (message) => {
      waiting.push(message);
      onFrame(apply);
    },
  });
  stream = opened;
  const end = (change: Partial<FoundState>) => {
    if (stream !== opened) return;
    apply();
    stream = null;
    useLogSearch.setState(change);
  };
  drop(
    opened.closed.then(
      () => {
        end({ phase: 'done' });
      },
      (thrown: unknown) => {
        const error = BridgeError.from(thrown);
        end(error.code === 'cancelled' ? { phase: 'cancelled' } : { phase: 'failed', error });
      },
    ),
  );
}

/** Ends the search; what was found stays. */
export function cancelLogSearch(): void {
  stream?.cancel();
}

/** Which times are searched. */
export const RANGES = ['any', 'quarter', 'hour', 'day', 'week', 'custom'] as const;
export type Range = (typeof RANGES)[number];

/** Seconds back from now. */
const BACK: Readonly<Record<'quarter' | 'hour' | 'day' | 'week', number>> = {
  quarter: 900,
  hour: 3600,
  day: 86_400,
  week: 604_800,
};

/** A choice of time as the search takes it; `from` and `to` are local times as date fields have them, or empty. */
export function timesOf(
  range: Range,
  from: string,
  to: string,
  now: number,
): { readonly since?: string; readonly until?: string } {
  if (range === 'any') return {};
  if (range !== 'custom') return { since: String(Math.floor(now / 1000) - BACK[range]) };
  const seconds = (text: string) => Math.floor(Date.parse(text) / 1000);
  const [since, until] = [seconds(from), seconds(to)];
  return {
    ...(Number.isNaN(since) ? {} : { since: String(Math.max(0, since)) }),
    ...(Number.isNaN(until) ? {} : { until: String(Math.max(0, until)) }),
  };
}
