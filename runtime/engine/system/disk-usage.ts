import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Bytes of the regular files below a directory, each counted once however many names it has. What may not be looked into
 * (files of other ids without root) counts as nothing; so does what is not there.
 */
export async function directorySize(directory: string, seen = new Set<string>()): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await directorySize(path, seen);
    if (!entry.isFile()) continue;
    const status = await lstat(path).catch(() => null); // Deleted while we looked.
    if (status === null) continue;
    const key = `${status.dev}:${status.ino}`;
    if (status.nlink > 1 && seen.has(key)) continue;
    seen.add(key);
    total += status.size;
  }
  return total;
}
