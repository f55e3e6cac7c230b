import { useEffect } from 'react';
import { create, type StoreApi, type UseBoundStore } from 'zustand';
import type { EngineEvent } from '../../runtime/contract/contract.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { drop } from './drop.ts';
import { onEngineEvent, useEngine } from './engine.ts';

interface ResourceState<Row> {
  readonly rows: readonly Row[];
  readonly status: 'loading' | 'ready' | 'error';
  readonly error: BridgeError | null;
  /** Keys of rows whose removal can still be undone, or is under way. */
  readonly hidden: ReadonlySet<string>;
}

/** A list that follows the engine from the first time that something looks at it. */
export interface Resource<Row> {
  readonly use: UseBoundStore<StoreApi<ResourceState<Row>>>;
  readonly refetch: () => Promise<void>;
  readonly setHidden: (keys: readonly string[], hidden: boolean) => void;
  /** Starts to follow the engine; does nothing the second time. */
  readonly start: () => void;
}

/** Objects change in bursts; one fetch is enough for all of it. In milliseconds. */
const SETTLE_MS = 120;

/** Makes a resource. `matters` tells which events change the list. */
export function createResource<Row>(
  fetch: () => Promise<readonly Row[]>,
  matters: (event: Extract<EngineEvent, { kind: 'event' }>) => boolean,
): Resource<Row> {
  const use = create<ResourceState<Row>>(() => ({ rows: [], status: 'loading', error: null, hidden: new Set() }));
  let started = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  let shown = 0;
  const refetch = async () => {
    asked += 1;
    const mine = asked;
    try {
      const rows = await fetch();
      // An older answer that comes later knows less than what is shown.
      if (mine < shown) return;
      shown = mine;
      use.setState({ rows, status: 'ready', error: null });
    } catch (error) {
      if (mine < shown) return;
      use.setState(({ status }) => ({
        status: status === 'ready' ? 'ready' : 'error',
        error: BridgeError.from(error),
      }));
    }
  };
  return {
    use,
    refetch,
    setHidden: (keys, hidden) => {
      use.setState((state) => {
        const next = new Set(state.hidden);
        for (const key of keys) {
          if (hidden) next.add(key);
          else next.delete(key);
        }
        return { hidden: next };
      });
    },
    start: () => {
      if (started) return;
      started = true;
      useEngine.subscribe((now, before) => {
        if (now.generation !== before.generation) drop(refetch());
      });
      onEngineEvent((event) => {
        if (event.kind === 'event' && !matters(event)) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          drop(refetch());
        }, SETTLE_MS);
      });
      if (useEngine.getState().generation > 0) drop(refetch());
    },
  };
}

/** The state of a resource, and how to ask for it once more; starts it. */
export function useResource<Row>(resource: Resource<Row>): ResourceState<Row> & { readonly onRetry: () => void } {
  useEffect(() => {
    resource.start();
  }, [resource]);
  const state = resource.use();
  return {
    ...state,
    onRetry: () => {
      drop(resource.refetch());
    },
  };
}
