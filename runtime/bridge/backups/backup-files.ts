import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BackupFile } from '../../contract/backups.ts';

/** `20261130T001500Z`: sorts as it happened, and is a name everywhere. */
function stampOf(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
}

/** When a file of this name was made of a volume; null for any other file. */
export function backupTime(volume: string, name: string): number | null {
  if (!name.startsWith(`${volume}-`)) return null;
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.tar\.gz$/.exec(name.slice(volume.length + 1));
  if (found === null) return null;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = found;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at;
}

/**
 * Makes a folder and those above it. One by one: Node's own way of that tries for ever where there can be none, as
 * below /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const above = dirname(path);
    // Where the folder above is there, there is no other way to this one.
    if (code !== 'ENOENT' || above === path || (await isFolder(above))) throw error;
    await makeFolder(above);
    await mkdir(path, { mode: 0o700 });
  }
}

async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => null); // Not there.
  return status?.isDirectory() ?? false;
}

/** The backups of a volume in a folder, the newest first; none where there is no folder. */
export async function backupFiles(directory: string, volume: string): Promise<BackupFile[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const files = await Promise.all(
    names.map(async (name): Promise<BackupFile[]> => {
      const at = backupTime(volume, name);
      if (at === null) return [];
      // Somebody may take one away meanwhile.
      const status = await stat(join(directory, name)).catch(() => null);
      return status?.isFile() === true ? [{ name, at, bytes: status.size }] : [];
    }),
  );
  return files.flat().sort((a, b) => b.at - a.at);
}

/**
 * Writes a backup: under its name only once all of it is on the disk, so that whatever has the name is whole. What was
 * begun is taken away when it fails. Returns the name.
 */
export async function writeBackup(directory: string, volume: string, at: number, bytes: Readable): Promise<string> {
  await makeFolder(directory);
  const name = `${volume}-${stampOf(at)}.tar.gz`;
  const draft = join(directory, `.${name}.part`);
  try {
    // A volume may hold what is nobody else's business.
    await pipeline(bytes, createWriteStream(draft, { mode: 0o600 }));
    const file = await open(draft, 'r');
    await file.sync().finally(() => file.close());
    await rename(draft, join(directory, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return name;
}

/** Takes away the oldest backups of a volume that are too many, and what a former app left half done. */
export async function pruneBackups(directory: string, volume: string, keep: number): Promise<void> {
  const files = await backupFiles(directory, volume);
  for (const { name } of files.slice(keep)) await rm(join(directory, name), { force: true });
  for (const name of await readdir(directory)) {
    const part = /^\.(.*)\.part$/.exec(name)?.[1];
    if (part !== undefined && backupTime(volume, part) !== null) await rm(join(directory, name), { force: true });
  }
}
