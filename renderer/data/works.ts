import type { Work, WorkItem, WorkItems, WorkKind, WorkRequestOf } from '../../runtime/contract/works.ts';
import type { ClientStream } from '../../runtime/rpc/client.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { connection as texts } from '../strings/connection.ts';
import { call, open, useConnection } from './connection.ts';
import { drop } from './drop.ts';

/** Long work as this page follows it. */
export interface WorkStream {
  /** Resolves when it is done; rejects with BridgeError when it failed or was cancelled. */
  readonly closed: Promise<void>;
  /** Ends it, wherever it was begun. */
  cancel(): void;
}

/** Work that this page follows, and whether it is the one to say how it ended. */
export interface JoinedWork {
  readonly id: string;
  readonly startedAt: number;
  readonly tells: boolean;
}

/** Shows work of a kind that this page did not begin itself. */
export type Joiners = { readonly [K in WorkKind]: (request: WorkRequestOf<K>, joined: JoinedWork) => void };

/** What this tab calls itself; a page that is loaded anew is the same. */
const KEY = 'berth.page';

function thisPage(): string {
  const known = sessionStorage.getItem(KEY);
  if (known !== null) return known;
  const name = crypto.randomUUID();
  sessionStorage.setItem(KEY, name);
  return name;
}

/** Work that this page follows, or has. */
const known = new Set<string>();
/** What was cancelled while there was no connection. */
const toCancel = new Set<string>();
/** Who waits for the app's list of what goes on. */
const waiting = new Set<(ids: ReadonlySet<string>) => void>();

/** How a page shows work that it is about to begin itself. */
export function begunHere(): JoinedWork {
  return { id: crypto.randomUUID(), startedAt: Date.now(), tells: true };
}

/** Begins work in the app. `onItem` is told how far it is. */
export function startWork<K extends WorkKind>(
  request: WorkRequestOf<K>,
  onItem: (item: WorkItems[K]) => void,
  id: string,
): WorkStream {
  // Which items come is what the request's kind says.
  return follow(id, onItem as (item: WorkItem) => void, () => call('works.start', { id, page: thisPage(), request }));
}

/** Follows work that goes on in the app. */
export function joinWork<K extends WorkKind>(
  _request: WorkRequestOf<K>,
  { id }: JoinedWork,
  onItem: (item: WorkItems[K]) => void,
): WorkStream {
  return follow(id, onItem as (item: WorkItem) => void, () => Promise.resolve());
}

function follow(id: string, onItem: (item: WorkItem) => void, begin: () => Promise<unknown>): WorkStream {
  known.add(id);
  let stream: ClientStream | null = null;
  const cancelling = new AbortController();
  const isCancelled = () => cancelling.signal.aborted;
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  const run = async () => {
    await begin();
    while (!isCancelled()) {
      stream = open('works.join', { id }, { onItem });
      try {
        await stream.closed;
        hear(id);
        return;
      } catch (thrown) {
        const error = BridgeError.from(thrown);
        // It goes on in the app; when that is another one by then, it has ended with the one that was.
        if (error.code !== 'disconnected') hear(id);
        if (isCancelled() || error.code !== 'disconnected' || !(await listed()).has(id)) throw error;
      }
    }
  };
  const closed = Promise.race([run(), cancelled]);
  // Whoever only wants its items need not look.
  closed.catch(() => {});
  return {
    closed,
    cancel: () => {
      cancelling.abort();
      reject(new BridgeError('cancelled', texts.faults.cancelled.message));
      stream?.cancel();
      toCancel.add(id);
      drop(sayCancelled());
    },
  };
}

/** Tells the app that this page knows how work ended. When that does not get there, it is told once more. */
function hear(id: string): void {
  call('works.heard', { id }).catch(() => undefined);
}

/** What goes on in the app, when it has told the next time. */
async function listed(): Promise<ReadonlySet<string>> {
  return await new Promise((resolve) => {
    waiting.add(resolve);
  });
}

/** Tells the app what was cancelled. Without a connection that is done later. */
async function sayCancelled(): Promise<void> {
  for (const id of toCancel) {
    try {
      await call('works.cancel', { id });
      toCancel.delete(id);
    } catch {
      return;
    }
  }
}

/** Shows what goes on in the app, also what another page began, or this one before it was loaded anew. */
export function startWorks(joiners: Joiners): void {
  const take = (work: Work): void => {
    if (known.has(work.id)) return;
    known.add(work.id);
    const { id, startedAt, request } = work;
    const tells = work.starter === thisPage() || !work.watched;
    // The union's members belong to each other, which cannot be said of a function for all of them.
    const join = joiners[request.kind] as (request: Work['request'], joined: JoinedWork) => void;
    join(request, { id, startedAt, tells });
  };
  const watch = (): void => {
    drop(sayCancelled());
    const stream = open(
      'works.follow',
      {},
      {
        onItem: (item) => {
          if (item.kind === 'begun') {
            take(item.work);
            return;
          }
          const ids = new Set(item.works.map(({ id }) => id));
          for (const resolve of waiting) resolve(ids);
          waiting.clear();
          item.works.forEach(take);
        },
      },
    );
    // It ends with the connection; the next one opens it again.
    stream.closed.catch(() => {});
  };
  useConnection.subscribe((now, before) => {
    if (now.generation !== before.generation) watch();
  });
}
