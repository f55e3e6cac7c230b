/**
 * Credit of one direction of a channel, counted in bytes: the sender starts with a window and spends it; the receiver
 * gives credit back when it has finished with what it got.
 */
export class SendWindow {
  #credit: number;
  #closed = false;
  readonly #waiters: (() => void)[] = [];

  constructor(windowBytes: number) {
    this.#credit = windowBytes;
  }

  /** Takes `bytes` from the window. It may go below zero once, so that a large item is never stuck. */
  spend(bytes: number): void {
    this.#credit -= bytes;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > 0) this.#release();
  }

  /** Resolves as soon as there is credit, or the channel is closed. */
  async ready(): Promise<void> {
    if (this.#credit > 0 || this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  close(): void {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** Collects credit to give back, so that not every small message is answered by a frame. */
export class ReceiveCredit {
  #pending = 0;
  readonly #batch: number;
  readonly #give: (bytes: number) => void;

  /** Gives back in steps of an eighth of the window. */
  constructor(windowBytes: number, give: (bytes: number) => void) {
    this.#batch = Math.max(1, Math.floor(windowBytes / 8));
    this.#give = give;
  }

  done(bytes: number): void {
    this.#pending += bytes;
    if (this.#pending < this.#batch) return;
    const give = this.#pending;
    this.#pending = 0;
    this.#give(give);
  }
}
