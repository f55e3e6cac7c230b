import type { ChangeKind } from '../../../runtime/contract/contract.ts';
import type { FileEntry, FileKind } from '../../../runtime/contract/files.ts';

/** A folder that has been opened: what is in it, or why that is not known. */
export type Folder =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly entries: readonly FileEntry[] }
  | { readonly state: 'failed'; readonly message: string };

/** A line of the tree. */
export interface TreeRow {
  readonly path: string;
  readonly depth: number;
  /** null for the line that stands for a folder's state: loading, failed, empty. */
  readonly entry: FileEntry | null;
  readonly open: boolean;
  readonly change: ChangeKind | null;
  readonly note: { readonly kind: 'loading' | 'failed' | 'empty'; readonly text: string } | null;
  /** A word on the file beside its name. */
  readonly aside?: string;
}

/** Path of `name` in `directory`. */
export function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** The directory that holds a path. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

const RANK: Readonly<Record<FileKind, number>> = { directory: 0, link: 1, file: 1, device: 1, pipe: 1, other: 1 };

/** Folders first, then by name as a person sorts. */
export function sortEntries(entries: readonly FileEntry[]): FileEntry[] {
  return [...entries].sort(
    (a, b) => RANK[a.kind] - RANK[b.kind] || a.name.localeCompare(b.name, undefined, { numeric: true }),
  );
}

const GHOST: Omit<FileEntry, 'name'> = {
  kind: 'file',
  size: 0,
  mode: 0,
  uid: 0,
  gid: 0,
  modifiedAt: 0,
  linkTarget: '',
};

/** The lines of the tree: opened folders with what is in them, and what has been deleted where it was. */
export function treeRows(
  folders: ReadonlyMap<string, Folder>,
  changes: ReadonlyMap<string, ChangeKind>,
  root = '/',
): TreeRow[] {
  const rows: TreeRow[] = [];
  const deleted = Map.groupBy(
    [...changes].filter(([, kind]) => kind === 'deleted').map(([path]) => path),
    parentOf,
  );
  const walk = (directory: string, depth: number): void => {
    const folder = folders.get(directory);
    if (folder === undefined) return;
    const note = (kind: 'loading' | 'failed' | 'empty', text: string): void => {
      rows.push({ path: `${directory}\0`, depth, entry: null, open: false, change: null, note: { kind, text } });
    };
    if (folder.state === 'loading') {
      note('loading', '');
      return;
    }
    if (folder.state === 'failed') {
      note('failed', folder.message);
      return;
    }
    const ghosts = (deleted.get(directory) ?? [])
      .map((path) => ({ ...GHOST, name: path.slice(path.lastIndexOf('/') + 1) }))
      .filter((ghost) => !folder.entries.some((entry) => entry.name === ghost.name));
    const entries = sortEntries([...folder.entries, ...ghosts]);
    if (entries.length === 0) note('empty', '');
    for (const entry of entries) {
      const path = join(directory, entry.name);
      const open = folders.has(path);
      rows.push({ path, depth, entry, open, change: changes.get(path) ?? null, note: null });
      if (open) walk(path, depth + 1);
    }
  };
  walk(root, 0);
  return rows;
}

/** `drwxr-xr-x`, with the letters for set-user-id, set-group-id and the sticky bit. */
export function modeText(entry: Pick<FileEntry, 'kind' | 'mode'>): string {
  const letters = [
    entry.kind === 'directory' ? 'd' : entry.kind === 'link' ? 'l' : entry.kind === 'pipe' ? 'p' : '-',
    ...[6, 3, 0].flatMap((shift) => {
      const bits = (entry.mode >> shift) & 7;
      return [(bits & 4) !== 0 ? 'r' : '-', (bits & 2) !== 0 ? 'w' : '-', (bits & 1) !== 0 ? 'x' : '-'];
    }),
  ];
  const special = (bit: number, at: number, on: string, off: string): void => {
    if ((entry.mode & bit) !== 0) letters[at] = letters[at] === 'x' ? on : off;
  };
  special(0o4000, 3, 's', 'S');
  special(0o2000, 6, 's', 'S');
  special(0o1000, 9, 't', 'T');
  return letters.join('');
}

/** The folders that lead to a path, from the root on. */
export function foldersTo(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return ['/', ...parts.slice(0, -1).map((_, at) => `/${parts.slice(0, at + 1).join('/')}`)];
}
