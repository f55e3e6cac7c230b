import { randomBytes } from 'node:crypto';
import { EngineError, messageOf } from '../../errors.ts';
import type { Builder, BuildRequest, BuildResult } from '../builder.ts';
import type { BuildHistory } from './store.ts';
import { BuildTrace } from './trace.ts';

/** A build that is going on, or was. Times in ms since the epoch. */
export interface BuildJob {
  /** The client's name for it, or one that was made up. */
  readonly ref: string;
  /** What it was asked to be called, or where its Dockerfile is. */
  readonly title: string;
  readonly trace: BuildTrace;
  readonly createdAt: number;
  completedAt: number | null;
  /** '' while it runs, and when it went well. */
  error: string;
  /** What was thrown; null while it runs, and when it went well. */
  failure: Error | null;
  /** Names and values of what it was asked. */
  readonly attributes: ReadonlyMap<string, string>;
  response: ReadonlyMap<string, string>;
}

/** A job and what is done about it. */
interface Running {
  readonly job: BuildJob;
  readonly stop: AbortController;
}

/** A build as it begins. */
export interface JobRequest {
  readonly ref: string;
  readonly title: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

/** Makes of a job what is to be built. */
type Prepare = (job: BuildJob, signal: AbortSignal) => Promise<Omit<BuildRequest, 'signal'>>;

/** Builds that are kept in memory after their end, for those who ask at once; the history has them all. */
const KEPT_MAX = 8;
/** ms that a watcher waits for the build that it names: clients open both at once. */
const PATIENCE = 10_000;

/** All builds, whatever door they came through: what is going on, and what was. */
export class Builds {
  readonly #builder: Builder;
  readonly #history: BuildHistory;
  readonly #jobs = new Map<string, Running>();
  readonly #works = new Set<Promise<unknown>>();
  readonly #empty = new WeakSet<BuildJob>();
  readonly #listeners = new Set<(job: BuildJob) => void>();

  constructor(builder: Builder, history: BuildHistory) {
    this.#builder = builder;
    this.#history = history;
  }

  /** All that is known of, oldest first. */
  get jobs(): readonly BuildJob[] {
    return [...this.#jobs.values()].flatMap(({ job }) => (this.#empty.has(job) ? [] : [job]));
  }

  /** A client that watches a build of this name is told that it has ended: there was nothing to build. */
  skip(ref: string): void {
    const job = { ...newJob({ ref, title: '', attributes: new Map() }), completedAt: Date.now() };
    this.#empty.add(job);
    this.#jobs.set(ref, { job, stop: new AbortController() });
    this.#tell(job);
    this.#trim();
  }

  /** A build, waited for when it is not there yet. Throws `not-found`. */
  async find(ref: string, signal: AbortSignal): Promise<BuildJob> {
    const known = this.#jobs.get(ref);
    if (known !== undefined) return known.job;
    const { promise, resolve, reject } = Promise.withResolvers<BuildJob>();
    const giveUp = (): void => {
      reject(new EngineError('not-found', `no such job ${ref}`));
    };
    const forget = this.subscribe((job) => {
      if (job.ref === ref) resolve(job);
    });
    const timer = setTimeout(giveUp, PATIENCE);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      forget();
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Told of every build when it begins and when it has ended. Returns what ends that. */
  subscribe(listener: (job: BuildJob) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A build that is going on; null when there is none of this name. */
  running(ref: string): BuildJob | null {
    const job = this.#jobs.get(ref)?.job;
    return job === undefined || job.completedAt !== null || this.#empty.has(job) ? null : job;
  }

  /** Cancels a build. False when there is none of this name that is going on. */
  cancel(ref: string): boolean {
    const running = this.#jobs.get(ref);
    if (running === undefined || running.job.completedAt !== null) return false;
    running.stop.abort();
    return true;
  }

  /**
   * Does a build; `prepare` makes of its job what is to be built, and what it throws is the build's failure. Throws what
   * the builder throws.
   */
  async run(request: JobRequest, prepare: Prepare): Promise<BuildResult> {
    const work = this.#run(request, prepare);
    this.#works.add(work);
    try {
      return await work;
    } finally {
      this.#works.delete(work);
    }
  }

  /** Cancels all builds and waits for their end. */
  async close(): Promise<void> {
    for (const { stop } of this.#jobs.values()) stop.abort();
    await Promise.allSettled(this.#works);
  }

  async #run(request: JobRequest, prepare: Prepare): Promise<BuildResult> {
    const ref = request.ref === '' ? randomBytes(13).toString('hex').slice(0, 25) : request.ref;
    if (this.#jobs.get(ref)?.job.completedAt === null)
      throw new EngineError('conflict', `a build of the id ${ref} is going on`);
    const job = newJob({ ...request, ref });
    const stop = new AbortController();
    this.#jobs.delete(ref);
    this.#jobs.set(ref, { job, stop });
    const signal = AbortSignal.any([request.signal, stop.signal]);
    this.#tell(job);
    this.#history.begin(job);
    try {
      const result = await this.#builder.build({ ...(await prepare(job, signal)), signal });
      job.response = result.response;
      return result;
    } catch (error) {
      job.error = messageOf(error);
      job.failure = error instanceof Error ? error : new Error(job.error);
      throw error;
    } finally {
      job.completedAt = Date.now();
      job.trace.flush();
      this.#history.end(job, job.error === '' ? 'completed' : signal.aborted ? 'canceled' : 'failed');
      this.#tell(job);
      this.#trim();
    }
  }

  #tell(job: BuildJob): void {
    for (const listener of this.#listeners) listener(job);
  }

  #trim(): void {
    for (const [ref, { job }] of this.#jobs) {
      if (this.#jobs.size <= KEPT_MAX) return;
      if (job.completedAt !== null) this.#jobs.delete(ref);
    }
  }
}

function newJob({ ref, title, attributes }: Omit<JobRequest, 'signal'>): BuildJob {
  return {
    ref,
    title,
    attributes,
    trace: new BuildTrace(),
    createdAt: Date.now(),
    completedAt: null,
    error: '',
    failure: null,
    response: new Map(),
  };
}
