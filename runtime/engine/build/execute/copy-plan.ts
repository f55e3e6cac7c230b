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
    // With a final slash the directory is made as it is, without one it becomes what the source is.
    const isNew = !exists && !isSlashed && selection.kind === 'directory';
    const parents = missingDirectories(target, isNew ? found.missing.slice(0, -1) : found.missing);
    const members = selection.members.filter(({ path }) => path !== '' || (isNew && !target.made.has(top.slice(1))));
    if (isNew) target.made.add(top.slice(1));
    return [...parents, ...members.map(({ entry, path }) => member(entry, posix.join(top, path), target))];
  }
  const isDirectory = isSlashed || (exists && found.isDirectory);
  if (isSlashed && exists && !found.isDirectory) throw new EngineError('invalid', `${found.real}: not a directory`);
  const top = posix.join(found.real, ...found.missing);
  const path = isDirectory ? posix.join(top, selection.name) : top;
  const parents = missingDirectories(target, isDirectory ? found.missing : found.missing.slice(0, -1));
  return [...parents, ...selection.members.map(({ entry }) => member(entry, path, target))];
}

/** Directories on the way that are not there: 0755, of the copy's owner. */
export function missingDirectories({ found, now, made }: CopyTarget, missing: readonly string[]): CopyMember[] {
  const members: CopyMember[] = [];
  let path = found.real;
  for (const part of missing) {
    path = posix.join(path, part);
    const name = path.slice(1);
    if (made.has(name)) continue;
    made.add(name);
    const entry = directory(name, now);
    members.push({ entry, member: { ...entry, name } });
  }
  return members;
}

function directory(path: string, modified: bigint): TreeEntry {
  const nothing = { uid: 0, gid: 0, size: 0, link: '', major: 0, minor: 0, attributes: new Map<string, Buffer>() };
  return { ...nothing, path, type: 'directory', mode: 0o755, modified, offset: 0, content: '' };
}

function member(entry: TreeEntry, path: string, { mode }: CopyTarget): CopyMember {
  const isDirectory = entry.type === 'directory';
  const changed = entry.type === 'symlink' ? entry.mode : mode(entry.mode, isDirectory);
  return { entry, member: { ...entry, name: path.slice(1), mode: changed } };
}
