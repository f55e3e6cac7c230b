import { create } from 'zustand';
import type { CallName, InputOf, OutputOf, StreamName } from '../../runtime/contract/contract.ts';
import { RpcClient, type ClientStream, type StreamCallbacks } from '../../runtime/rpc/client.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { connect } from '../platform/host.ts';
import { inLanguage } from '../strings/bridge-errors.ts';
import { connection as texts } from '../strings/connection.ts';
import { drop } from './drop.ts';

export type ConnectionPhase = 'connecting' | 'ready' | 'lost' | 'refused';

interface ConnectionState {
  /** The page's own connection to the bridge. */
  readonly phase: ConnectionPhase;
  /** Why it is not ready. */
  readonly error: BridgeError | null;
  /** Grows with each new connection, so that streams know to open again. */
  readonly generation: number;
}

export const useConnection = create<ConnectionState>(() => ({ phase: 'connecting', error: null, generation: 0 }));

/** Waits between attempts: soon at first, then calmly. In milliseconds. */
const RETRY_DELAYS_MS = [200, 500, 1000, 2000, 4000];
const PING_INTERVAL_MS = 10_000;

let client: RpcClient | null = null;
let attempts = 0;
let retryTimer: ReturnType<typeof setTimeout> | undefined;

/** Connects, and from then on connects again whenever the connection is lost. */
export function startConnection(): void {
  drop(attempt());
  setInterval(() => client?.ping(), PING_INTERVAL_MS);
  // A laptop that wakes up should not wait for the timer.
  window.addEventListener('online', retryNow);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) retryNow();
  });
}

/** Tries at once instead of waiting for the next attempt. */
export function retryNow(): void {
  if (useConnection.getState().phase === 'ready' || retryTimer === undefined) return;
  clearTimeout(retryTimer);
  retryTimer = undefined;
  drop(attempt());
}

async function attempt(): Promise<void> {
  try {
    const next = new RpcClient(await connect(), texts.faults, inLanguage);
    next.onFault = (error) => {
      drop(Promise.reject(BridgeError.from(error)));
    };
    next.onClose = () => {
      if (client !== next) return;
      client = null;
      lost(new BridgeError('disconnected', texts.faults.disconnected.message));
    };
    await next.ready;
    client = next;
    attempts = 0;
    useConnection.setState(({ generation }) => ({ phase: 'ready', error: null, generation: generation + 1 }));
  } catch (error) {
    lost(BridgeError.from(error));
  }
}

function lost(error: BridgeError): void {
  const refused = error.code === 'unauthorized' || error.code === 'unsupported';
  useConnection.setState({ phase: refused ? 'refused' : 'lost', error });
  const delay = RETRY_DELAYS_MS[Math.min(attempts, RETRY_DELAYS_MS.length - 1)];
  attempts += 1;
  retryTimer = setTimeout(() => {
    retryTimer = undefined;
    drop(attempt());
  }, delay);
}

/** Calls the bridge. Rejects with BridgeError. */
export async function call<K extends CallName>(
  name: K,
  input: InputOf<K>,
  options: { signal?: AbortSignal } = {},
): Promise<OutputOf<K>> {
  if (client === null) throw notConnected();
  return await client.call(name, input, options);
}

/** Opens a stream. Without a connection it has ended already: its `closed` rejects. */
export function open<K extends StreamName>(
  name: K,
  input: InputOf<K>,
  callbacks: StreamCallbacks<OutputOf<K>>,
): ClientStream {
  return client === null ? closedStream(notConnected()) : client.open(name, input, callbacks);
}

/** What a stream is that could never be opened. A screen that shows while the page connects anew must not break. */
function closedStream(reason: BridgeError): ClientStream {
  const closed = Promise.reject(reason);
  // As with every stream, nobody has to look.
  closed.catch(() => {});
  return { closed, cancel: () => {}, sendItem: () => {}, sendData: () => Promise.resolve(), endInput: () => {} };
}

function notConnected(): BridgeError {
  return new BridgeError('disconnected', texts.notConnected, { hint: texts.faults.disconnected.hint });
}
