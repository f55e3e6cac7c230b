import { basename, dirname, join } from 'node:path/posix';

/** What is known of one end of a copy. */
export interface CopyEnd {
  /** A final `/` or `/.` is kept: it asks for a directory, `/.` for what is in it. */
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
}

/** Where an archive is unpacked, and what its top entry is called there. */
interface CopyPlan {
  readonly directory: string;
  /** The top entry's name in the archive, and the one it gets. */
  readonly from: string;
  readonly to: string;
}

/** A path ends so that it can only be a directory. */
export function asksForDirectory(path: string): boolean {
  return path.endsWith('/') || path.endsWith('/.') || path === '.';
}

/** The name of a path's last part; `.` stands for what is in a directory. */
export function topName(path: string): string {
  if (path === '.' || path.endsWith('/.')) return '.';
  const name = basename(path);
  return name === '' ? '/' : name;
}

/**
 * Where `source` goes at `target`: into a directory that is there, else under the target's own name. `name` is the top
 * entry of the source's archive. Throws Error with docker's words when the two do not fit.
 */
export function planCopy(source: CopyEnd, target: CopyEnd, name: string): CopyPlan {
  if (!source.isDirectory && asksForDirectory(source.path)) throw new Error('not a directory');
  if (target.exists && target.isDirectory) return { directory: target.path, from: name, to: name };
  if (target.exists && source.isDirectory) throw new Error('cannot copy directory');
  if (target.exists && asksForDirectory(target.path)) throw new Error('not a directory');
  if (!target.exists && !source.isDirectory && asksForDirectory(target.path)) throw new Error('no such directory');
  const clean = join(target.path, '.');
  return { directory: dirname(clean), from: name, to: basename(clean) };
}

/** An entry's name after the top one was renamed. */
export function renamed(entry: string, { from, to }: { readonly from: string; readonly to: string }): string {
  const name = entry.replace(/^\.\/(?=.)/, '').replace(/\/+$/, '');
  if (from === to) return name;
  if (from === '.' || from === '/') return name === '.' || name === '' || name === '/' ? to : join(to, name);
  return name === from ? to : name.startsWith(`${from}/`) ? to + name.slice(from.length) : name;
}
