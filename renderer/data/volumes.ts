import { create } from 'zustand';
import type { VolumeSummary } from '../../runtime/contract/volumes.ts';
import { call } from './connection.ts';
import { createResource } from './resource.ts';

/** Sizes come after the list: counting them may take the engine a while. */
export const useVolumeSizes = create<{ readonly byName: Readonly<Record<string, number>>; readonly known: boolean }>(
  () => ({ byName: {}, known: false }),
);

let counting = false;

async function count(): Promise<void> {
  if (counting) return;
  counting = true;
  try {
    useVolumeSizes.setState({ byName: await call('volumes.sizes', {}), known: true });
  } catch {
    // The list is there without; the next change counts again.
  } finally {
    counting = false;
  }
}

/** All volumes. */
export const volumes = createResource<VolumeSummary>(
  async () => {
    const rows = await call('volumes.list', {});
    void count();
    return rows;
  },
  (event) =>
    event.type === 'volume' || (event.type === 'container' && /^(create|destroy|start|die)$/.test(event.action)),
);
