import { readlink, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { asksForDirectory, type CopyEnd } from './paths.ts';

/** More links than this one after the other lead in a circle (`MAXSYMLINKS` of Linux). */
const LINKS_MAX = 40;

/**
 * What is copied to at a path of this machine. A link stays, and what it leads to is written, also when that is not there
 * yet: so does docker. Throws Error when links lead in a circle.
 */
export async function destinationHere(path: string): Promise<CopyEnd> {
  const followed = asksForDirectory(path) ? path : await follow(path);
  const stats = await stat(followed).catch(() => null);
  return { path: followed, exists: stats !== null, isDirectory: stats?.isDirectory() === true };
}

async function follow(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < LINKS_MAX; links += 1) {
    const target = await readlink(at).catch(() => null); // It is no link, or is not there.
    if (target === null) return at;
    at = resolve(await realpath(dirname(at)), target);
  }
  throw new Error(`too many links: ${path}`);
}
