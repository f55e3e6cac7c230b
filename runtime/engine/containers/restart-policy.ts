import type { ExitRecord } from '../launcher/types.ts';
import type { ContainerRecord } from './types.ts';

/** Back-off between restarts, in milliseconds: 100 ms doubling to a minute, as Docker's. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A run of 10 s counts as healthy and starts the back-off anew, in nanoseconds. */
const HEALTHY_RUN = 10_000_000_000n;

/** Milliseconds until the restart policy starts the container again, or null for never. */
export function restartDelay(record: ContainerRecord, exit: ExitRecord): number | null {
  const policy = record.hostConfig.RestartPolicy;
  const count = record.state.restartCount;
  const backoff =
    exit.finishedAt - exit.startedAt >= HEALTHY_RUN ? FIRST_DELAY : Math.min(FIRST_DELAY * 2 ** count, LONGEST_DELAY);
  switch (policy?.Name ?? '') {
    case 'always':
    case 'unless-stopped':
      return backoff;
    case 'on-failure': {
      const limit = policy?.MaximumRetryCount ?? 0;
      return exit.exitCode !== 0 && (limit === 0 || count < limit) ? backoff : null;
    }
    default:
      return null;
  }
}

/** Whether a container is to run again after the machine or the engine went down without it. */
export function restartsAtBoot(record: ContainerRecord): boolean {
  const name = record.hostConfig.RestartPolicy?.Name ?? '';
  if (name === 'always') return true;
  if (name === 'on-failure') {
    const limit = record.hostConfig.RestartPolicy?.MaximumRetryCount ?? 0;
    return record.state.exitCode !== 0 && (limit === 0 || record.state.restartCount < limit);
  }
  return name === 'unless-stopped' && !record.state.manuallyStopped;
}
