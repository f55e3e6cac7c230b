import type { Digest } from './digest.ts';

/** Content that a piece of work needs and that nothing names yet. Held until `release`. */
export interface Lease {
  add(...digests: readonly Digest[]): void;
  release(): void;
}

/**
 * Keeps content that is on its way into an image (blobs and chain ids alike) from being collected. Leases live in
 * memory only: after a crash nothing is on its way, and what was left over is garbage.
 */
export class Leases {
  readonly #counts = new Map<Digest, number>();

  take(): Lease {
    const held: Digest[] = [];
    return {
      add: (...digests) => {
        for (const digest of digests) {
          held.push(digest);
          this.#counts.set(digest, (this.#counts.get(digest) ?? 0) + 1);
        }
      },
      release: () => {
        for (const digest of held.splice(0)) {
          const count = (this.#counts.get(digest) ?? 0) - 1;
          if (count <= 0) this.#counts.delete(digest);
          else this.#counts.set(digest, count);
        }
      },
    };
  }

  holds(digest: Digest): boolean {
    return this.#counts.has(digest);
  }

  held(): Digest[] {
    return [...this.#counts.keys()];
  }
}
