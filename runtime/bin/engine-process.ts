import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../common/errors.ts';
import { Mutex } from '../common/mutex.ts';

/** Where an engine keeps its things and listens. */
interface Places {
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
}

/** An engine that dies again this soon after it was brought back is left alone, in milliseconds. */
const GIVE_UP_MS = 60_000;

/** The engine as a child process. Containers do not depend on it: they go on while it is stopped. */
export class EngineProcess {
  readonly #places: Places;
  readonly #print: (line: string) => void;
  readonly #mutex = new Mutex();
  #child: ChildProcess | null = null;
  #broughtBackAt = -Infinity;
  #closed = false;

  private constructor(places: Places, print: (line: string) => void) {
    this.#places = places;
    this.#print = print;
  }

  /** Starts an engine and resolves when it listens. Rejects when it ends before that. */
  static async start(places: Places, print: (line: string) => void): Promise<EngineProcess> {
    const engine = new EngineProcess(places, print);
    await engine.control('start');
    return engine;
  }

  /** Starts, stops or restarts it, one after the other. Resolves when that is done; rejects when it does not start. */
  async control(action: 'start' | 'stop' | 'restart'): Promise<void> {
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
    if (this.#child !== null) return;
    const child = await spawnEngine(this.#places);
    this.#child = child;
    const gone = (): void => {
      // Null when it was stopped on purpose.
      if (this.#child !== child) return;
      this.#child = null;
      this.#bringBack(child.signalCode ?? `code ${String(child.exitCode)}`);
    };
    if (hasEnded(child)) gone();
    else child.once('exit', gone);
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || hasEnded(child)) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
      child.kill('SIGTERM');
    });
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

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Spawns the engine and waits for the line with which it says that it listens. */
function spawnEngine(places: Places): Promise<ChildProcess> {
  const command = fileURLToPath(new URL('./berth.mjs', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      command,
      'engine',
      '--data-root',
      places.dataRoot,
      '--exec-root',
      places.execRoot,
      '--host',
      `unix://${places.socket}`,
    ],
    // A process group of its own: Ctrl+C in the terminal reaches this process alone, which then ends both in order.
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('API listen on')) resolve(child);
    });
    child.once('exit', (code) => {
      reject(new Error(`the engine ended with code ${code ?? 'none'}`));
    });
    child.once('error', reject);
  });
}
