import { create } from 'zustand';
import type { ContainerSummary, EngineEvent } from '../../runtime/contract/contract.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { call } from './connection.ts';
import { drop } from './drop.ts';
import { onEngineEvent, useEngine } from './engine.ts';
import { onFrame } from './frame.ts';

/** What a row is in the middle of, by our own doing. */
export type Pending = 'starting' | 'stopping' | 'restarting' | 'pausing' | 'resuming' | 'removing' | 'killing';

interface ContainersState {
  readonly byId: ReadonlyMap<string, ContainerSummary>;
  readonly status: 'loading' | 'ready' | 'error';
  readonly error: BridgeError | null;
  readonly pending: ReadonlyMap<string, Pending>;
  /** Last failure of a row's action. */
  readonly failures: ReadonlyMap<string, BridgeError>;
  /** Rows whose removal can still be undone. */
  readonly hidden: ReadonlySet<string>;
}

export const useContainers = create<ContainersState>(() => ({
  byId: new Map(),
  status: 'loading',
  error: null,
  pending: new Map(),
  failures: new Map(),
  hidden: new Set(),
}));

/** Above this many changed rows one fetch of the whole list is cheaper for the engine. */
const MAX_PARTIAL = 256;
/** Events that change no row: exec starts and ends happen with every health check. */
const SILENT = /^(exec_|top|attach|detach|resize|export|archive|extract|copy)/;

const dirty = new Set<string>();
let fetchingAll: Promise<void> | null = null;
let fetchingSome = false;

/** Keeps the store true for as long as the page lives. */
export function startContainers(): void {
  useEngine.subscribe((now, before) => {
    if (now.generation !== before.generation) drop(refetch());
  });
  onEngineEvent(receive);
}

/** Fetches the whole list. */
export async function refetch(): Promise<void> {
  fetchingAll ??= fetchAll().finally(() => {
    fetchingAll = null;
  });
  await fetchingAll;
}

async function fetchAll(): Promise<void> {
  dirty.clear();
  try {
    const rows = await call('containers.list', {});
    useContainers.setState({ byId: merge(rows), status: 'ready', error: null });
  } catch (error) {
    useContainers.setState(({ status }) => ({
      status: status === 'ready' ? 'ready' : 'error',
      error: BridgeError.from(error),
    }));
  }
}

/** Keeps the identity of rows that did not change, so that they do not render again. */
function merge(rows: readonly ContainerSummary[]): Map<string, ContainerSummary> {
  const { byId } = useContainers.getState();
  return new Map(rows.map((row) => [row.id, keep(byId.get(row.id), row)]));
}

function keep(known: ContainerSummary | undefined, row: ContainerSummary): ContainerSummary {
  if (known === undefined) return row;
  // "Up 3 minutes" is all the list knows; a start time already known is better and must not flicker.
  const same = known.state === 'running' && row.state === 'running' && known.startedAt !== null;
  const drift = Math.abs((known.startedAt ?? 0) - (row.startedAt ?? 0));
  const next = same && drift < 3_600_000 ? { ...row, startedAt: known.startedAt } : row;
  return JSON.stringify(known) === JSON.stringify(next) ? known : next;
}

function receive(event: EngineEvent): void {
  if (event.kind === 'resync') {
    drop(refetch());
    return;
  }
  if (event.type !== 'container' || SILENT.test(event.action)) return;
  if (event.action === 'destroy') {
    gone.add(event.id);
    onFrame(forget);
  } else {
    dirty.add(event.id);
    onFrame(fetchDirty);
  }
}

const gone = new Set<string>();

function forget(): void {
  useContainers.setState((state) => {
    const byId = new Map(state.byId);
    const pending = new Map(state.pending);
    const hidden = new Set(state.hidden);
    const failures = new Map(state.failures);
    for (const id of gone) {
      byId.delete(id);
      pending.delete(id);
      hidden.delete(id);
      failures.delete(id);
      dirty.delete(id);
    }
    gone.clear();
    return { byId, pending, hidden, failures };
  });
}

/** 10 Hz: the first event of a burst shows at once, the others together. In milliseconds. */
const MIN_INTERVAL_MS = 100;
/** When this many rows change at once nobody follows them one by one, and a list that reorders itself is hard to read. */
const BURST_ROWS = 8;
/** 2 Hz during a burst. In milliseconds. */
const BURST_INTERVAL_MS = 500;
let interval = MIN_INTERVAL_MS;
let fetchedAt = 0;
let waiting = false;

function fetchDirty(): void {
  if (fetchingSome || waiting || dirty.size === 0) return;
  const wait = fetchedAt + interval - performance.now();
  if (wait > 0) {
    waiting = true;
    setTimeout(() => {
      waiting = false;
      onFrame(fetchDirty);
    }, wait);
    return;
  }
  fetchedAt = performance.now();
  interval = dirty.size > BURST_ROWS ? BURST_INTERVAL_MS : MIN_INTERVAL_MS;
  if (dirty.size > MAX_PARTIAL) {
    drop(refetch());
    return;
  }
  fetchingSome = true;
  const ids = [...dirty];
  dirty.clear();
  const work = async () => {
    try {
      const rows = await call('containers.list', { ids });
      useContainers.setState((state) => {
        const byId = new Map(state.byId);
        for (const id of ids) if (!rows.some((row) => row.id === id)) byId.delete(id);
        for (const row of rows) byId.set(row.id, keep(byId.get(row.id), row));
        return { byId };
      });
    } finally {
      fetchingSome = false;
      if (dirty.size > 0) onFrame(fetchDirty);
    }
  };
  drop(work().catch(() => refetch()));
}

function setPending(id: string, pending: Pending | null): void {
  useContainers.setState((state) => {
    const next = new Map(state.pending);
    if (pending === null) next.delete(id);
    else next.set(id, pending);
    return { pending: next };
  });
}

function setFailure(id: string, error: BridgeError | null): void {
  useContainers.setState((state) => {
    const next = new Map(state.failures);
    if (error === null) next.delete(id);
    else next.set(id, error);
    return { failures: next };
  });
}

export type ContainerAction = 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'kill' | 'remove';

const PENDING: Readonly<Record<ContainerAction, Pending>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  pause: 'pausing',
  unpause: 'resuming',
  kill: 'killing',
  remove: 'removing',
};

/**
 * Runs an action on one container; its row shows what goes on and keeps the failure. `force` lets a removal end a
 * running container. Rejects with BridgeError.
 */
export async function actOn(id: string, action: ContainerAction, force = false): Promise<void> {
  setPending(id, PENDING[action]);
  setFailure(id, null);
  try {
    if (action === 'remove') await call('containers.remove', { id, force, volumes: false, keep: true });
    else await call(`containers.${action}`, { id });
  } catch (thrown) {
    const error = BridgeError.from(thrown);
    // Gone already is what the person wanted.
    if (!(action === 'remove' && error.code === 'not-found')) {
      setFailure(id, error);
      throw error;
    }
  } finally {
    setPending(id, null);
    dirty.add(id);
    onFrame(fetchDirty);
  }
}

/** Hides rows whose removal waits for its undo to expire, or shows them again. */
export function setHidden(ids: readonly string[], hidden: boolean): void {
  useContainers.setState((state) => {
    const next = new Set(state.hidden);
    for (const id of ids) {
      if (hidden) next.add(id);
      else next.delete(id);
    }
    return { hidden: next };
  });
}
