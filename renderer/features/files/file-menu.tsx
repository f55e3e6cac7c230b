import { Download, FilePlus, FolderPlus, ShieldCheck, Trash2, Upload } from 'lucide-react';
import type { ReactNode } from 'react';
import { files as texts } from '../../strings/files.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { parentOf, type TreeRow } from './model.ts';

/** The folder that a row stands for: what is put there is put beside it, or into it. */
export function folderOf(row: TreeRow): string {
  // The line that stands for an empty folder, or a failed one, has a path of its own below it.
  return row.entry?.kind === 'directory' ? row.path : parentOf(row.path.replace(/\0$/, '/x'));
}

/** Whether there is a file at all: a line may only stand for one, or for one that was deleted. */
export function isThere(row: TreeRow): boolean {
  return row.entry !== null && row.change !== 'deleted';
}

interface FileActions {
  readonly onUpload: (folder: string) => void;
  readonly onMake: (what: 'folder' | 'file', folder: string) => void;
  readonly onDownload: (row: TreeRow) => void;
  readonly onPermissions: (row: TreeRow) => void;
  readonly onRemove: (row: TreeRow) => void;
}

/** What can be done with a file, and in the folder that it is in, as lines of a menu. */
export function fileMenu(row: TreeRow, actions: FileActions): MenuEntry[] {
  const size = 15;
  const folder = folderOf(row);
  const line = (id: string, label: string, icon: ReactNode, run: () => void, keys?: string) => ({
    id,
    label,
    icon,
    run,
    ...(keys === undefined ? {} : { keys }),
  });
  const upload = () => {
    actions.onUpload(folder);
  };
  const make = (what: 'folder' | 'file') => () => {
    actions.onMake(what, folder);
  };
  const onRow = (action: (row: TreeRow) => void) => () => {
    action(row);
  };
  return [
    line('upload', texts.uploadHere(folder), <Upload size={size} />, upload, 'Ctrl+U'),
    line('folder', texts.newFolder, <FolderPlus size={size} />, make('folder')),
    line('file', texts.newFile, <FilePlus size={size} />, make('file')),
    ...(isThere(row)
      ? [
          line('download', texts.download, <Download size={size} />, onRow(actions.onDownload)),
          line(
            'permissions',
            texts.permissions,
            <ShieldCheck size={size} />,
            onRow(actions.onPermissions),
            'Alt+Enter',
          ),
          'separator' as const,
          {
            ...line('remove', texts.remove, <Trash2 size={size} />, onRow(actions.onRemove), 'Del'),
            danger: true,
          },
        ]
      : []),
  ];
}
