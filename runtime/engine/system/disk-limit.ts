import { EngineError } from '../errors.ts';

export interface DiskLimitParts {
  /** Bytes that everything the engine keeps may take; 0: no limit. */
  readonly limit: () => number;
  /** Bytes that it takes: a walk over all of it. */
  readonly measure: () => Promise<number>;
  /** Milliseconds that only rise. */
  readonly now: () => number;
  readonly onWarning: (message: string, error: unknown) => void;
}

/** Up to this share of the limit a figure is taken for a while, and measured again meanwhile. */
const EASY_SHARE = 0.8;
/** ms for which a figure is taken with room enough: a walk over a million files takes seconds. */
const EASY_AGE = 60_000;
/** ms for which it is taken where room is scarce, so that what was removed counts soon. */
const SCARCE_AGE = 2000;

/** What has to know whether there is room. */
export type Room = Pick<DiskLimit, 'assertRoom'>;

/** Without a limit. */
export const ROOM: Room = { assertRoom: () => Promise.resolve() };

/**
 * Keeps what the engine holds on disk (images, containers, volumes, caches, trash) within `resources.disk` of its
 * configuration: over it, nothing more is taken in. What containers that run write is counted and not stopped.
 */
export class DiskLimit {
  readonly #parts: DiskLimitParts;
  #used: number | null = null;
  #at = 0;
  #measuring: Promise<void> | null = null;

  constructor(parts: DiskLimitParts) {
    this.#parts = parts;
  }

  /** A sentence once the limit was met, as far as was measured. */
  get warnings(): readonly string[] {
    const limit = this.#parts.limit();
    return limit === 0 || this.#used === null || this.#used < limit ? [] : [sentence(this.#used, limit)];
  }

  /** Throws `internal`, as a full disk does, when everything that is kept takes as much as it may. Before each thing that would be added. */
  async assertRoom(): Promise<void> {
    const limit = this.#parts.limit();
    if (limit === 0) return;
    const age = this.#parts.now() - this.#at;
    if (this.#used !== null && this.#used < limit * EASY_SHARE) {
      if (age > EASY_AGE) void this.#measure();
    } else if (this.#used === null || age > SCARCE_AGE) {
      await this.#measure();
    }
    if (this.#used !== null && this.#used >= limit) throw new EngineError('internal', sentence(this.#used, limit));
  }

  /** Once for all who ask meanwhile. Never rejects: what cannot be measured is not over its limit. */
  #measure(): Promise<void> {
    this.#measuring ??= this.#parts
      .measure()
      .then(
        (used) => {
          this.#used = used;
        },
        (error: unknown) => {
          this.#used = null;
          this.#parts.onWarning('what is kept on disk could not be measured', error);
        },
      )
      .finally(() => {
        this.#at = this.#parts.now();
        this.#measuring = null;
      });
    return this.#measuring;
  }
}

function sentence(used: number, limit: number): string {
  const size = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  return `no room: all that is kept takes ${size(used)}, with the trash, and resources.disk of engine.json allows ${size(limit)}; remove what is not needed, or raise the limit`;
}
