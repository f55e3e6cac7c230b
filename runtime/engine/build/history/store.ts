import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { deflateSync, inflateSync } from 'node:zlib';
import type { DomainSchema } from '../../store/database.ts';
import type { BuildJob } from './builds.ts';
import type { TraceStatus, TraceUpdate, TraceVertex, TraceWarning } from './trace.ts';

/** The table of builds that were, and of those that are going on. */
export const HISTORY_SCHEMA: DomainSchema = {
  domain: 'build-history',
  migrations: [
    `CREATE TABLE build_history (
       ref TEXT PRIMARY KEY,
       -- ms since the epoch.
       created_at INTEGER NOT NULL,
       -- JSON: a BuildSummary.
       summary TEXT NOT NULL,
       -- Deflated JSON: a BuildRecord's details; empty while it runs.
       details BLOB NOT NULL
     ) STRICT;
     CREATE INDEX build_history_by_time ON build_history (created_at);`,
  ],
};

/** How a build stands. */
export type BuildStatus = 'running' | 'completed' | 'failed' | 'canceled';

/** A build as a list shows it. Times in ms since the epoch. */
export interface BuildSummary {
  readonly ref: string;
  readonly title: string;
  readonly status: BuildStatus;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly error: string;
  /** Steps and tasks: all, those that have ended, and those whose result was in the cache. */
  readonly total: number;
  readonly completed: number;
  readonly cached: number;
  readonly warnings: number;
  /** Id of the image that was made; '' for none. */
  readonly image: string;
}

/** What a step's command wrote: pieces in order, as text. */
export interface BuildLog {
  readonly vertex: string;
  readonly time: number;
  readonly stream: 1 | 2;
  readonly text: string;
}

/** A build with all that is known of it. */
export interface BuildRecord extends BuildSummary {
  /** What it was asked, but for values of variables. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly vertexes: readonly TraceVertex[];
  readonly statuses: readonly TraceStatus[];
  readonly logs: readonly BuildLog[];
  readonly alerts: readonly TraceWarning[];
}

type Details = Omit<BuildRecord, keyof BuildSummary>;

/** Builds that are remembered: the oldest go first. */
const BUILDS_MAX = 200;
/** Builds more than that before the oldest go, all at once. */
const BUILDS_OVER = 20;
/** What is said of a build whose engine ended before it. */
const LOST = 'the engine ended while it was building';

/** Builds by name, over restarts of the engine. */
export class BuildHistory {
  readonly #database: DatabaseSync;
  readonly #putting: StatementSync;
  readonly #counting: StatementSync;

  /** Those that an engine before this one was doing have failed with it. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#putting = database.prepare('INSERT OR REPLACE INTO build_history VALUES (?, ?, ?, ?)');
    this.#counting = database.prepare('SELECT count(*) AS count FROM build_history');
    for (const summary of this.list()) {
      if (summary.status !== 'running') continue;
      const lost: BuildSummary = { ...summary, status: 'failed', error: LOST, completedAt: summary.createdAt };
      database.prepare('UPDATE build_history SET summary = ? WHERE ref = ?').run(JSON.stringify(lost), summary.ref);
    }
  }

  /** All that are remembered, latest first. */
  list(): BuildSummary[] {
    const rows = this.#database
      .prepare('SELECT summary FROM build_history ORDER BY created_at DESC, rowid DESC LIMIT ?')
      .all(BUILDS_MAX);
    return rows.map((row) => JSON.parse(String(row['summary'])) as BuildSummary);
  }

  /** One with everything; undefined when it is not known. */
  find(ref: string): BuildRecord | undefined {
    const row = this.#database.prepare('SELECT summary, details FROM build_history WHERE ref = ?').get(ref);
    if (row === undefined) return undefined;
    const summary = JSON.parse(String(row['summary'])) as BuildSummary;
    const bytes = row['details'] as Uint8Array;
    const details: Details = bytes.length === 0 ? NO_DETAILS : (JSON.parse(inflateSync(bytes).toString()) as Details);
    return { ...details, ...summary };
  }

  /** A build has begun. */
  begin(job: BuildJob): void {
    this.#put(summaryOf(job, 'running'), Buffer.alloc(0));
    // Some are let over, so that not every build takes one away.
    if (Number(this.#counting.get()?.['count']) <= BUILDS_MAX + BUILDS_OVER) return;
    this.#database
      .prepare(
        'DELETE FROM build_history WHERE ref NOT IN (SELECT ref FROM build_history ORDER BY created_at DESC, rowid DESC LIMIT ?)',
      )
      .run(BUILDS_MAX);
  }

  /** A build has ended. */
  end(job: BuildJob, status: BuildStatus): void {
    this.#put(summaryOf(job, status), deflateSync(JSON.stringify(detailsOf(job))));
  }

  /** Takes over a build that ended elsewhere. Returns what a list shows of it. */
  add({ attributes, vertexes, statuses, logs, alerts, ...summary }: BuildRecord): BuildSummary {
    const details: Details = { attributes, vertexes, statuses, logs, alerts };
    this.#put(summary, deflateSync(JSON.stringify(details)));
    return summary;
  }

  /** False when it is not known. */
  delete(ref: string): boolean {
    return this.#database.prepare('DELETE FROM build_history WHERE ref = ?').run(ref).changes > 0;
  }

  #put(summary: BuildSummary, details: Uint8Array): void {
    this.#putting.run(summary.ref, summary.createdAt, JSON.stringify(summary), details);
  }
}

const NO_DETAILS: Details = { attributes: {}, vertexes: [], statuses: [], logs: [], alerts: [] };

/** A build that is going on, with all so far. */
export function recordOf(job: BuildJob): BuildRecord {
  return { ...detailsOf(job), ...summaryOf(job, 'running') };
}

/** How a build that is going on stands. */
export function summaryOf(job: BuildJob, status: BuildStatus): BuildSummary {
  const { vertexes, warnings } = job.trace.whole;
  return {
    ref: job.ref,
    title: job.title,
    status,
    createdAt: job.createdAt,
    completedAt: job.completedAt,
    error: job.error,
    total: vertexes.length,
    completed: vertexes.filter(({ completed }) => completed !== null).length,
    cached: vertexes.filter(({ cached }) => cached).length,
    warnings: warnings.length,
    image: job.response.get('containerimage.config.digest') ?? '',
  };
}

function detailsOf(job: BuildJob): Details {
  const { vertexes, statuses, logs, warnings } = job.trace.whole;
  return { attributes: Object.fromEntries(job.attributes), vertexes, statuses, logs: logsOf(logs), alerts: warnings };
}

/** Output as text. */
export function logsOf(logs: TraceUpdate['logs']): BuildLog[] {
  return logs.map(({ vertex, time, stream, bytes }) => ({ vertex, time, stream, text: bytes.toString() }));
}
