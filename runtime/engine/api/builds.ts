import { once } from 'node:events';
import { checkDockerfile } from '../build/dockerfile/check.ts';
import type { BuildJob, Builds } from '../build/history/builds.ts';
import { readBuildArchive } from '../build/history/import.ts';
import {
  logsOf,
  recordOf,
  summaryOf,
  type BuildHistory,
  type BuildLog,
  type BuildRecord,
  type BuildSummary,
} from '../build/history/store.ts';
import { EngineError } from '../errors.ts';
import { sendEmpty, sendJson, type ApiContext, type Router } from './router.ts';

export interface BuildsRouteParts {
  readonly builds: Builds;
  readonly history: BuildHistory;
}

/** Told of what happened to builds that have ended. */
type Follower = (news: { readonly build: BuildSummary } | { readonly deleted: string }) => void;

/** ms between two words on how far a build is, to those who follow all builds. */
const NEWS_INTERVAL = 250;
/** Characters of output in one line of a stream of events: clients read line by line. */
const LOGS_MAX = 256 * 1024;

/** `/berth/builds`: ours, for the app. Docker's own API knows nothing of builds that were. */
export function registerBuildsRoutes(router: Router, parts: BuildsRouteParts): void {
  const { builds, history } = parts;
  const followers = new Set<Follower>();
  router.add('GET', '/berth/builds', (context) => {
    sendJson(context, 200, list(parts));
  });
  // Before builds by name, none of which is as short as this.
  router.add('GET', '/berth/builds/events', (context) => followAll(parts, followers, context));
  router.add('GET', '/berth/builds/{ref}', (context) => {
    sendJson(context, 200, find(parts, context));
  });
  router.add('GET', '/berth/builds/{ref}/events', (context) => follow(parts, context));
  router.add('POST', '/berth/builds/{ref}/cancel', (context) => {
    const { ref } = find(parts, context);
    if (!builds.cancel(ref)) throw new EngineError('conflict', `the build ${ref} is not running`);
    sendEmpty(context, 204);
  });
  router.add('DELETE', '/berth/builds/{ref}', (context) => {
    const { ref } = find(parts, context);
    if (builds.running(ref) !== null) throw new EngineError('conflict', `the build ${ref} is running: cancel it first`);
    history.delete(ref);
    for (const tell of followers) tell({ deleted: ref });
    sendEmpty(context, 204);
  });
  router.add('POST', '/berth/builds', async (context) => {
    const found = await readBuildArchive(context.request);
    const running = found.find(({ ref }) => builds.running(ref) !== null);
    if (running !== undefined) throw new EngineError('conflict', `the build ${running.ref} is running`);
    const added = found.map((record) => history.add(record));
    for (const build of added) for (const tell of followers) tell({ build });
    sendJson(context, 201, added);
  });
  router.add('POST', '/berth/dockerfile/check', async (context) => {
    const asked = (await context.json()) as { Text?: unknown } | undefined;
    if (typeof asked?.Text !== 'string') throw new EngineError('invalid', 'there is no text to check');
    sendJson(context, 200, checkDockerfile(asked.Text));
  });
}

function list({ builds, history }: BuildsRouteParts): BuildSummary[] {
  return history.list().map((summary) => {
    const job = builds.running(summary.ref);
    return job === null ? summary : summaryOf(job, 'running');
  });
}

/** Lines of JSON until the client goes away: `builds` (all, once), then `build` or `deleted` for each that changed. */
async function followAll(parts: BuildsRouteParts, followers: Set<Follower>, context: ApiContext): Promise<void> {
  const { response, signal } = context;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const send = (value: object): void => {
    if (!response.destroyed) response.write(`${JSON.stringify(value)}\n`);
  };
  const news = new BuildNews(parts, send);
  const forget = parts.builds.subscribe((job) => {
    news.add(job);
  });
  followers.add(send);
  send({ builds: list(parts) });
  for (const job of parts.builds.jobs) if (job.completedAt === null) news.add(job);
  try {
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    forget();
    followers.delete(send);
    news.close();
  }
  response.end();
}

/** Tells of builds as they go on, each no more often than anybody can read. */
class BuildNews {
  readonly #parts: BuildsRouteParts;
  readonly #send: (value: object) => void;
  /** Builds that are watched, with what ends that. */
  readonly #watched = new Map<BuildJob, () => void>();
  readonly #changed = new Set<BuildJob>();
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: BuildsRouteParts, send: (value: object) => void) {
    this.#parts = parts;
    this.#send = send;
  }

  /** A build has begun, or ended. */
  add(job: BuildJob): void {
    this.#watched.get(job)?.();
    this.#watched.delete(job);
    this.#changed.delete(job);
    if (job.completedAt === null) {
      const watch = job.trace.subscribe(() => {
        this.#changed.add(job);
        this.#timer ??= setTimeout(() => {
          this.#flush();
        }, NEWS_INTERVAL);
      });
      this.#watched.set(job, watch);
      this.#send({ build: summaryOf(job, 'running') });
      return;
    }
    const record = this.#parts.history.find(job.ref);
    if (record === undefined) return;
    this.#send({ build: summaryOf(job, record.status) });
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const forget of this.#watched.values()) forget();
  }

  #flush(): void {
    this.#timer = null;
    for (const job of this.#changed) this.#send({ build: summaryOf(job, 'running') });
    this.#changed.clear();
  }
}

function find({ builds, history }: BuildsRouteParts, { params }: ApiContext): BuildRecord {
  const ref = params['ref'] ?? '';
  const job = builds.running(ref);
  const record = job === null ? history.find(ref) : recordOf(job);
  if (record === undefined) throw new EngineError('not-found', `no such build: ${ref}`);
  return record;
}

/** All so far, and then what happens, a line of JSON each, until the build has ended. */
async function follow(parts: BuildsRouteParts, context: ApiContext): Promise<void> {
  const { response, signal } = context;
  const record = find(parts, context);
  const job = parts.builds.running(record.ref);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const send = (value: object): void => {
    if (!response.destroyed) response.write(`${JSON.stringify(value)}\n`);
  };
  if (job === null) {
    const { vertexes, statuses, logs, alerts } = record;
    send({ vertexes, statuses, logs: [], alerts });
    for (const some of portions(logs)) send({ vertexes: [], statuses: [], logs: some, alerts: [] });
  } else {
    const { promise: ended, resolve } = Promise.withResolvers<null>();
    const forget = job.trace.subscribe(({ vertexes, statuses, logs, warnings }) => {
      send({ vertexes, statuses, logs: [], alerts: warnings });
      for (const some of portions(logsOf(logs))) send({ vertexes: [], statuses: [], logs: some, alerts: [] });
    });
    const ignore = parts.builds.subscribe((one) => {
      if (one === job && job.completedAt !== null) resolve(null);
    });
    signal.addEventListener('abort', () => {
      resolve(null);
    });
    await ended;
    forget();
    ignore();
  }
  response.end();
  if (!response.writableFinished && !response.destroyed) await once(response, 'close');
}

function* portions(logs: readonly BuildLog[]): Generator<readonly BuildLog[]> {
  let some: BuildLog[] = [];
  let size = 0;
  for (const log of logs) {
    if (some.length > 0 && size + log.text.length > LOGS_MAX) {
      yield some;
      some = [];
      size = 0;
    }
    some.push(log);
    size += log.text.length;
  }
  if (some.length > 0) yield some;
}
