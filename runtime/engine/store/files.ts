import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** fsyncs a directory, so that names made or changed in it survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The code of a system error (`ENOENT`), or undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Text of a file; empty where there is none. Throws where it cannot be read. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** Text of a file of the kernel or the host; empty where it is absent, gone meanwhile or not ours to read. */
export function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // What it would say is not known here, and whoever asks goes on without.
  }
}
