/** One event in the shape of the Docker Engine API (`GET /events`, EventMessage). */
export interface EngineEvent {
  readonly Type: 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder';
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: 'local';
  /** Seconds since the epoch. */
  readonly time: number;
  /** Nanoseconds since the epoch; a JSON number in the API, so the last digits are rounded as in every JSON client. */
  readonly timeNano: number;
}

type Listener = (event: EngineEvent) => void;

/** How many past events are kept for `since` (Docker keeps 256). */
export const HISTORY_LENGTH = 256;

/** Ordered event stream of the engine, with a bounded history for `since`. */
export class EventBus {
  readonly #listeners = new Set<Listener>();
  readonly #history: EngineEvent[];

  /** `history`: what former engines published, oldest first. */
  constructor(history: readonly EngineEvent[] = []) {
    this.#history = [...history];
  }

  publish(type: EngineEvent['Type'], action: string, id: string, attributes: Record<string, string> = {}): void {
    const now = Date.now();
    const event: EngineEvent = {
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      time: Math.floor(now / 1000),
      timeNano: now * 1_000_000,
    };
    this.#history.push(event);
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Past events, oldest first. */
  history(): readonly EngineEvent[] {
    return this.#history;
  }

  /** Calls `listener` for each event from now on; returns the function that stops it. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
