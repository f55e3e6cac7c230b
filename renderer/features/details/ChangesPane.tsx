import { useMemo, useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ChangeKind, ContainerSummary } from '../../../runtime/contract/contract.ts';
import { useQuery } from '../../data/use-query.ts';
import { details as texts } from '../../strings/details.ts';
import { files as fileTexts } from '../../strings/files.ts';
import { DataTable, sortRows, type Column, type SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { IconButton } from '../../ui/Button.tsx';
import { RotateCw } from 'lucide-react';
import { ErrorState } from '../engine/ErrorState.tsx';
import { parentOf } from '../files/model.ts';
import css from './Panes.module.css';

interface Change {
  readonly path: string;
  readonly kind: ChangeKind;
}

const COLUMNS: readonly Column<Change>[] = [
  {
    id: 'kind',
    header: texts.change,
    width: '120px',
    sortBy: ({ kind }) => kind,
    cell: ({ kind }) => (
      <span className={css[kind]}>
        <strong>{fileTexts.letters[kind]}</strong> {texts.kinds[kind]}
      </span>
    ),
  },
  {
    id: 'path',
    header: texts.path,
    width: 'minmax(200px, 1fr)',
    sortBy: ({ path }) => path,
    cell: ({ path }) => <code className={css['path']}>{path}</code>,
  },
];

const rowId = ({ path }: Change) => path;
const rowName = ({ path, kind }: Change) => `${texts.kinds[kind]} ${path}`;

/** What differs from the image. */
export function ChangesPane({ container }: { readonly container: Pick<ContainerSummary, 'id'> }) {
  const [version, setVersion] = useState(0);
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<SortState>({ column: 'path', descending: false });
  const { data, error, retry } = useQuery('containers.changes', { id: container.id }, version);
  const rows = useMemo(
    () =>
      sortRows(
        (data ?? []).filter(({ path }) => path.toLowerCase().includes(filter.toLowerCase())),
        COLUMNS,
        sort,
      ),
    [data, filter, sort],
  );
  if (data === null) return error === null ? null : <ErrorState error={error} onRetry={retry} />;
  const number = (kind: ChangeKind) => data.filter((one) => one.kind === kind).length;
  return (
    <section className={css['pane']} aria-label={texts.tabs.changes}>
      <div className={css['tools']}>
        <FilterBox label={texts.filterChanges} value={filter} onChange={setFilter} />
        {(['added', 'modified', 'deleted'] as const).map((kind) => (
          <span key={kind} className={css['fact']}>
            {texts.kinds[kind]} <strong>{number(kind)}</strong>
          </span>
        ))}
        <div className={css['right']}>
          <IconButton
            label={fileTexts.refresh}
            icon={<RotateCw size={15} />}
            onClick={() => {
              setVersion((before) => before + 1);
            }}
          />
        </div>
      </div>
      {rows.length === 0 ? (
        <EmptyState title={texts.noChanges}>{texts.noChangesText}</EmptyState>
      ) : (
        <DataTable
          label={texts.tabs.changes}
          columns={COLUMNS}
          rows={rows}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          onOpen={({ path, kind }) => {
            // Of what is gone, the folder that it was in.
            const place = kind === 'deleted' ? parentOf(path) : path;
            navigate(`/containers/${container.id}/files/${encodeURIComponent(place)}`);
          }}
        />
      )}
    </section>
  );
}
