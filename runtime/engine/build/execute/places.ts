import { posix } from 'node:path';
import { EngineError } from '../../errors.ts';
import type { ContainerView, StorageLauncher } from '../../launcher/storage.ts';
import { LaunchError } from '../../launcher/types.ts';

/** Where a path leads in a filesystem. */
export interface Found {
  /** The deepest directory (or the file itself) on the way that is there, with links followed. */
  readonly real: string;
  /** Parts below `real` that are not there. */
  readonly missing: readonly string[];
  /** What is at `real`. */
  readonly isDirectory: boolean;
}

const ENOENT = 2;
const ENOTDIR = 20;
/** As many as the kernel follows. */
const MAX_LINKS = 40;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/** Follows an absolute path as far as it goes. Throws `invalid` when something on the way is no directory. */
export async function findPlace(
  storage: StorageLauncher,
  view: ContainerView,
  path: string,
  followed = 0,
): Promise<Found> {
  const clean = posix.resolve('/', path);
  const missing: string[] = [];
  for (let current = clean; ; current = posix.dirname(current)) {
    const found = await look(storage, view, current);
    if (typeof found === 'string') {
      // A link that leads nowhere: what is put there is put where it leads.
      if (followed > MAX_LINKS) throw new EngineError('invalid', `${clean}: too many levels of symbolic links`);
      return findPlace(storage, view, posix.join(found, ...missing), followed + 1);
    }
    if (found !== null) {
      if (missing.length > 0 && !found.isDirectory) throw new EngineError('invalid', `${current}: not a directory`);
      return { ...found, missing };
    }
    if (current === '/') throw new EngineError('internal', 'the filesystem has no root');
    missing.unshift(posix.basename(current));
  }
}

/** What is at a path; where it leads, for a link that leads nowhere; null for nothing. */
async function look(
  storage: StorageLauncher,
  view: ContainerView,
  path: string,
): Promise<Pick<Found, 'real' | 'isDirectory'> | string | null> {
  if (path === '/') return { real: '/', isDirectory: true };
  try {
    const place = await storage.stat(view, path);
    const real = posix.join(place.parent, posix.basename(path));
    if ((place.mode & S_IFMT) !== S_IFLNK) return { real, isDirectory: (place.mode & S_IFMT) === S_IFDIR };
    if (place.end === '') return posix.resolve(place.parent, place.link);
    const end = await storage.stat(view, place.end);
    return { real: place.end, isDirectory: (end.mode & S_IFMT) === S_IFDIR };
  } catch (error) {
    if (error instanceof LaunchError && (error.errno === ENOENT || error.errno === ENOTDIR)) return null;
    throw error;
  }
}
