import { signalNumber } from '../../common/signals.ts';
import { nowNanoseconds } from '../../common/time.ts';
import { EngineError } from '../errors.ts';
import type { Supervised } from '../launcher/interface.ts';
import { LaunchError, type ExitRecord } from '../launcher/types.ts';

/** Docker's exit code of a container whose start failed: 127 not found, 126 not executable, 128 anything else. */
export function failureExitCode(error: unknown): number {
  if (!(error instanceof LaunchError)) return 128;
  if (error.kind === 'command-not-found') return 127;
  return error.kind === 'command-not-executable' ? 126 : 128;
}

/** Whether a start that failed may succeed later with nothing changed in the container: not without its command. */
export function mayStartLater(error: unknown): boolean {
  return failureExitCode(error) === 128;
}

/** The number of a signal by name or number. Throws `invalid`. */
export function parsedSignal(text: string): number {
  const number = signalNumber(text);
  if (number === null) throw new EngineError('invalid', `Invalid signal: ${text}`);
  return number;
}

/** Whether a process ends within that time; negative: it is waited for without end. */
export async function endsWithin(supervised: Supervised, seconds: number): Promise<boolean> {
  if (seconds < 0) {
    await supervised.exited;
    return true;
  }
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, seconds * 1000);
  });
  const ended = await Promise.race([supervised.exited.then(() => true as const), timeout]);
  clearTimeout(timer);
  return ended;
}

/** The exit of a container whose monitor and record are both lost: Docker's 255. */
export function lostExit(): ExitRecord {
  const now = nowNanoseconds();
  return { exitCode: 255, oomKilled: false, startedAt: now, finishedAt: now, lost: true };
}
