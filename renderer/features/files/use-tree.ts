import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ChangeKind } from '../../../runtime/contract/contract.ts';
import type { FileTarget } from '../../../runtime/contract/files.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { foldersTo, treeRows, type Folder, type TreeRow } from './model.ts';

interface Tree {
  readonly rows: readonly TreeRow[];
  readonly root: Folder;
  readonly rootError: BridgeError | null;
  readonly open: (path: string) => void;
  readonly close: (path: string) => void;
  /** Reads a folder again, or all that are open. */
  readonly reload: (path?: string) => void;
}

/** The tree of a container's or volume's files: folders are read when they are opened. */
export function useTree(target: FileTarget, version: unknown, initial = '/'): Tree {
  const [folders, setFolders] = useState<ReadonlyMap<string, Folder>>(
    () => new Map(foldersTo(initial).map((path) => [path, { state: 'loading' }])),
  );
  const [changes, setChanges] = useState<ReadonlyMap<string, ChangeKind>>(new Map());
  const [rootError, setRootError] = useState<BridgeError | null>(null);
  const generation = useEngine((state) => state.generation);
  const key = JSON.stringify(target);

  const read = useCallback(
    (path: string, quiet: boolean) => {
      const parsed = JSON.parse(key) as FileTarget;
      if (!quiet) setFolders((before) => new Map(before).set(path, { state: 'loading' }));
      drop(
        call('files.list', { target: parsed, path }).then(
          ({ entries }) => {
            if (path === '/') setRootError(null);
            setFolders((before) =>
              before.has(path) ? new Map(before).set(path, { state: 'ready', entries }) : before,
            );
          },
          (thrown: unknown) => {
            const error = BridgeError.from(thrown);
            if (path === '/') setRootError(error);
            setFolders((before) => {
              const next = new Map(before);
              // A folder that went away meanwhile closes.
              if (quiet && path !== '/') next.delete(path);
              else next.set(path, { state: 'failed', message: error.message });
              return next;
            });
          },
        ),
      );
    },
    [key],
  );
  const readChanges = useCallback(() => {
    const parsed = JSON.parse(key) as FileTarget;
    if (parsed.kind !== 'container') return;
    drop(
      call('containers.changes', { id: parsed.id }).then(
        (list) => {
          setChanges(new Map(list.map(({ path, kind }) => [path, kind])));
        },
        // An engine that cannot compare shows the files without marks.
        () => {},
      ),
    );
  }, [key]);

  useEffect(() => {
    if (generation === 0) return;
    setFolders((before) => {
      for (const path of before.keys()) read(path, before.get(path)?.state === 'ready');
      return before;
    });
    readChanges();
  }, [read, readChanges, generation, version]);

  const rows = useMemo(() => treeRows(folders, changes), [folders, changes]);
  return {
    rows,
    root: folders.get('/') ?? { state: 'loading' },
    rootError,
    open: (path) => {
      if (!folders.has(path)) read(path, false);
    },
    close: (path) => {
      setFolders((before) => new Map([...before].filter(([one]) => one !== path && !one.startsWith(`${path}/`))));
    },
    reload: (path) => {
      for (const one of folders.keys()) if (path === undefined || one === path) read(one, true);
      readChanges();
    },
  };
}
