import { posix } from 'node:path';
import { EngineError } from '../../errors.ts';
import type { Selection } from '../tree/select.ts';
import type { TreeEntry } from '../tree/file-tree.ts';
import type { TarMember } from '../tree/tar-reader.ts';
import type { ModeChange } from './chmod.ts';
import type { Found } from './places.ts';

/** One member of the archive that a copy unpacks; `selection` is where its content is. */
export interface CopyMember {
  readonly entry: TreeEntry;
  readonly member: TarMember;
}

export interface CopyTarget {
  /** As written: with a final slash when it is a directory for certain. */
  readonly destination: string;
  readonly found: Found;
  readonly mode: ModeChange;
  /** Of directories that are made. */
  readonly directoryMode: number;
  /** ns since the epoch, for directories that are made. */
  readonly now: bigint;
  /** Directories that were made already, without leading slash. */
  readonly made: Set<string>;
}

/** What a selection becomes at the destination, in the order it is unpacked. Throws `invalid`. */
export function copyMembers(selection: Selection, target: CopyTarget): CopyMember[] {
  const { destination, found } = target;
  const isSlashed = destination.endsWith('/');
  const exists = found.missing.length === 0;
  if (selection.kind !== 'file') {
    if (exists && !found.isDirectory) throw new EngineError('invalid', `cannot copy to non-directory: ${found.real}`);
    const top = posix.join(found.real, ...found.missing);
    // What is in the source is copied, not what it is itself: a destination that is made has no mode or owner of it.
    const parents = missingDirectories(target, found.missing);
    const members = selection.members.filter(({ path }) => path !== '');
    return [...parents, ...members.map(({ entry, path }) => member(entry, posix.join(top, path), target))];
  }
  const isDirectory = isSlashed || (exists && found.isDirectory);
  if (isSlashed && exists && !found.isDirectory) throw new EngineError('invalid', `${found.real}: not a directory`);
  const top = posix.join(found.real, ...found.missing);
  const path = isDirectory ? posix.join(top, selection.name) : top;
  const parents = missingDirectories(target, isDirectory ? found.missing : found.missing.slice(0, -1));
  return [...parents, ...selection.members.map(({ entry }) => member(entry, path, target))];
}

/** Directories on the way that are not there, of the copy's owner. */
export function missingDirectories(
  { found, now, made, directoryMode }: CopyTarget,
  missing: readonly string[],
): CopyMember[] {
  const members: CopyMember[] = [];
  let path = found.real;
  for (const part of missing) {
    path = posix.join(path, part);
    const name = path.slice(1);
    if (made.has(name)) continue;
    made.add(name);
    const entry = directory(name, now, directoryMode);
    members.push({ entry, member: { ...entry, name } });
  }
  return members;
}

function directory(path: string, modified: bigint, mode: number): TreeEntry {
  const nothing = { uid: 0, gid: 0, size: 0, link: '', major: 0, minor: 0, attributes: new Map<string, Buffer>() };
  return { ...nothing, path, type: 'directory', mode, modified, offset: 0, content: '' };
}

function member(entry: TreeEntry, path: string, { mode }: CopyTarget): CopyMember {
  const isDirectory = entry.type === 'directory';
  const changed = entry.type === 'symlink' ? entry.mode : mode(entry.mode, isDirectory);
  return { entry, member: { ...entry, name: path.slice(1), mode: changed } };
}
