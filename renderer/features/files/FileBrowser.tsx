import { FilePlus, FolderPlus, RotateCw, Upload } from 'lucide-react';
import { useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import type { FileTarget } from '../../../runtime/contract/files.ts';
import { downloadAs, upload } from '../../data/byte-streams.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { runByteTask } from '../../data/tasks.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { files as texts } from '../../strings/files.ts';
import { tasks as taskTexts } from '../../strings/tasks.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { confirm } from '../../ui/confirm.ts';
import { formatBytes } from '../../ui/format.ts';
import { PromptDialog } from '../../ui/PromptDialog.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { fileMenu, folderOf, isThere } from './file-menu.tsx';
import css from './FileBrowser.module.css';
import { FilePreview } from './FilePreview.tsx';
import { FileTree } from './FileTree.tsx';
import { join, parentOf, type TreeRow } from './model.ts';
import { PermissionsDialog } from './PermissionsDialog.tsx';
import { useTree } from './use-tree.ts';

interface FileBrowserProps {
  readonly target: FileTarget;
  readonly name: string;
  /** Changes when the files may have. */
  readonly version?: unknown;
  /** Path of what is chosen at first; the folders that lead there open. */
  readonly initial?: string;
}

/** What a dialog asks for. */
type Asking =
  | { readonly what: 'folder' | 'file'; readonly folder: string }
  | { readonly what: 'permissions'; readonly row: TreeRow };

/** Files of a container or volume: a tree, and beside it what is chosen in it. */
export function FileBrowser({ target, name, version, initial }: FileBrowserProps) {
  const tree = useTree(target, version, initial);
  const [chosen, setChosen] = useState<string | null>(initial ?? null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  /** Where the files that are being chosen will go. */
  const into = useRef('/');
  const browser = useRef<HTMLElement>(null);
  const row = tree.rows.find(({ path }) => path === chosen) ?? null;
  const folder = row === null ? '/' : folderOf(row);

  const select = (next: TreeRow) => {
    if (next.path === chosen) {
      // Chosen once more: into its text.
      browser.current?.querySelector<HTMLElement>('[role="textbox"]')?.focus();
      return;
    }
    setChosen(next.path);
  };
  const remove = async (gone: TreeRow) => {
    const label = gone.entry?.name ?? '';
    const sure = await confirm({
      title: texts.removeTitle(label),
      body: gone.entry?.kind === 'directory' ? texts.removeFolder : texts.removeFile,
      action: common.remove,
    });
    if (!sure) return;
    try {
      await call('files.remove', { target, path: gone.path });
      showToast({ tone: 'good', title: texts.removed(label), lifetimeMs: 2500 });
      tree.close(gone.path);
      tree.reload(parentOf(gone.path));
      setChosen(null);
    } catch (error) {
      showError(texts.notRemoved(label), error);
    }
  };
  const uploadAll = async (list: readonly File[], directory: string) => {
    for (const file of list) {
      await runByteTask(taskTexts.upload(file.name), file.size, async (task) => {
        await upload('files.upload', { target, directory, name: file.name, size: file.size }, file, task);
        return taskTexts.uploaded(file.name);
      });
    }
    if (directory !== '/') tree.open(directory);
    tree.reload(directory);
  };
  const download = (wanted: TreeRow) => {
    const label = wanted.entry?.name ?? '';
    const fileName = wanted.entry?.kind === 'directory' ? `${label}.tar` : label;
    drop(
      runByteTask(taskTexts.download(label), wanted.entry?.size ?? 0, async (task) => {
        const bytes = await downloadAs(fileName, 'files.download', { target, path: wanted.path }, task);
        return taskTexts.downloaded(fileName, formatBytes(bytes));
      }),
    );
  };
  const rowAt = (target: EventTarget): TreeRow | undefined => {
    const index = (target as HTMLElement).closest<HTMLElement>('[data-index]')?.dataset['index'];
    return index === undefined ? undefined : tree.rows[Number(index)];
  };
  const folderAt = ({ target }: DragEvent): string => {
    const at = rowAt(target);
    return at === undefined ? '/' : folderOf(at);
  };
  const chooseFiles = (directory: string) => {
    into.current = directory;
    input.current?.click();
  };
  const menu = (at: TreeRow) =>
    fileMenu(at, {
      onUpload: chooseFiles,
      onMake: (what, directory) => {
        setAsking({ what, folder: directory });
      },
      onDownload: download,
      onPermissions: (wanted) => {
        setAsking({ what: 'permissions', row: wanted });
      },
      onRemove: (gone) => {
        drop(remove(gone));
      },
    });
  /** What a row's menu has, at once: letters of their own would lead on to names. */
  const onKeyDown = (event: KeyboardEvent) => {
    const at = rowAt(event.target);
    if (event.shiftKey || event.metaKey) return;
    if (event.key === 'u' && event.ctrlKey && !event.altKey) chooseFiles(at === undefined ? folder : folderOf(at));
    else if (event.key === 'Enter' && event.altKey && !event.ctrlKey && at !== undefined && isThere(at))
      setAsking({ what: 'permissions', row: at });
    else return;
    event.preventDefault();
  };
  const nameProblem = (value: string) =>
    value === '' || /[/\0]/.test(value) || value === '.' || value === '..' ? '' : undefined;

  if (tree.rootError !== null && tree.root.state === 'failed') {
    return (
      <ErrorState
        error={tree.rootError}
        onRetry={() => {
          tree.reload();
        }}
      />
    );
  }
  return (
    <section ref={browser} className={css['browser']} aria-label={texts.files}>
      <div
        className={[css['left'], over === null ? '' : css['over']].join(' ')}
        onKeyDown={onKeyDown}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes('Files')) return;
          event.preventDefault();
          setOver(folderAt(event));
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(null);
        }}
        onDrop={(event) => {
          event.preventDefault();
          setOver(null);
          drop(uploadAll([...event.dataTransfer.files], folderAt(event)));
        }}
      >
        <div className={css['tools']}>
          <Button
            size="small"
            icon={<Upload size={14} />}
            title={`${texts.uploadHere(folder)} (Ctrl+U)`}
            onClick={() => {
              chooseFiles(folder);
            }}
          >
            {texts.upload}
          </Button>
          <IconButton
            label={texts.newFolder}
            icon={<FolderPlus size={15} />}
            onClick={() => {
              setAsking({ what: 'folder', folder });
            }}
          />
          <IconButton
            label={texts.newFile}
            icon={<FilePlus size={15} />}
            onClick={() => {
              setAsking({ what: 'file', folder });
            }}
          />
          <span className={css['folder']}>{over === null ? folder : texts.dropHere(over)}</span>
          <IconButton
            label={texts.refresh}
            icon={<RotateCw size={14} />}
            onClick={() => {
              tree.reload();
            }}
          />
          <input
            ref={input}
            type="file"
            multiple
            hidden
            aria-label={texts.upload}
            onChange={(event) => {
              drop(uploadAll([...(event.target.files ?? [])], into.current));
              event.target.value = '';
            }}
          />
        </div>
        <FileTree
          label={texts.treeOf(name)}
          rows={tree.rows}
          selected={chosen}
          onSelect={(next) => {
            select(next);
          }}
          onOpen={tree.open}
          onClose={tree.close}
          onRemove={(gone) => {
            drop(remove(gone));
          }}
          menu={menu}
        />
      </div>
      {row === null || row.entry === null ? (
        <div className={css['nothing']}>{texts.nothingOpen}</div>
      ) : (
        <FilePreview
          key={row.path}
          target={target}
          row={row}
          onDownload={() => {
            download(row);
          }}
          onPermissions={() => {
            setAsking({ what: 'permissions', row });
          }}
          onRemove={() => {
            drop(remove(row));
          }}
          onSaved={() => {
            tree.reload(parentOf(row.path));
          }}
        />
      )}
      {(asking?.what === 'folder' || asking?.what === 'file') && (
        <PromptDialog
          title={asking.what === 'folder' ? texts.newFolder : texts.newFile}
          description={texts.inFolder(asking.folder)}
          label={asking.what === 'folder' ? texts.folderName : texts.fileName}
          action={common.create}
          problem={nameProblem}
          onClose={() => {
            setAsking(null);
          }}
          onSubmit={async (value) => {
            const path = join(asking.folder, value);
            if (asking.what === 'folder') await call('files.makeDirectory', { target, path });
            else await call('files.write', { target, path, text: '' });
            if (asking.folder !== '/') tree.open(asking.folder);
            tree.reload(asking.folder);
            setChosen(path);
          }}
        />
      )}
      {asking?.what === 'permissions' && (
        <PermissionsDialog
          target={target}
          row={asking.row}
          onClose={() => {
            setAsking(null);
          }}
          onDone={() => {
            tree.reload(parentOf(asking.row.path));
          }}
        />
      )}
    </section>
  );
}
