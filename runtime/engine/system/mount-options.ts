import { readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';

/** What a mount forbids; of one from outside a user namespace cannot take it away there. */
const RESTRICTIONS = new Set(['ro', 'nosuid', 'nodev', 'noexec']);

/** What the mount forbids that a path is on: some of ro, nosuid, nodev and noexec. */
export function restrictionsOf(path: string): string[] {
  return restrictionsIn(readFileSync('/proc/self/mountinfo', 'utf8'), realPath(path));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // Gone, or not to be seen from here: who mounts it will say so.
  }
}

/** The same by the text of a mountinfo, proc(5). The last mount at a place hides those before. */
export function restrictionsIn(mountinfo: string, path: string): string[] {
  let found = { depth: -1, options: '' };
  for (const line of mountinfo.split('\n')) {
    const [, , , , place, options] = line.split(' ');
    if (place === undefined || options === undefined) continue;
    const top = place.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (isBelow(path, top) && top.length >= found.depth) found = { depth: top.length, options };
  }
  return found.options.split(',').filter((option) => RESTRICTIONS.has(option));
}

function isBelow(path: string, top: string): boolean {
  const rest = relative(top, path);
  return rest !== '..' && !rest.startsWith('../') && !isAbsolute(rest);
}
