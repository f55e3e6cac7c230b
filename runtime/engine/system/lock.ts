import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EngineError } from '../errors.ts';

/** Holds a data root for one engine at a time. */
export interface DataRootLock {
  release(): void;
}

/**
 * Takes the data root. Node has no flock(2), but SQLite takes POSIX locks on its files: an exclusive transaction on a
 * database of its own is a lock that the kernel drops with the process, however that ends.
 * Throws `conflict` when another engine holds it.
 */
export function lockDataRoot(dataRoot: string): DataRootLock {
  mkdirSync(dataRoot, { recursive: true, mode: 0o711 });
  const path = join(dataRoot, 'engine.lock');
  const pidPath = join(dataRoot, 'engine.pid');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS lock (held INTEGER);');
  } catch (error) {
    database.close();
    throw new EngineError('conflict', `another engine${otherEngine(pidPath)} is using the data root ${dataRoot}`, {
      cause: error,
    });
  }
  writeFileSync(pidPath, `${process.pid}\n`);
  return {
    release: () => {
      database.close();
    },
  };
}

function otherEngine(pidPath: string): string {
  try {
    return ` (pid ${readFileSync(pidPath, 'utf8').trim()})`;
  } catch {
    return ''; // It has the lock but has not written its pid yet.
  }
}

/** Throws `conflict` when something answers on the socket; a stale socket file is fine to replace. */
export async function assertSocketFree(path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      reject(new EngineError('conflict', `the socket ${path} is in use by another process`));
    });
    probe.on('error', () => {
      resolve();
    });
  });
  try {
    closeSync(openSync(path, 'r'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT: nothing there. ENXIO: a socket file nobody listens on. Anything else that opens is not ours to delete.
    if (code === 'ENOENT' || code === 'ENXIO') return;
    throw error;
  }
  throw new EngineError('conflict', `${path} exists and is not a socket`);
}
