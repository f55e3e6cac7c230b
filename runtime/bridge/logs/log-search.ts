import { setTimeout as pause } from 'node:timers/promises';
import type { InputOf } from '../../contract/contract.ts';
import type { LogMatch, LogSearchMessage, LogSearchProgress, LogSource } from '../../contract/log-search.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { ServerChannel } from '../../rpc/server.ts';
import type { DockerClient } from '../docker-client.ts';
import type { DockerContainer, DockerContainerRow } from '../docker-types.ts';
import { isHelper } from '../helper.ts';
import type { TrashService } from '../trash.ts';
import { assertPattern, Matcher } from './matcher.ts';
import { readLog } from './read-log.ts';

/** Matches that are kept of one container at most, and of all together. */
const KEPT_MAX = 500;
const KEPT_TOTAL = 10_000;
/** Logs that are read at once: one is read while the other is searched. */
const READERS = 2;
/** How often the page hears of it, in milliseconds. */
const TELL_MS = 150;

type Request = InputOf<'logs.search'>;

/** One log on its way through the search. Matches wait here until the page takes them; the oldest give way. */
interface Work {
  readonly source: LogSource;
  state: LogSearchProgress['state'] | 'waiting';
  lines: number;
  found: number;
  error: string;
  waiting: LogMatch[];
  changed: boolean;
}

/**
 * Searches whole logs: what is running first, then what has ended, then what was removed and is still kept. The engine
 * reads on only as fast as it is searched, and stops when the page cancels.
 */
export async function searchLogs(
  docker: DockerClient,
  trash: TrashService,
  request: Request,
  channel: ServerChannel<LogSearchMessage>,
): Promise<void> {
  assertPattern(request.pattern, request.regex);
  const matcher = new Matcher();
  const stop = new AbortController();
  const signal = AbortSignal.any([channel.signal, stop.signal]);
  try {
    const sources = await sourcesOf(docker, trash, request.ids, signal);
    const kept = Math.max(20, Math.min(KEPT_MAX, Math.floor(KEPT_TOTAL / Math.max(1, sources.length))));
    await channel.item({ kind: 'sources', sources, kept });
    const works = sources.map((source): Work => ({
      source,
      state: 'waiting',
      lines: 0,
      found: 0,
      error: '',
      waiting: [],
      changed: false,
    }));
    const queue = [...works];
    const read = async (): Promise<void> => {
      for (let work = queue.shift(); work !== undefined; work = queue.shift()) {
        await searchOne(docker, matcher, request, work, kept, signal);
      }
    };
    const telling = tell(works, channel, stop.signal);
    try {
      await Promise.all(Array.from({ length: READERS }, read));
    } finally {
      stop.abort();
      await telling;
    }
    await tellOnce(works, channel);
  } finally {
    matcher.close();
  }
}

async function sourcesOf(
  docker: DockerClient,
  trash: TrashService,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<LogSource[]> {
  const [rows, { rows: removed }] = await Promise.all([
    docker.json<DockerContainerRow[]>('GET', '/containers/json', { query: { all: true }, signal }),
    trash.list(signal),
  ]);
  const isChosen = ({ id }: LogSource) => ids.length === 0 || ids.some((prefix) => id.startsWith(prefix));
  const byName = (a: LogSource, b: LogSource) => (a.name < b.name ? -1 : 1);
  const named = (isRunning: boolean) =>
    rows
      .filter(({ Labels, State }) => !isHelper(Labels) && (State === 'running') === isRunning)
      .map(({ Id, Names }) => ({ id: Id, name: Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12), removed: false }))
      .sort(byName);
  return [...named(true), ...named(false), ...removed.map(({ id, name }) => ({ id, name, removed: true }))].filter(
    isChosen,
  );
}

/** Searches one log to its end. Only what concerns all of them rejects: that it was cancelled, or the expression. */
async function searchOne(
  docker: DockerClient,
  matcher: Matcher,
  request: Request,
  work: Work,
  kept: number,
  signal: AbortSignal,
): Promise<void> {
  const { id, removed } = work.source;
  const { pattern, regex, since, until, context } = request;
  const scan = matcher.search(pattern, regex, context);
  const take = ({ matches, lines }: { readonly matches: readonly LogMatch[]; readonly lines: number }): void => {
    work.lines = lines;
    work.found += matches.length;
    work.waiting.push(...matches);
    if (work.waiting.length > kept) work.waiting.splice(0, work.waiting.length - kept);
    work.changed = true;
  };
  work.state = 'reading';
  work.changed = true;
  try {
    const path = removed ? `/berth/trash/${id}` : `/containers/${id}`;
    const raw = removed
      ? null
      : (await docker.json<DockerContainer>('GET', `${path}/json`, { signal })).Config.Tty === true;
    for await (const bytes of readLog(docker, path, raw, { follow: false, tail: null, since, until }, signal)) {
      take(await scan.scan(bytes));
    }
    take(await scan.scan(null));
    work.state = 'done';
  } catch (thrown) {
    const error = BridgeError.from(thrown);
    if (signal.aborted || error.code === 'timeout' || error.code === 'cancelled') throw error;
    // One that is gone meanwhile, or that keeps no log, leaves the others.
    work.state = 'failed';
    work.error = error.message;
  } finally {
    work.changed = true;
    scan.close();
  }
}

/** Tells the page now and then, as fast as it takes it. Resolves soon after `over`. */
async function tell(
  works: readonly Work[],
  channel: ServerChannel<LogSearchMessage>,
  over: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await pause(TELL_MS, undefined, { signal: over });
      await tellOnce(works, channel);
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
}

async function tellOnce(works: readonly Work[], channel: ServerChannel<LogSearchMessage>): Promise<void> {
  const changed = works.filter((work) => work.changed);
  for (const work of changed) {
    work.changed = false;
    // In portions: lines can be long, and one message may hold only so much.
    while (work.waiting.length > 0) {
      await channel.item({ kind: 'found', id: work.source.id, matches: work.waiting.splice(0, 20) });
    }
  }
  if (changed.length === 0) return;
  await channel.item({
    kind: 'progress',
    progress: changed.flatMap(({ source, state, lines, found, error }) =>
      state === 'waiting' ? [] : [{ id: source.id, state, lines, found, error }],
    ),
  });
}
