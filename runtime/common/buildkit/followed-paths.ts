import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { hasWildcard, Patterns } from '../path-patterns.ts';

/** Links that are followed one after the other; more than that is a circle. */
const LINKS_MAX = 255;

/**
 * What paths with wildcards lead to inside a directory: what they name, and every link on the way with what it leads
 * to. Links out of the directory lead to the same path inside it. '' is the directory itself.
 */
export async function followedPaths(root: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const path of paths) await follow(root, '', partsOf(path), found, 0);
  return found;
}

function partsOf(path: string): string[] {
  const clean = posix.resolve('/', path).slice(1);
  return clean === '' ? [] : clean.split('/');
}

async function follow(
  root: string,
  below: string,
  parts: readonly string[],
  found: Set<string>,
  links: number,
): Promise<void> {
  const [part, ...rest] = parts;
  if (part === undefined) {
    found.add(below);
    return;
  }
  for (const name of hasWildcard(part) ? await matching(join(root, below), part) : [part]) {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = await lstat(join(root, path)).catch(() => null);
    // What is not there is no mistake yet: the build says so if it needs it.
    if (stats === null) continue;
    if (!stats.isSymbolicLink()) {
      await follow(root, path, rest, found, links);
      continue;
    }
    found.add(path);
    if (links >= LINKS_MAX) continue;
    const target = await readlink(join(root, path));
    const resolved = posix.resolve('/', below, target).slice(1);
    await follow(root, '', [...partsOf(resolved), ...rest], found, links + 1);
  }
}

async function matching(directory: string, pattern: string): Promise<string[]> {
  const patterns = new Patterns([pattern]);
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => patterns.matches(name));
}
