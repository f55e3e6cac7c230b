import type { Duplex } from 'node:stream';
import { Mutex } from '../../common/mutex.ts';
import { EngineError } from '../errors.ts';
import type { Supervised } from '../launcher/interface.ts';
import type { LaunchPlan } from '../launcher/types.ts';
import type { ContainerRecord, ContainerState } from './types.ts';

/** What an attach asks for. */
export interface AttachStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/**
 * How long the end of a container waits for those who are attached to get the rest of its output (ms): as long as
 * dockerd's does. One that does not read is not waited for any longer.
 */
const OUTPUT_PATIENCE = 2_000;

interface PendingAttach {
  readonly streams: AttachStreams;
  readonly resolve: (stream: Duplex) => void;
  readonly reject: (error: unknown) => void;
}

/** A container in the engine's memory: its record, its process when one runs, and who waits for it. */
export class ContainerHandle {
  record: ContainerRecord;
  supervised: Supervised | null = null;
  /** Its monitor is there and does not answer (stopped, say); it is followed again as soon as it does. */
  unreachable = false;
  /** Everything of the launch plan that does not depend on the start; made on first use. */
  plan: LaunchPlan | null = null;
  /** One state change at a time. */
  readonly operations = new Mutex();
  /** A stop was asked for: the exit that follows is not a crash. */
  stopping = false;
  /** A stop that a start follows: `--rm` does not remove it in between. */
  betweenRuns = false;
  /** Milliseconds the restart policy waited last; 0 when it has not. */
  restartBackoff = 0;
  /** Ends a pending restart of the restart policy. */
  cancelRestart: (() => void) | null = null;
  /** Execs that run in it, by id. */
  readonly execs = new Set<string>();
  /** Resolves when the exit that is being handled is in the record; null while none is. */
  exitHandled: Promise<void> = Promise.resolve();
  readonly #pendingAttaches = new Set<PendingAttach>();
  readonly #attached = new Set<Duplex>();
  readonly #exitWaiters = new Set<(exitCode: number) => void>();
  readonly #removalWaiters = new Set<(exitCode: number) => void>();

  /** How many look at its files from outside, and who waits for the last of them. */
  #viewers = 0;
  readonly #viewersGone = new Set<() => void>();

  constructor(record: ContainerRecord) {
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get state(): ContainerState {
    return this.record.state;
  }

  get running(): boolean {
    const isFollowed = this.supervised !== null || this.unreachable;
    return isFollowed && (this.state.status === 'running' || this.state.status === 'paused');
  }

  /** Throws `conflict` while its monitor does not answer: nothing can be done with the container then. */
  assertReachable(): void {
    if (!this.unreachable) return;
    throw new EngineError('conflict', `the monitor of container ${this.id} does not answer; try again when it does`);
  }

  /** Throws `conflict` when that process has ended: its exit is in the record, which must not be written over. */
  assertRuns(supervised: Supervised): void {
    if (this.supervised !== supervised) throw new EngineError('conflict', `container ${this.id} is not running`);
  }

  /** Keeps the container from being started until the returned function is called (once). */
  holdStarts(): () => void {
    this.#viewers += 1;
    return () => {
      this.#viewers -= 1;
      if (this.#viewers > 0) return;
      for (const resolve of this.#viewersGone) resolve();
      this.#viewersGone.clear();
    };
  }

  /** Resolves when nobody holds the starts. */
  async startsFree(): Promise<void> {
    if (this.#viewers > 0) await new Promise<void>((resolve) => this.#viewersGone.add(resolve));
  }

  /** A stream to the process, now or as soon as it is started. */
  async attach(streams: AttachStreams, signal: AbortSignal): Promise<Duplex> {
    const stream = await this.#connect(streams, signal);
    if (!stream.closed) {
      this.#attached.add(stream);
      stream.once('close', () => this.#attached.delete(stream));
    }
    return stream;
  }

  /** Resolves when everybody who is attached has got all of the output of a process that has ended, or reads none. */
  async outputDelivered(): Promise<void> {
    if (this.#attached.size === 0) return;
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(resolve, OUTPUT_PATIENCE, null);
    const closed = [...this.#attached].map((stream) => new Promise((done) => stream.once('close', done)));
    await Promise.race([Promise.all(closed), late]);
    clearTimeout(timer);
  }

  async #connect(streams: AttachStreams, signal: AbortSignal): Promise<Duplex> {
    if (this.supervised !== null) return this.supervised.attach(streams);
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const pending = { streams, resolve, reject };
      this.#pendingAttaches.add(pending);
      signal.addEventListener('abort', () => {
        this.#pendingAttaches.delete(pending);
        reject(signal.reason as Error);
      });
    });
  }

  /** Whether someone attached before the start, who must be connected before the first byte. */
  get hasPendingAttaches(): boolean {
    return this.#pendingAttaches.size > 0;
  }

  /** Connects those who attached before the start. */
  async connectPendingAttaches(supervised: Supervised): Promise<void> {
    const pending = [...this.#pendingAttaches];
    this.#pendingAttaches.clear();
    await Promise.all(pending.map(({ streams, resolve, reject }) => supervised.attach(streams).then(resolve, reject)));
  }

  /** The start failed, or the container goes away: nobody will ever be connected. */
  failPendingAttaches(error: Error): void {
    const pending = [...this.#pendingAttaches];
    this.#pendingAttaches.clear();
    for (const { reject } of pending) reject(error);
  }

  /** The exit code of the run that ends next. */
  waitForExit(signal: AbortSignal): Promise<number> {
    return waitOn(this.#exitWaiters, signal);
  }

  /** The exit code of the last run, once the container is gone. */
  waitForRemoval(signal: AbortSignal): Promise<number> {
    return waitOn(this.#removalWaiters, signal);
  }

  announceExit(): void {
    settle(this.#exitWaiters, this.state.exitCode);
  }

  announceRemoval(): void {
    settle(this.#removalWaiters, this.state.exitCode);
    settle(this.#exitWaiters, this.state.exitCode);
  }
}

function waitOn(waiters: Set<(exitCode: number) => void>, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    waiters.add(resolve);
    signal.addEventListener('abort', () => {
      waiters.delete(resolve);
      reject(signal.reason as Error);
    });
  });
}

function settle(waiters: Set<(exitCode: number) => void>, exitCode: number): void {
  const waiting = [...waiters];
  waiters.clear();
  for (const resolve of waiting) resolve(exitCode);
}
