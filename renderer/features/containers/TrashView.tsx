import { Trash2, Undo2 } from 'lucide-react';
import type { TrashedContainer } from '../../../runtime/contract/trash.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { useResource } from '../../data/resource.ts';
import { slowly } from '../../data/slow.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { keepsRemoved, restoreContainers, trash } from '../../data/trash.ts';
import { common } from '../../strings/common.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { trash as texts } from '../../strings/trash.ts';
import { Button } from '../../ui/Button.tsx';
import { confirm } from '../../ui/confirm.ts';
import type { Column } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes } from '../../ui/format.ts';
import { AgoCell } from '../lists/AgoCell.tsx';
import { BackButton } from '../lists/Detail.tsx';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import css from './ContainersView.module.css';

const SIZE = 15;
const rowId = (row: TrashedContainer) => row.id;
const rowName = (row: TrashedContainer) => row.name;
const textOf = (row: TrashedContainer) => `${row.name} ${row.image} ${row.id}`;

/** Asks, and deletes containers for good. */
async function deleteContainers(chosen: readonly TrashedContainer[]): Promise<void> {
  const [first] = chosen;
  if (first === undefined) return;
  const what = chosen.length === 1 ? common.quoted(first.name) : common.containers(chosen.length);
  if (!(await confirm({ title: texts.deleteQuestion(what), body: texts.deleteBody, action: texts.delete }))) return;
  await deleted(async (signal) => {
    for (const { id } of chosen) await call('trash.delete', { id }, { signal });
    return chosen.length;
  });
}

async function emptyTrash(rows: number): Promise<void> {
  if (!(await confirm({ title: texts.emptyQuestion(rows), body: texts.deleteBody, action: texts.empty }))) return;
  await deleted(async (signal) => (await call('trash.empty', {}, { signal })).deleted);
}

async function deleted(work: (signal: AbortSignal) => Promise<number>): Promise<void> {
  try {
    showToast({ tone: 'good', title: texts.emptied(await slowly(texts.empty, work)), lifetimeMs: 3000 });
  } catch (error) {
    showError(texts.notEmptied, error);
  }
  await trash.refetch();
}

const COLUMNS: readonly Column<TrashedContainer>[] = [
  {
    id: 'name',
    header: common.name,
    width: 'minmax(140px, 1.4fr)',
    sortBy: (row) => row.name,
    cell: (row) => <span className={css['name']}>{row.name}</span>,
  },
  {
    id: 'image',
    header: containerTexts.image,
    width: 'minmax(120px, 1.4fr)',
    minTableWidth: 560,
    sortBy: (row) => row.image,
    cell: (row) => <span title={row.image}>{row.image}</span>,
  },
  {
    id: 'removed',
    header: texts.removed,
    width: '120px',
    sortBy: (row) => -row.removedAt,
    cell: (row) => <AgoCell at={row.removedAt} />,
  },
  {
    id: 'size',
    header: common.size,
    width: '100px',
    align: 'end',
    minTableWidth: 640,
    sortBy: (row) => -row.sizeBytes,
    cell: (row) => formatBytes(row.sizeBytes),
  },
  actionsColumn('76px', (row) => (
    <RowActions>
      <RowButton
        label={texts.restoreName(row.name)}
        icon={<Undo2 size={SIZE} />}
        onClick={() => {
          drop(restoreContainers([row]));
        }}
      />
      <RowButton
        danger
        label={texts.deleteName(row.name)}
        icon={<Trash2 size={SIZE} />}
        onClick={() => {
          drop(deleteContainers([row]));
        }}
      />
    </RowActions>
  )),
];

/** Removed containers: bring them back, or delete them for good. */
export default function TrashView() {
  const list = useResource(trash);
  const { rows } = list;
  return (
    <ListScreen
      id="trash"
      title={texts.title}
      before={<BackButton label={texts.back} to="/containers" />}
      note={texts.note(rows.length)}
      filterLabel={texts.filter}
      noneMatches={texts.noneMatches}
      rows={rows}
      source={list}
      columns={COLUMNS}
      defaultSort={{ column: 'removed', descending: false }}
      rowId={rowId}
      rowName={rowName}
      textOf={textOf}
      onOpen={(row) => {
        drop(restoreContainers([row]));
      }}
      menu={(row) => [
        {
          id: 'restore',
          label: texts.restore,
          icon: <Undo2 size={SIZE} />,
          keys: 'Enter',
          run: () => {
            drop(restoreContainers([row]));
          },
        },
        'separator',
        {
          id: 'delete',
          label: texts.delete,
          icon: <Trash2 size={SIZE} />,
          keys: 'Del',
          danger: true,
          run: () => {
            drop(deleteContainers([row]));
          },
        },
      ]}
      onRemove={(chosen) => {
        drop(deleteContainers(chosen));
      }}
      bulk={(chosen) => (
        <Button
          size="small"
          variant="quiet"
          icon={<Undo2 size={SIZE} />}
          onClick={() => {
            drop(restoreContainers(chosen));
          }}
        >
          {texts.restore}
        </Button>
      )}
      primary={
        rows.length > 0 && (
          <Button
            icon={<Trash2 size={SIZE} />}
            onClick={() => {
              drop(emptyTrash(rows.length));
            }}
          >
            {texts.empty}
          </Button>
        )
      }
      empty={
        <EmptyState picture={<Trash2 size={40} strokeWidth={1.5} />} title={texts.emptyTitle}>
          {keepsRemoved() ? texts.emptyText : texts.notKept}
        </EmptyState>
      }
    />
  );
}
