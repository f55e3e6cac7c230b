import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { EngineError, messageOf } from '../errors.ts';
import { errorCode } from '../store/files.ts';

/** Where an administrator says what every engine of the machine is to be configured with. */
export const MANAGED_FILE = '/etc/berth/managed.json';

/** What an administrator has set, which nobody else changes. */
export interface ManagedOptions {
  readonly path: string;
  /** By the names of `engine.json`; an option that is named is the administrator's as a whole. */
  readonly options: Readonly<Record<string, unknown>>;
}

export const NOTHING_MANAGED: ManagedOptions = { path: '', options: {} };

/** Mode bits: the group and everybody may write. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Reads the administrator's file, which need not be there. It binds who may not write it: it has to be `administrator`'s (root's),
 * and so do the directories on the way. Throws `forbidden` for one that is not, `invalid` for one that cannot be read.
 */
export function readManaged(path: string, administrator = 0): ManagedOptions {
  let text: string;
  try {
    text = readOwned(path, administrator);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return { path, options: {} };
    if (error instanceof EngineError) throw error;
    throw new EngineError('invalid', `the managed settings cannot be read: ${messageOf(error)}`, { cause: error });
  }
  let document: unknown;
  try {
    document = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new EngineError('invalid', `the managed settings in ${path} are invalid JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new EngineError('invalid', `the managed settings in ${path} are no JSON object`);
  return { path, options: { ...document } };
}

function readOwned(path: string, administrator: number): string {
  const target = realpathSync(path);
  // What is checked is what is read.
  const file = openSync(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw new EngineError('forbidden', `the managed settings in ${path} are no file`);
    assertOwned(target, status, administrator);
    for (const start of new Set([path, target]))
      for (let directory = dirname(start); ; directory = dirname(directory)) {
        assertOwned(directory, statSync(directory), administrator);
        if (directory === '/') break;
      }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** In a directory like /tmp others can make files, and take away only their own. */
function assertOwned(path: string, status: Stats, administrator: number): void {
  const isShared = (status.mode & OTHERS_WRITE) !== 0 && !(status.isDirectory() && (status.mode & STICKY) !== 0);
  if ((status.uid === administrator || status.uid === 0) && !isShared) return;
  const owner = administrator === 0 ? 'root' : `user ${administrator}`;
  throw new EngineError(
    'forbidden',
    `the managed settings are refused: ${path} must be owned by ${owner} and not be writable by anyone else`,
  );
}
