import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseElf, type ElfFile } from './elf.ts';

/** Searched last, as ld.so(8) does; the 64-bit ones first. */
const STANDARD = ['/lib64', '/usr/lib64', '/lib', '/usr/lib'];

/** Reads a file, or null when it is missing or not ours to read. */
export async function readIfPossible(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch {
    return null;
  }
}

/** Directories of /etc/ld.so.conf and what it includes, in order, then the standard ones. */
export async function libraryDirectories(configuration = '/etc/ld.so.conf'): Promise<string[]> {
  return [...new Set([...(await readConfiguration(configuration, 0)), ...STANDARD])];
}

async function readConfiguration(path: string, depth: number): Promise<string[]> {
  const text = (await readIfPossible(path))?.toString('utf8') ?? '';
  const directories: string[] = [];
  for (const line of text.split('\n').map((raw) => raw.replace(/#.*/, '').trim())) {
    const pattern = /^include\s+(.+)$/.exec(line)?.[1];
    if (pattern !== undefined && depth < 4) {
      for (const included of await expand(pattern)) directories.push(...(await readConfiguration(included, depth + 1)));
    } else if (line.startsWith('/')) {
      directories.push(line);
    }
  }
  return directories;
}

/** Files of `DIRECTORY/*.conf`, the only form of pattern that distributions use. */
async function expand(pattern: string): Promise<string[]> {
  const directory = dirname(pattern);
  const names = await readdir(directory).catch(() => []);
  const suffix = pattern.slice(pattern.lastIndexOf('*') + 1);
  return names
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(directory, name));
}

/**
 * Paths of everything that a program needs to be loaded: its loader and libraries, and theirs. Nothing is run to find
 * out. Libraries that are not found are left out, as the loader would name them when the program starts.
 */
export async function dependenciesOf(path: string, directories: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const queue = [path];
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    const bytes = await readIfPossible(current);
    const elf = bytes === null ? null : parseElf(bytes);
    if (elf === null) continue;
    if (elf.interpreter !== null) found.add(elf.interpreter);
    for (const name of elf.needed) {
      const library = await findLibrary(name, elf, dirname(current), directories);
      if (library === null || found.has(library)) continue;
      found.add(library);
      queue.push(library);
    }
  }
  return found;
}

async function findLibrary(
  name: string,
  user: ElfFile,
  origin: string,
  directories: readonly string[],
): Promise<string | null> {
  const own = user.searchPath.map((path) => path.replaceAll(/\$\{?ORIGIN\}?/g, origin));
  const candidates = name.includes('/') ? [name] : [...own, ...directories].map((directory) => join(directory, name));
  for (const candidate of candidates) {
    const bytes = await readIfPossible(candidate);
    const elf = bytes === null ? null : parseElf(bytes);
    if (elf !== null && elf.elfClass === user.elfClass && elf.machine === user.machine) return candidate;
  }
  return null;
}
