import type { ExitRecord } from '../launcher/types.ts';
import type { ContainerRecord } from './types.ts';

/** Back-off between restarts, in milliseconds: 100 ms doubling to a minute, as Docker's. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A run of 10 s counts as healthy and starts the back-off anew, in nanoseconds. */
const HEALTHY_RUN = 10_000_000_000n;

/** Milliseconds to wait before a restart, after a wait of `previous` (0 for the first) and the run that ended now. */
export function restartDelay(previous: number, exit: Pick<ExitRecord, 'startedAt' | 'finishedAt'>): number {
  if (previous === 0 || exit.finishedAt - exit.startedAt >= HEALTHY_RUN) return FIRST_DELAY;
  return Math.min(previous * 2, LONGEST_DELAY);
}

/** Whether the restart policy starts a container again that has ended by itself. */
export function restartsAfterExit(record: ContainerRecord): boolean {
  const { Name, MaximumRetryCount } = record.hostConfig.RestartPolicy ?? {};
  if (Name === 'always' || Name === 'unless-stopped') return true;
  const limit = MaximumRetryCount ?? 0;
  return Name === 'on-failure' && record.state.exitCode !== 0 && (limit === 0 || record.state.restartCount < limit);
}

/**
 * Whether a container is to run again when the engine starts and finds it ended. `wasRunning`: it ran, or was about to
 * be restarted, when the last engine looked. One that a person stopped runs again only by `always`; one that never ran
 * does not.
 */
export function restartsAtBoot(record: ContainerRecord, wasRunning: boolean, hasRun: boolean): boolean {
  const name = record.hostConfig.RestartPolicy?.Name ?? '';
  if (!hasRun) return false;
  if (name === 'always') return true;
  if (record.state.manuallyStopped) return false;
  return name === 'unless-stopped' || (wasRunning && restartsAfterExit(record));
}
