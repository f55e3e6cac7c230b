import { basename, dirname, isAbsolute, join, normalize } from 'node:path/posix';
import type { Place } from '../launcher/storage.ts';

/**
 * A path that a client names in a container, absolute and cleaned. A final `/` or `/.` is kept: it means the directory,
 * also behind a link (Docker's PreserveTrailingDotOrSeparator).
 */
export function archivePath(path: string): string {
  const isCurrent = /(?:^|\/)\.\/*$/.test(path);
  const hasSlash = path.endsWith('/');
  const clean = join('/', path).replace(/(?<=.)\/+$/, '');
  if (isCurrent) return clean === '/' ? '/.' : `${clean}/.`;
  return hasSlash && clean !== '/' ? `${clean}/` : clean;
}

/** The last part of such a path, as Docker names an archive's top entry: `/` for the root, `.` for a final `/.`. */
export function entryName(path: string): string {
  if (path === '/') return '/';
  if (path.endsWith('/.')) return '.';
  return basename(path);
}

const S_IFMT = 0o170000;
/** Go's os.FileMode bits by file type (st_mode), which the API's clients read. */
const GO_TYPES: Readonly<Record<number, number>> = {
  0o040000: 2 ** 31,
  0o120000: 2 ** 27,
  0o060000: 2 ** 26,
  0o010000: 2 ** 25,
  0o140000: 2 ** 24,
  0o020000: 2 ** 26 + 2 ** 21,
};

/** An st_mode as Go's os.FileMode. */
export function goFileMode(mode: number): number {
  const type = GO_TYPES[mode & S_IFMT] ?? 0;
  const setuid = (mode & 0o4000) === 0 ? 0 : 2 ** 23;
  const setgid = (mode & 0o2000) === 0 ? 0 : 2 ** 22;
  const sticky = (mode & 0o1000) === 0 ? 0 : 2 ** 20;
  return (mode & 0o777) + type + setuid + setgid + sticky;
}

/** Where a link leads inside the container; '' for what is no link. A dangling one is followed by its text. */
export function linkTarget(place: Place): string {
  if (place.link === '' || place.end !== '') return place.end;
  return isAbsolute(place.link) ? normalize(place.link) : join('/', place.parent, place.link);
}

/** All ancestors of a path, nearest first, without the root. */
export function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let at = dirname(path); at !== '/'; at = dirname(at)) found.push(at);
  return found;
}
