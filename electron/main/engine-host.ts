import { EngineSupervisor, type EngineAction, type RunningEngine } from '../../runtime/common/engine-supervisor.ts';
import type { FromEngine, ToEngine } from '../messages/engine.ts';

/** The parts of a utility process that are used here; Electron's fits. */
export interface EngineChild {
  postMessage(message: ToEngine): void;
  on(event: 'message', listener: (message: FromEngine) => void): unknown;
  once(event: 'exit', listener: (code: number) => void): unknown;
}

/**
 * The app's engine, in a process of its own. When another engine answers where ours would listen, that one is used, and
 * the app neither starts nor stops it.
 */
export class EngineHost {
  readonly #fork: () => EngineChild;
  readonly #supervisor: EngineSupervisor;
  readonly #place = Promise.withResolvers<{ socketPath: string; isOwn: boolean }>();

  /** `fork` makes the process; `print` is told what a person should know. */
  constructor(fork: () => EngineChild, print: (line: string) => void) {
    this.#fork = fork;
    this.#supervisor = new EngineSupervisor(() => this.#spawn(), print);
    // Whoever waits for the place is told by `start` as well.
    this.#place.promise.catch(() => undefined);
  }

  /** Where the engine listens, and whether it is the app's own. Known before it listens. */
  get place(): Promise<{ readonly socketPath: string; readonly isOwn: boolean }> {
    return this.#place.promise;
  }

  /** Starts it. Resolves when one answers; rejects when it cannot start. */
  async start(): Promise<void> {
    try {
      await this.#supervisor.control('start');
    } catch (error) {
      if (error instanceof TakenError) return;
      this.#place.reject(error);
      throw error;
    }
  }

  /** Starts, stops or restarts the app's own engine. Rejects for another one. */
  async control(action: EngineAction): Promise<void> {
    if (!(await this.place).isOwn) throw new Error('This engine was not started by the app.');
    await this.#supervisor.control(action);
  }

  /** Stops it for good. Containers go on. */
  async close(): Promise<void> {
    await this.#supervisor.close();
  }

  #spawn(): Promise<RunningEngine> {
    const child = this.#fork();
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code) => {
        resolve(`code ${code}`);
      });
    });
    return new Promise((resolve, reject) => {
      child.on('message', (message) => {
        switch (message.kind) {
          case 'place':
            this.#place.resolve({ socketPath: message.socketPath, isOwn: !message.taken });
            if (message.taken) reject(new TakenError('Another engine answers already.'));
            break;
          case 'listening':
            resolve({
              ended,
              stop: async () => {
                child.postMessage({ kind: 'stop' });
                await ended;
              },
            });
            break;
          case 'failed':
            reject(new Error(message.text));
        }
      });
      void ended.then((reason) => {
        reject(new Error(`the engine ended with ${reason}`));
      });
    });
  }
}

/** Not a failure: there is an engine to show. */
class TakenError extends Error {}
