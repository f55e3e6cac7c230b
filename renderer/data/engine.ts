import { create } from 'zustand';
import type { EngineEvent, EngineInfo } from '../../runtime/contract/contract.ts';
import type { ClientStream } from '../../runtime/rpc/client.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { connection as texts } from '../strings/connection.ts';
import { call, open, useConnection } from './connection.ts';
import { drop } from './drop.ts';

/** `stopped` was asked for here; `unreachable` happened. */
export type EnginePhase = 'connecting' | 'running' | 'unreachable' | 'starting' | 'stopping' | 'stopped';

interface EngineState {
  readonly phase: EnginePhase;
  readonly info: EngineInfo | null;
  readonly error: BridgeError | null;
  /** Grows each time the engine was (re)found: lists fetch again, streams resume. */
  readonly generation: number;
}

export const useEngine = create<EngineState>(() => ({ phase: 'connecting', info: null, error: null, generation: 0 }));

type Listener = (event: EngineEvent) => void;
const listeners = new Set<Listener>();

/** Calls `listener` for every engine event. Returns the function that stops it. */
export function onEngineEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How often a lost engine is looked for, in milliseconds. */
const RETRY_MS = 700;

let stream: ClientStream | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Follows the engine for as long as the page lives. */
export function startEngine(): void {
  useConnection.subscribe((now, before) => {
    if (now.generation !== before.generation) drop(find());
  });
}

/** Looks for the engine at once. */
export async function find(): Promise<void> {
  clearTimeout(timer);
  stream?.cancel();
  try {
    const info = await call('engine.info', {});
    const opened = open(
      'events',
      {},
      {
        onItem: (event) => {
          for (const listener of listeners) listener(event);
        },
      },
    );
    stream = opened;
    useEngine.setState(({ generation }) => ({ phase: 'running', info, error: null, generation: generation + 1 }));
    drop(
      opened.closed.then(
        () => {
          lose(opened, new BridgeError('engine-unreachable', texts.engineStopped));
        },
        (error: unknown) => {
          lose(opened, BridgeError.from(error));
        },
      ),
    );
  } catch (error) {
    lose(stream, BridgeError.from(error));
  }
}

function lose(from: ClientStream | null, error: BridgeError): void {
  if (from !== stream || error.code === 'cancelled') return;
  stream = null;
  const { phase } = useEngine.getState();
  const expected = phase === 'starting' || phase === 'stopping' || phase === 'stopped';
  useEngine.setState({ phase: expected ? phase : 'unreachable', error });
  // While the page itself is disconnected, the next connection looks again.
  if (error.code === 'disconnected') return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    drop(find());
  }, RETRY_MS);
}

/** Starts, stops or restarts the engine. Rejects with BridgeError. */
export async function controlEngine(action: 'start' | 'stop' | 'restart'): Promise<void> {
  useEngine.setState({ phase: action === 'stop' ? 'stopping' : 'starting' });
  try {
    await call('engine.control', { action });
    if (action === 'stop') useEngine.setState({ phase: 'stopped' });
    else await find();
  } catch (error) {
    useEngine.setState({ phase: 'unreachable', error: BridgeError.from(error) });
    drop(find());
    throw error;
  }
}
