import { EngineError } from '../../errors.ts';

interface Running<T, E> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  readonly listeners: Set<(event: E) => void>;
  readonly past: E[];
  waiters: number;
}

/** Work that several builds need at a time and that is done once. It ends early only when the last of them gives it up. */
export class SharedWork<T, E> {
  readonly #running = new Map<string, Running<T, E>>();

  /** Does `work`, or joins one of the same key; either way `onEvent` is told of all that happens in it. */
  async run(
    key: string,
    signal: AbortSignal,
    onEvent: (event: E) => void,
    work: (signal: AbortSignal, emit: (event: E) => void) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const running = this.#join(key, work);
    for (const event of running.past) onEvent(event);
    running.listeners.add(onEvent);
    running.waiters += 1;
    const { promise: given, reject } = Promise.withResolvers<never>();
    given.catch(() => undefined);
    const giveUp = (): void => {
      reject(new EngineError('internal', 'context canceled'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([running.result, given]);
    } finally {
      signal.removeEventListener('abort', giveUp);
      running.listeners.delete(onEvent);
      running.waiters -= 1;
      if (running.waiters === 0) running.abort.abort();
    }
  }

  #join(key: string, work: (signal: AbortSignal, emit: (event: E) => void) => Promise<T>): Running<T, E> {
    const known = this.#running.get(key);
    // One that was given up is on its way out: it cannot be joined any more.
    if (known !== undefined && !known.abort.signal.aborted) return known;
    const abort = new AbortController();
    const listeners = new Set<(event: E) => void>();
    const past: E[] = [];
    const emit = (event: E): void => {
      past.push(event);
      for (const listener of listeners) listener(event);
    };
    const result = (known?.result ?? Promise.resolve()).then(
      () => work(abort.signal, emit),
      () => work(abort.signal, emit),
    );
    const running: Running<T, E> = { result, abort, listeners, past, waiters: 0 };
    this.#running.set(key, running);
    result
      .catch(() => undefined)
      .finally(() => {
        if (this.#running.get(key) === running) this.#running.delete(key);
      })
      .catch(() => undefined);
    return running;
  }
}
