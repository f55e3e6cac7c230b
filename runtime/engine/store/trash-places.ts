import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isOneFileSystem } from './file-systems.ts';
import { errorCode } from './files.ts';

/**
 * What goes out of sight does so with one rename, which a crash cannot leave half done. A rename stays on its file
 * system: for a directory of the data root on which somebody has mounted a disk there is a trash on that disk.
 */

/** Directories of the data root that may be file systems of their own, each after those it is in. */
export const HOLDERS = [
  'containers',
  'volumes',
  'layers',
  'blobs',
  'blobs/sha256',
  'ingest',
  'build',
  'build/work',
  'build/spool',
  'build/contexts',
  'build/mounts',
];
/** Containers of users other than root pass through to what lies in it; the data root keeps others out. */
const MODE = 0o711;

function mainTrash(dataRoot: string): string {
  return join(dataRoot, 'trash');
}

function ownTrash(dataRoot: string, holder: string): string {
  return join(dataRoot, holder, '.trash');
}

/** The trashes a path may go to, each made if need be: that of the data root, then those of disks mounted in it. */
function* trashesFor(dataRoot: string, path: string): Generator<string> {
  yield mainTrash(dataRoot);
  for (const holder of HOLDERS) {
    if (!path.startsWith(`${join(dataRoot, holder)}/`)) continue;
    const place = ownTrash(dataRoot, holder);
    mkdirSync(place, { recursive: true, mode: MODE });
    yield place;
  }
}

/** Moves a file or directory to `name` in the trash of its file system. Where it is then. Throws system errors. */
export async function moveToTrash(dataRoot: string, path: string, name: string): Promise<string> {
  let refusal: unknown;
  for (const place of trashesFor(dataRoot, path)) {
    try {
      await rename(path, join(place, name));
      return join(place, name);
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** As `moveToTrash`, for steps in which nothing else may happen meanwhile. */
export function moveToTrashSync(dataRoot: string, path: string, name: string): string {
  let refusal: unknown;
  for (const place of trashesFor(dataRoot, path)) {
    try {
      renameSync(path, join(place, name));
      return join(place, name);
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** Everything that lies in the trash of every file system now. */
export function trashContents(dataRoot: string): string[] {
  return [mainTrash(dataRoot), ...HOLDERS.map((holder) => ownTrash(dataRoot, holder))]
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => join(place, name)));
}

/** The trash, made if need be, to which what lies in a directory of the data root goes. */
export function trashOf(dataRoot: string, directory: (typeof HOLDERS)[number]): string {
  const main = mainTrash(dataRoot);
  for (const place of [main, join(dataRoot, directory)]) mkdirSync(place, { recursive: true, mode: MODE });
  if (isOneFileSystem(join(dataRoot, directory), main)) return main;
  const own = ownTrash(dataRoot, directory);
  mkdirSync(own, { recursive: true, mode: MODE });
  return own;
}
