import { useSyncExternalStore } from 'react';

/** 1 s: the smallest unit that is shown. */
const TICK_MS = 1000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** A text that depends on the time; renders only when the text changes. One timer serves the whole page. */
export function useTimeText(format: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => format(Math.max(now, Date.now() - TICK_MS)));
}
