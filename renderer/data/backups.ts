import { create } from 'zustand';
import type { BackupPlanState } from '../../runtime/contract/backups.ts';
import { call, open, useConnection } from './connection.ts';
import { drop } from './drop.ts';
import { useEngine } from './engine.ts';

interface BackupState {
  /** By volume; null while they are not known. */
  readonly plans: ReadonlyMap<string, BackupPlanState> | null;
  /** Grows when a backup was made, or a plan has changed. */
  readonly version: number;
}

/** What is backed up by the clock. */
export const useBackups = create<BackupState>(() => ({ plans: null, version: 0 }));

/** Hears of backups for as long as the page lives; `failed` is told of those that failed. */
export function startBackups(failed: (volume: string, message: string) => void): void {
  useConnection.subscribe((now, before) => {
    if (now.generation === before.generation) return;
    const stream = open(
      'backups.follow',
      {},
      {
        onItem: (item) => {
          if (item.kind === 'failed') failed(item.volume, item.message);
          drop(fetchPlans());
        },
      },
    );
    // The next connection opens it again.
    drop(stream.closed.catch(() => {}));
  });
  // Another engine has other plans.
  useEngine.subscribe((now, before) => {
    if (now.generation !== before.generation) drop(fetchPlans());
  });
}

async function fetchPlans(): Promise<void> {
  const plans = await call('backups.plans', {});
  useBackups.setState(({ version }) => ({
    plans: new Map(plans.map((plan) => [plan.volume, plan])),
    version: version + 1,
  }));
}
