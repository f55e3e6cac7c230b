/** Tells listeners that something has changed. */
export class Signal {
  readonly #listeners = new Set<() => void>();

  readonly emit = (): void => {
    for (const listener of this.#listeners) listener();
  };

  /** Returns the function that stops it. */
  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
}
