import * as z from 'zod/mini';
import { isServed } from '../platform/host.ts';
import { useConnection } from './connection.ts';
import { drop } from './drop.ts';

/** After the first screen had its time, in milliseconds. */
const START_MS = 1500;
/** When a request failed, in milliseconds. */
const PAUSE_MS = 1000;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const idle = () =>
  new Promise<void>((resolve) => {
    requestIdleCallback(() => {
      resolve();
    });
  });

/**
 * Fetches every part of the page into the browser's cache, one after the other while nothing else goes on: each screen
 * then opens at once, also while the app behind the page is away or the machine's network changes.
 */
async function fetchParts(): Promise<void> {
  await pause(START_MS);
  const ask = async (path: string): Promise<Response> => {
    for (;;) {
      try {
        await idle();
        return await fetch(path, { priority: 'low' });
      } catch {
        await pause(PAUSE_MS);
      }
    }
  };
  const names = z.parse(z.array(z.string()), await (await ask('./parts.json')).json());
  // Read to the end: only whole answers are kept.
  for (const name of names) await (await ask(`./${name}`)).arrayBuffer().catch(() => {});
}

/** Begins once the page is connected for the first time. */
export function startParts(): void {
  if (!isServed()) return;
  const stop = useConnection.subscribe(({ phase }) => {
    if (phase !== 'ready') return;
    stop();
    sessionStorage.removeItem('berth.loads');
    drop(fetchParts());
  });
}
