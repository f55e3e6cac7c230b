import { constants } from 'node:os';
import { LaunchError } from '../launcher/types.ts';

/** What a system call fails with when the machine or its disk is at fault, not what it was asked about. */
const TROUBLES = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM'] as const;
const NAMES: ReadonlySet<string> = new Set(TROUBLES);
const NUMBERS: ReadonlySet<number> = new Set(TROUBLES.map((name) => constants.errno[name]));

/** Whether an error, or what caused it, says that the machine is in trouble: a full disk, say, or too many open files. */
export function isMachineTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof LaunchError && NUMBERS.has(error.errno)) return true;
  if ('code' in error && typeof error.code === 'string' && NAMES.has(error.code)) return true;
  return error.cause !== undefined && isMachineTrouble(error.cause);
}
