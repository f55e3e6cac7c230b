import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const WRITABLE_BY_ALL = 0o002;
const TYPE_AND_OTHERS = 0o170077;
const DIRECTORY = 0o040000;

/** Whether a directory is this user's, and nobody else can reach anything in it. */
export function isOwnDirectory(directory: string): boolean {
  const { uid, mode } = lstatSync(directory);
  return uid === process.getuid?.() && (mode & TYPE_AND_OTHERS) === DIRECTORY;
}

/**
 * Makes sure that a socket in a directory like `/tmp/berth-1000` is this user's: in /tmp anybody can make a directory
 * first, and with it an engine of his own, which would be told passwords and given files. One that is not there is made,
 * so that nobody else can. Throws an Error.
 */
export function assertOwnDirectory(directory: string): void {
  const above = statSync(dirname(directory), { throwIfNoEntry: false });
  if (above === undefined || (above.mode & WRITABLE_BY_ALL) === 0) return;
  // It is one level only: `above` is there, and `recursive` makes that there is one no error.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!isOwnDirectory(directory)) throw new Error(`${directory} must be a directory of this user with mode 0700`);
}
