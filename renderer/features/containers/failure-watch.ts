import type { EngineEvent } from '../../../runtime/contract/contract.ts';

/** Something that a container did and nobody asked for. */
export type Failure = { readonly id: string; readonly name: string } & (
  { readonly kind: 'ended'; readonly code: number; readonly oomKilled: boolean } | { readonly kind: 'unhealthy' }
);

/** Tells from the engine's events which containers failed: one that was stopped or killed by somebody did not. */
export class FailureWatch {
  readonly #asked = new Set<string>();
  readonly #starved = new Set<string>();

  /** What an event says of failing; null where it says nothing of it. */
  see(event: EngineEvent): Failure | null {
    if (event.kind !== 'event' || event.type !== 'container') return null;
    const { id, action, attributes } = event;
    const name = attributes['name'] ?? id.slice(0, 12);
    switch (action) {
      case 'kill':
        this.#asked.add(id);
        return null;
      case 'oom':
        this.#starved.add(id);
        return null;
      case 'start':
      case 'destroy':
        this.#asked.delete(id);
        this.#starved.delete(id);
        return null;
      case 'die': {
        const oomKilled = this.#starved.delete(id);
        const asked = this.#asked.delete(id);
        const code = Number(attributes['exitCode'] ?? 0);
        return asked || code === 0 || Number.isNaN(code) ? null : { kind: 'ended', id, name, code, oomKilled };
      }
      case 'health_status: unhealthy':
        return { kind: 'unhealthy', id, name };
      default:
        return null;
    }
  }
}
