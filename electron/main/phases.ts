/** What the app has done so far; it only goes forward. */
export const PHASES = ['starting', 'ready', 'window-open', 'quitting'] as const;
export type Phase = (typeof PHASES)[number];

/** The app's phase, and the work that must end before it may quit. */
export class Lifecycle {
  #phase: Phase = 'starting';
  readonly #joins: (() => Promise<void>)[] = [];

  get phase(): Phase {
    return this.#phase;
  }

  /** Goes on to a later phase; going back is ignored. */
  enter(phase: Phase): void {
    if (PHASES.indexOf(phase) > PHASES.indexOf(this.#phase)) this.#phase = phase;
  }

  /** Adds work that quitting waits for. */
  joinQuit(work: () => Promise<void>): void {
    this.#joins.push(work);
  }

  /** Ends what was started. Resolves when all of it has ended or `timeoutMs` have passed, and never rejects. */
  async quit(timeoutMs: number): Promise<void> {
    this.enter('quitting');
    const all = Promise.allSettled(this.#joins.map((work) => work()));
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      resolve(undefined);
    }, timeoutMs);
    await Promise.race([all, late]);
    clearTimeout(timer);
  }
}
