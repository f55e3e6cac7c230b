/** Lets at most `limit` pieces of work run at a time, first come first served. */
export class Slots {
  #free: number;
  readonly #patienceMs: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * Work that takes longer than `patienceMs` (milliseconds; no end by default) goes on, but no longer counts: where slots
   * share out processors, what waits for something else must not stand in the way of others.
   */
  constructor(limit: number, patienceMs = Number.POSITIVE_INFINITY) {
    this.#free = limit;
    this.#patienceMs = patienceMs;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
    const timer = Number.isFinite(this.#patienceMs) ? setTimeout(release, this.#patienceMs) : undefined;
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      release();
    }
  }
}
