import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight, Cpu, File, FileSymlink, Folder, FolderOpen } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { ChangeKind } from '../../../runtime/contract/contract.ts';
import type { FileEntry } from '../../../runtime/contract/files.ts';
import { files as texts } from '../../strings/files.ts';
import { formatBytes, formatTime } from '../../ui/format.ts';
import { ContextMenuArea, type MenuEntry } from '../../ui/Menu.tsx';
import css from './FileTree.module.css';
import { modeText, parentOf, type TreeRow } from './model.ts';

/** Height of a line in pixels. */
const ROW_PX = 28;

interface FileTreeProps {
  readonly label: string;
  readonly rows: readonly TreeRow[];
  readonly selected: string | null;
  /** Words for what became of a file; since the image unless said otherwise. */
  readonly marks?: Readonly<Record<ChangeKind, string>>;
  readonly onSelect: (row: TreeRow) => void;
  readonly onOpen: (path: string) => void;
  readonly onClose: (path: string) => void;
  /** Left out for files that cannot be removed. */
  readonly onRemove?: (row: TreeRow) => void;
  /** What can be done with a row; left out where files are only looked at. */
  readonly menu?: (row: TreeRow) => readonly MenuEntry[];
}

function icon(row: TreeRow): ReactNode {
  const size = 15;
  switch (row.entry?.kind) {
    case 'directory':
      return row.open ? <FolderOpen size={size} aria-hidden /> : <Folder size={size} aria-hidden />;
    case 'link':
      return <FileSymlink size={size} aria-hidden />;
    case 'device':
    case 'pipe':
      return <Cpu size={size} aria-hidden />;
    default:
      return <File size={size} aria-hidden />;
  }
}

/** A folder has a size only where somebody has added it up. */
function sizeText({ kind, size }: FileEntry): string {
  return kind === 'file' || size > 0 ? formatBytes(size) : '';
}

/** Files as a tree with the usual keys: arrows move, open and close, Enter shows, Delete removes, a letter leads on. */
export function FileTree(props: FileTreeProps) {
  const { label, rows, selected, marks = texts.marks, onSelect, onOpen, onClose, onRemove } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const wantsFocus = useRef(false);
  const index = Math.max(
    0,
    rows.findIndex(({ path }) => path === (active ?? selected)),
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    useFlushSync: false,
  });
  useEffect(() => {
    if (!wantsFocus.current) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${String(index)}"]`);
    if (row === null || row === undefined) return;
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  });
  const focus = (to: number) => {
    const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
    if (row === undefined) return;
    wantsFocus.current = true;
    setActive(row.path);
    virtualizer.scrollToIndex(rows.indexOf(row));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[index];
    if (row === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    const folder = row.entry?.kind === 'directory';
    switch (event.key) {
      case 'ArrowDown':
      case 'j':
        focus(index + 1);
        break;
      case 'ArrowUp':
      case 'k':
        focus(index - 1);
        break;
      case 'Home':
        focus(0);
        break;
      case 'End':
        focus(rows.length - 1);
        break;
      case 'ArrowRight':
        if (folder && !row.open) onOpen(row.path);
        else if (folder) focus(index + 1);
        break;
      case 'ArrowLeft':
        if (row.open) onClose(row.path);
        else focus(rows.findIndex(({ path }) => path === parentOf(row.path)));
        break;
      case 'Enter':
      case ' ':
        activate(row);
        break;
      case 'Delete':
        if (row.entry !== null && row.change !== 'deleted') onRemove?.(row);
        break;
      default: {
        if (event.key.length !== 1) return;
        // As in any tree: a letter leads to the next name that begins with it.
        const begins = ({ entry }: TreeRow) => entry?.name.toLowerCase().startsWith(event.key.toLowerCase()) === true;
        const next = rows.findIndex((one, at) => at > index && begins(one));
        const found = next < 0 ? rows.findIndex(begins) : next;
        if (found >= 0) focus(found);
      }
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const activate = (row: TreeRow) => {
    setActive(row.path);
    if (row.entry === null) return;
    onSelect(row);
    if (row.entry.kind !== 'directory') return;
    if (row.open) onClose(row.path);
    else onOpen(row.path);
  };
  const entriesAt = (target: HTMLElement): readonly MenuEntry[] | null => {
    const at = target.closest<HTMLElement>('[data-index]')?.dataset['index'];
    const row = at === undefined ? undefined : rows[Number(at)];
    return row === undefined ? null : (props.menu?.(row) ?? null);
  };
  return (
    <ContextMenuArea entriesAt={entriesAt}>
      <div ref={scroller} className={css['scroller']}>
        <div
          role="tree"
          aria-label={label}
          className={css['tree']}
          style={{ height: virtualizer.getTotalSize() }}
          onKeyDown={onKeyDown}
        >
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const { entry, change, note } = row;
            const mark = change === null ? '' : marks[change];
            return (
              <div
                key={row.path}
                role="treeitem"
                data-index={item.index}
                aria-level={row.depth + 1}
                aria-selected={row.path === selected}
                {...(entry?.kind === 'directory' ? { 'aria-expanded': row.open } : {})}
                aria-label={
                  entry === null
                    ? note?.kind === 'empty'
                      ? texts.emptyFolder
                      : note?.text
                    : [entry.name, mark, row.aside ?? ''].filter(Boolean).join(', ')
                }
                tabIndex={item.index === index ? 0 : -1}
                className={[
                  css['row'],
                  change === null ? '' : css[change],
                  row.path === selected ? css['on'] : '',
                ].join(' ')}
                style={{ height: ROW_PX, transform: `translateY(${String(item.start)}px)` }}
                onFocus={() => {
                  setActive(row.path);
                }}
                onClick={() => {
                  activate(row);
                }}
              >
                <span className={css['indent']} style={{ width: row.depth * 16 }} />
                {entry === null ? (
                  <span className={note?.kind === 'failed' ? css['failed'] : css['note']}>
                    {note?.kind === 'loading' ? texts.reading : note?.kind === 'empty' ? texts.emptyFolder : note?.text}
                  </span>
                ) : (
                  <>
                    <ChevronRight
                      size={13}
                      aria-hidden
                      className={[css['arrow'], row.open ? css['turned'] : ''].join(' ')}
                      visibility={entry.kind === 'directory' ? 'visible' : 'hidden'}
                    />
                    <span className={css['icon']}>{icon(row)}</span>
                    <span className={css['name']} title={row.path}>
                      {entry.name}
                      {entry.linkTarget !== '' && (
                        <span className={css['link']}> {texts.leadsTo(entry.linkTarget)}</span>
                      )}
                    </span>
                    {row.aside !== undefined && <span className={css['aside']}>{row.aside}</span>}
                    {change !== null && (
                      <span className={css['mark']} title={mark}>
                        {texts.letters[change]}
                      </span>
                    )}
                    {/* What is gone has no facts, but its mark stays in line with those of the others. */}
                    <code className={css['mode']}>{change === 'deleted' ? '' : modeText(entry)}</code>
                    <span className={css['owner']}>
                      {change === 'deleted' ? '' : `${String(entry.uid)}:${String(entry.gid)}`}
                    </span>
                    <span className={css['size']}>{change === 'deleted' ? '' : sizeText(entry)}</span>
                    <span className={css['time']}>{entry.modifiedAt > 0 ? formatTime(entry.modifiedAt) : ''}</span>
                  </>
                )}
              </div>
            );
          })}
        </div>
      </div>
    </ContextMenuArea>
  );
}
