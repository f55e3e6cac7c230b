import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './files.ts';

/** What ext4 keeps at the top of every file system for its own repair. */
const LOST_AND_FOUND = 'lost+found';

/**
 * What a directory of the data root holds, without what is not content: names that begin with a dot are the engine's
 * own, and where a disk was mounted the directory has what every file system has at its top.
 */
export function entriesOf(directory: string): string[] {
  return readdirSync(directory).filter((name) => !name.startsWith('.') && name !== LOST_AND_FOUND);
}

/**
 * Whether a rename leads from one directory into the other, tried with an empty directory: the number of the device
 * does not tell it (two mounts of one file system have the same, two subvolumes of one btrfs different ones). Where
 * nothing can be written it is taken to be so; whoever writes there will be told.
 */
export function isOneFileSystem(from: string, to: string): boolean {
  const [probe, arrived] = [join(from, '.probe'), join(to, '.probe')];
  try {
    mkdirSync(probe, { recursive: true, mode: 0o700 });
    renameSync(probe, arrived);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') return true;
    rmdirSync(probe);
    return false;
  }
  rmdirSync(arrived);
  return true;
}
