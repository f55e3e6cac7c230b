import { useMemo, useState, type ReactNode } from 'react';
import type { ChangeKind } from '../../../runtime/contract/contract.ts';
import type { LayerFile } from '../../../runtime/contract/images.ts';
import { images as texts } from '../../strings/images.ts';
import { number } from '../../strings/language.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { FileTree } from '../files/FileTree.tsx';
import { treeRows } from '../files/model.ts';
import css from './ChangedFiles.module.css';
import { layerFolders, openAtFirst } from './layer-model.ts';

const KINDS = ['added', 'modified', 'deleted'] as const;

interface ChangedFilesProps {
  readonly label: string;
  readonly files: readonly LayerFile[];
  /** How many there are in all, of which `files` may be the first. */
  readonly fileCount: number;
  /** What is said where nothing changed. */
  readonly empty: string;
  /** A word on a file beside its name. */
  readonly asideOf: (file: LayerFile) => string | null;
  /** Above the files, for example what they come to. */
  readonly summary?: ReactNode;
}

/** Files that came, changed or went, as a tree that is filtered by name and by what became of them. */
export function ChangedFiles({ label, files, fileCount, empty, asideOf, summary }: ChangedFilesProps) {
  const [query, setQuery] = useState('');
  const [kind, setKind] = useState<ChangeKind | 'all'>('all');
  const [selected, setSelected] = useState<string | null>(null);
  const folders = useMemo(
    () => layerFolders(files, { query, changes: kind === 'all' ? null : new Set([kind]) }),
    [files, query, kind],
  );
  const atFirst = useMemo(() => (query === '' ? openAtFirst(folders) : new Set(folders.keys())), [folders, query]);
  /** Folders that are other than they were at first, for this choice of files. */
  const [turned, setTurned] = useState<{ readonly of: object; readonly paths: ReadonlySet<string> }>({
    of: folders,
    paths: new Set(),
  });
  const turnedNow = turned.of === folders ? turned.paths : new Set<string>();
  const isOpen = (path: string) => atFirst.has(path) !== turnedNow.has(path);
  const turn = (path: string) => {
    const paths = new Set(turnedNow);
    if (!paths.delete(path)) paths.add(path);
    setTurned({ of: folders, paths });
  };
  const known = useMemo(() => new Map(files.map((file) => [`/${file.path}`, file])), [files]);
  const changes = useMemo(() => new Map(files.map((file) => [`/${file.path}`, file.change])), [files]);
  const rows = treeRows(new Map([...folders].filter(([path]) => isOpen(path))), changes).map((row) => {
    const file = known.get(row.path);
    const aside = file === undefined ? null : asideOf(file);
    return aside === null ? row : { ...row, aside };
  });
  const count = (wanted: ChangeKind) => files.filter(({ change }) => change === wanted).length;
  return (
    <section className={css['files']} aria-label={label}>
      {summary}
      <div className={css['tools']}>
        <FilterBox label={texts.filterFiles} value={query} onChange={setQuery} />
        <Segmented
          label={texts.changes}
          value={kind}
          onChange={setKind}
          options={[
            { value: 'all', label: texts.everyChange },
            ...KINDS.map((value) => ({ value, label: texts.changeKinds[value], count: count(value) })),
          ]}
        />
      </div>
      {files.length < fileCount && <p className={css['cut']}>{texts.cut(number(files.length), number(fileCount))}</p>}
      {fileCount === 0 ? (
        <EmptyState title={empty} />
      ) : folders.get('/')?.state === 'ready' && rows.every(({ entry }) => entry === null) ? (
        <EmptyState title={texts.noFiles} />
      ) : (
        <FileTree
          label={label}
          rows={rows}
          selected={selected}
          marks={texts.fileMarks}
          onSelect={({ path }) => {
            setSelected(path);
          }}
          onOpen={turn}
          onClose={turn}
        />
      )}
    </section>
  );
}
