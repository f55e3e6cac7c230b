import type { OutputOf } from '../contract/contract.ts';
import type { Work, WorkItem, WorkItems, WorkKind, WorkRequest, WorkRequestOf } from '../contract/works.ts';
import { BridgeError } from '../rpc/error.ts';
import type { ServerChannel } from '../rpc/server.ts';
import { toBridgeError } from './docker-client.ts';

/** How long the end of work waits for a page that hears of it, in milliseconds. */
const KEEP_ENDED_MS = 600_000;

const NOTHING: Record<string, never> = {};

/** What work tells its progress to; nobody needs to listen. */
export type WorkChannel<Item> = Pick<ServerChannel<Item>, 'signal' | 'item'>;

/** Does work of each kind. Rejects when it failed or was cancelled. */
export type WorkRuns = {
  readonly [K in WorkKind]: (request: WorkRequestOf<K>, channel: WorkChannel<WorkItems[K]>) => Promise<void>;
};

type Follower = (item: OutputOf<'works.follow'>) => void;

/**
 * The contract's `works.*`: long work that goes on whether or not a page is there. Any page of this app sees it, and may
 * end it; when none heard how it ended, the next that comes does.
 */
export class WorkService {
  readonly #runs: WorkRuns;
  readonly #keepMs: number;
  readonly #works = new Map<string, RunningWork>();
  readonly #followers = new Set<Follower>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(runs: WorkRuns, keepMs = KEEP_ENDED_MS) {
    this.#runs = runs;
    this.#keepMs = keepMs;
  }

  /** Begins work. Throws BridgeError for an id that was taken. */
  start({ id, page, request }: { id: string; page: string; request: WorkRequest }): Record<string, never> {
    if (this.#works.has(id)) throw new BridgeError('conflict', 'This work goes on already.');
    // What the contract's union says of requests and items cannot be said of one function for all of them.
    const run = this.#runs[request.kind] as (request: WorkRequest, channel: WorkChannel<WorkItem>) => Promise<void>;
    const work = new RunningWork(id, request, page, (channel) => run(request, channel));
    this.#works.set(id, work);
    work.whenEnded(() => {
      this.#settle(work);
    });
    for (const tell of this.#followers) tell({ kind: 'begun', work: { ...work.summary, watched: true } });
    return NOTHING;
  }

  cancel(id: string): Record<string, never> {
    this.#works.get(id)?.cancel();
    return NOTHING;
  }

  /** Tells a page of all work until it goes. */
  async follow(channel: Pick<ServerChannel<OutputOf<'works.follow'>>, 'signal' | 'item'>): Promise<void> {
    let sending = channel.item({ kind: 'all', works: [...this.#works.values()].map(({ summary }) => summary) });
    const tell: Follower = (item) => {
      sending = sending.then(() => channel.item(item));
    };
    this.#followers.add(tell);
    await new Promise<void>((resolve) => {
      channel.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    this.#followers.delete(tell);
    await sending;
  }

  /** Has a page watch work. Ends as the work does; the page may go before. */
  async join(id: string, channel: WorkChannel<WorkItem>): Promise<void> {
    const work = this.#works.get(id);
    if (work === undefined) throw new BridgeError('not-found', 'This work has ended.');
    await work.watch(channel);
  }

  /** A page knows how work ended. That it was on its way is not enough: the page may have been about to go. */
  heard(id: string): Record<string, never> {
    if (this.#works.get(id)?.hasEnded === true) this.#works.delete(id);
    return NOTHING;
  }

  /** Ends all work. */
  dispose(): void {
    for (const work of this.#works.values()) work.cancel();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #settle(work: RunningWork): void {
    if (work.isCancelled) {
      this.#works.delete(work.id);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#works.delete(work.id);
    }, this.#keepMs);
    timer.unref();
    this.#timers.add(timer);
  }
}

/** One work. */
class RunningWork {
  readonly id: string;
  readonly #request: WorkRequest;
  readonly #startedAt = Date.now();
  readonly #starter: string;
  readonly #controller = new AbortController();
  /** The latest that was told of each of its things. */
  readonly #told = new Map<string, WorkItem>();
  readonly #viewers = new Set<Viewer>();
  #failure: BridgeError | null = null;
  #hasEnded = false;
  readonly #ended: Promise<void>;

  constructor(
    id: string,
    request: WorkRequest,
    starter: string,
    run: (channel: WorkChannel<WorkItem>) => Promise<void>,
  ) {
    this.id = id;
    this.#request = request;
    this.#starter = starter;
    const { signal } = this.#controller;
    const item = (value: WorkItem): Promise<void> => {
      this.#tell(value);
      return Promise.resolve();
    };
    this.#ended = run({ signal, item })
      .then(() => {
        if (signal.aborted) throw new BridgeError('cancelled', 'Cancelled.');
      })
      .catch((error: unknown) => {
        this.#failure = toBridgeError(error, signal);
      })
      .then(() => {
        this.#hasEnded = true;
      });
  }

  get summary(): Work {
    return {
      id: this.id,
      request: this.#request,
      startedAt: this.#startedAt,
      starter: this.#starter,
      watched: this.#viewers.size > 0,
    };
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Calls back when it is over, in whatever way. */
  whenEnded(then: () => void): void {
    // It resolves in any case.
    void this.#ended.then(then);
  }

  cancel(): void {
    this.#controller.abort();
  }

  /** Shows it to a page until it has ended or the page has gone. Rejects when the work failed. */
  async watch(channel: WorkChannel<WorkItem>): Promise<void> {
    const viewer = new Viewer(channel);
    for (const [key, item] of this.#told) viewer.tell(key, item);
    this.#viewers.add(viewer);
    const gone = new Promise<void>((resolve) => {
      channel.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await Promise.race([gone, this.#ended.then(() => viewer.settled())]);
    this.#viewers.delete(viewer);
    if (!channel.signal.aborted && this.#failure !== null) throw this.#failure;
  }

  #tell(item: WorkItem): void {
    const key = keyOf(item);
    this.#told.delete(key);
    this.#told.set(key, item);
    for (const viewer of this.#viewers) viewer.tell(key, item);
  }
}

/** A page that watches. It is told the latest of each thing as fast as it takes that; the work never waits for it. */
class Viewer {
  readonly #channel: WorkChannel<WorkItem>;
  readonly #waiting = new Map<string, WorkItem>();
  #sending: Promise<void> | null = null;

  constructor(channel: WorkChannel<WorkItem>) {
    this.#channel = channel;
  }

  tell(key: string, item: WorkItem): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, item);
    this.#sending ??= this.#send();
  }

  /** Resolves when it has been told everything. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const [key, item] = first;
      this.#waiting.delete(key);
      await this.#channel.item(item);
    }
    // In the same turn in which there was nothing left: what comes after that is sent anew.
    this.#sending = null;
  }
}

/** What of the work an item tells of: a later one of the same takes its place. */
function keyOf(item: WorkItem): string {
  if ('object' in item) return item.object;
  if ('part' in item) return item.part;
  if ('kind' in item) return `${item.kind} ${item.id}`;
  return '';
}
