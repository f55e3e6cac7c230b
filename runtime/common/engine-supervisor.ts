import { messageOf } from './errors.ts';
import { Mutex } from './mutex.ts';

/** A process that runs the engine, however it was made. */
export interface RunningEngine {
  /** Resolves with how it ended (a signal's name or `code N`), whoever ended it. */
  readonly ended: Promise<string>;
  /** Ends it. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** What can be done with an engine as a whole. */
export type EngineAction = 'start' | 'stop' | 'restart';

/** An engine that dies again this soon after it was brought back is left alone, in milliseconds. */
const GIVE_UP_MS = 60_000;

/**
 * Keeps an engine running: one that ends by itself is brought back, once a minute at most. Containers do not depend on
 * it: they go on while it is stopped.
 */
export class EngineSupervisor {
  readonly #spawn: () => Promise<RunningEngine>;
  readonly #print: (line: string) => void;
  readonly #mutex = new Mutex();
  #engine: RunningEngine | null = null;
  #broughtBackAt = -Infinity;
  #closed = false;

  /** `spawn` resolves when the engine listens, and rejects when it ends before that; `print` is told what a person should know. */
  constructor(spawn: () => Promise<RunningEngine>, print: (line: string) => void) {
    this.#spawn = spawn;
    this.#print = print;
  }

  /** Starts, stops or restarts it, one after the other. Resolves when that is done; rejects when it does not start. */
  async control(action: EngineAction): Promise<void> {
    await this.#mutex.run(async () => {
      if (action !== 'start') await this.#stop();
      if (action !== 'stop' && !this.#closed) await this.#start();
    });
  }

  /** Stops it for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.control('stop');
  }

  async #start(): Promise<void> {
    if (this.#engine !== null) return;
    const engine = await this.#spawn();
    this.#engine = engine;
    void engine.ended.then((reason) => {
      // Another, or none, when it was stopped on purpose.
      if (this.#engine !== engine) return;
      this.#engine = null;
      this.#bringBack(reason);
    });
  }

  async #stop(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await engine?.stop();
  }

  #bringBack(reason: string): void {
    this.#print(`The engine ended by itself (${reason}).`);
    if (performance.now() - this.#broughtBackAt < GIVE_UP_MS) {
      this.#print('It was brought back a moment ago, so it stays down. Containers go on; start it from the app.');
      return;
    }
    this.#broughtBackAt = performance.now();
    this.control('start').then(
      () => {
        if (!this.#closed) this.#print('The engine is back.');
      },
      (error: unknown) => {
        this.#print(`The engine could not be brought back: ${messageOf(error)}`);
      },
    );
  }
}
