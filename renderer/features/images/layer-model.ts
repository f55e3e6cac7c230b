import type { ChangeKind } from '../../../runtime/contract/contract.ts';
import type { FileEntry } from '../../../runtime/contract/files.ts';
import type { LayerFile } from '../../../runtime/contract/images.ts';
import { join, parentOf, type Folder } from '../files/model.ts';

/** Layers of so few lines are shown with every folder open. */
const OPEN_WHOLE = 60;

/** A step of the history as a Dockerfile has it: without the shell and the marks that builders put around it. */
export function instructionOf(createdBy: string): string {
  const text = createdBy.replace(/\s*# buildkit$/, '').trim();
  const metadata = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(text)?.[1];
  if (metadata !== undefined) return metadata;
  const classic = /^\/bin\/sh -c (.*)$/s.exec(text)?.[1];
  if (classic !== undefined) return `RUN ${classic}`;
  const run = /^RUN (?:\|\d+ .*?)?\/bin\/sh -c (.*)$/s.exec(text)?.[1];
  return run === undefined ? text : `RUN ${run}`;
}

/** Which files of a layer are shown. */
export interface LayerFilter {
  /** A part of the path, in any case; empty for all. */
  readonly query: string;
  /** null for all. */
  readonly changes: ReadonlySet<ChangeKind> | null;
}

/** The files of a layer that a filter lets through, as the folders of a tree. A folder's size is that of all in it. */
export function layerFolders(files: readonly LayerFile[], filter: LayerFilter): Map<string, Folder> {
  const query = filter.query.toLowerCase();
  const folders = new Map<string, Map<string, FileEntry>>([['/', new Map()]]);
  const put = (path: string, entry: FileEntry): void => {
    const parent = parentOf(path);
    if (!folders.has(parent)) putFolder(parent, entryOf(parent));
    folders.get(parent)?.set(entry.name, entry);
  };
  const putFolder = (path: string, entry: FileEntry): void => {
    if (path === '/') return;
    if (!folders.has(path)) folders.set(path, new Map());
    const size = folders.get(parentOf(path))?.get(entry.name)?.size ?? 0;
    put(path, { ...entry, size });
  };
  for (const file of files) {
    const path = `/${file.path}`;
    if (!path.toLowerCase().includes(query) || filter.changes?.has(file.change) === false) continue;
    const entry = entryOf(path, file);
    if (file.directory) putFolder(path, entry);
    else put(path, entry);
    for (let at = parentOf(path); at !== '/' && file.size > 0; at = parentOf(at)) {
      const siblings = folders.get(parentOf(at));
      const folder = siblings?.get(at.slice(at.lastIndexOf('/') + 1));
      if (folder !== undefined) siblings?.set(folder.name, { ...folder, size: folder.size + file.size });
    }
  }
  const paths = [...folders.keys()].sort();
  return new Map(paths.map((path) => [path, { state: 'ready', entries: [...(folders.get(path)?.values() ?? [])] }]));
}

function entryOf(path: string, file?: LayerFile): FileEntry {
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    kind: file === undefined || file.directory ? 'directory' : file.linkTarget === '' ? 'file' : 'link',
    size: file?.size ?? 0,
    mode: file?.mode ?? 0o755,
    uid: file?.uid ?? 0,
    gid: file?.gid ?? 0,
    modifiedAt: 0,
    linkTarget: file?.linkTarget ?? '',
  };
}

/** Folders that are open before anybody opened one: all of a small layer, else those on the way to the first choice. */
export function openAtFirst(folders: ReadonlyMap<string, Folder>): Set<string> {
  let lines = 0;
  for (const folder of folders.values()) if (folder.state === 'ready') lines += folder.entries.length;
  if (lines <= OPEN_WHOLE) return new Set(folders.keys());
  const open = new Set(['/']);
  for (let path = '/'; ;) {
    const folder = folders.get(path);
    const [only, second] = folder?.state === 'ready' ? folder.entries : [];
    if (only?.kind !== 'directory' || second !== undefined) return open;
    path = join(path, only.name);
    open.add(path);
  }
}
