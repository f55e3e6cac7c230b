import { useEffect } from 'react';
import { create } from 'zustand';
import type { StatsSample } from '../../runtime/contract/stats.ts';
import type { ClientStream } from '../../runtime/rpc/client.ts';
import { open } from './connection.ts';
import { drop } from './drop.ts';
import { useEngine } from './engine.ts';
import { onFrame } from './frame.ts';
import { withSample, type LiveStats } from './live-stats.ts';

/** Live measurements of running containers, by id; empty while nobody looks. */
export const useStats = create<{ readonly byId: ReadonlyMap<string, LiveStats> }>(() => ({ byId: new Map() }));

let watchers = 0;
let stream: ClientStream | null = null;
let pending: readonly StatsSample[] | null = null;

function apply(): void {
  if (pending === null) return;
  const samples = pending;
  pending = null;
  useStats.setState(({ byId }) => ({
    byId: new Map(samples.map((sample) => [sample.id, withSample(byId.get(sample.id), sample)])),
  }));
}

function connect(): void {
  stream?.cancel();
  stream = null;
  if (watchers === 0 || document.hidden || useEngine.getState().generation === 0) return;
  const opened = open(
    'stats.all',
    {},
    {
      onItem: (samples) => {
        pending = samples;
        onFrame(apply);
      },
    },
  );
  stream = opened;
  // The engine's next generation opens it again.
  drop(opened.closed.catch(() => {}));
}

document.addEventListener('visibilitychange', connect);
useEngine.subscribe((now, before) => {
  if (now.generation !== before.generation) connect();
});

/** Measures for as long as the component lives and the page can be seen. */
export function useLiveStats(): void {
  useEffect(() => {
    watchers += 1;
    if (watchers === 1) connect();
    return () => {
      watchers -= 1;
      if (watchers === 0) connect();
    };
  }, []);
}
