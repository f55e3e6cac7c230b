import { Archive, Plus, Scissors, Trash2, Upload } from 'lucide-react';
import { useMemo } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { VolumeSummary } from '../../../runtime/contract/volumes.ts';
import { drop } from '../../data/drop.ts';
import { useResource } from '../../data/resource.ts';
import { useVolumeSizes, volumes } from '../../data/volumes.ts';
import { common } from '../../strings/common.ts';
import { volumes as texts } from '../../strings/volumes.ts';
import { Button } from '../../ui/Button.tsx';
import type { Column } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes } from '../../ui/format.ts';
import { AgoCell } from '../lists/AgoCell.tsx';
import { DialogButton } from '../lists/DialogButton.tsx';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import { chooseBackup, pruneVolumes, removeVolumes, shownName, volumeMenu, volumePath } from './actions.tsx';
import css from './VolumesView.module.css';

function SizeCell({ name }: { readonly name: string }) {
  const size = useVolumeSizes((state) => state.byName[name]);
  return size === undefined ? <span className={css['dim']}>–</span> : formatBytes(size);
}

const rowId = (volume: VolumeSummary) => volume.name;
const textOf = (volume: VolumeSummary) =>
  `${volume.name} ${volume.driver} ${volume.usedBy.map(({ name }) => name).join(' ')} ${Object.entries(volume.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`;

function columnsFor(sizes: Readonly<Record<string, number>>): readonly Column<VolumeSummary>[] {
  return [
    {
      id: 'name',
      header: common.name,
      width: 'minmax(160px, 2fr)',
      sortBy: (volume) => `${volume.anonymous ? '\uffff' : ''}${volume.name}`,
      cell: (volume) => (
        <span title={volume.name}>
          {volume.anonymous ? (
            <>
              <code className={css['id']}>{shownName(volume)}</code>{' '}
              <span className={css['dim']}>{texts.anonymous}</span>
            </>
          ) : (
            <span className={css['name']}>{volume.name}</span>
          )}
        </span>
      ),
    },
    {
      id: 'used',
      header: texts.usedBy,
      width: 'minmax(120px, 1.6fr)',
      sortBy: (volume) => -volume.usedBy.length,
      cell: (volume) =>
        volume.usedBy.length === 0 ? (
          <span className={css['dim']}>{common.unused}</span>
        ) : (
          <span title={volume.usedBy.map(({ name }) => name).join(', ')}>
            {volume.usedBy.map(({ name }) => name).join(', ')}
          </span>
        ),
    },
    {
      id: 'driver',
      header: texts.driver,
      width: '100px',
      minTableWidth: 820,
      sortBy: (volume) => volume.driver,
      cell: (volume) => <span className={css['dim']}>{volume.driver}</span>,
    },
    {
      id: 'size',
      header: common.size,
      width: '104px',
      align: 'end',
      sortBy: (volume) => sizes[volume.name] ?? -1,
      cell: (volume) => <SizeCell name={volume.name} />,
    },
    {
      id: 'created',
      header: common.created,
      width: '112px',
      minTableWidth: 700,
      sortBy: (volume) => -volume.createdAt,
      cell: (volume) => <AgoCell className={css['dim']} at={volume.createdAt} />,
    },
    actionsColumn('70px', (volume) => (
      <RowActions menu={{ name: shownName(volume), entries: () => volumeMenu(volume) }}>
        <RowButton
          danger
          label={`${common.remove} ${shownName(volume)}`}
          icon={<Trash2 size={15} />}
          onClick={() => {
            drop(removeVolumes([volume]));
          }}
        />
      </RowActions>
    )),
  ];
}

/** The list of volumes. */
export default function VolumesView() {
  const list = useResource(volumes);
  const { rows: all, hidden } = list;
  const sizes = useVolumeSizes();
  const rows = useMemo(() => all.filter(({ name }) => !hidden.has(name)), [all, hidden]);
  const columns = useMemo(() => columnsFor(sizes.byName), [sizes.byName]);
  const bytes = rows.reduce((sum, { name }) => sum + (sizes.byName[name] ?? 0), 0);
  return (
    <ListScreen
      id="volumes"
      title={texts.title}
      note={texts.summary(common.volumes(rows.length), sizes.known ? formatBytes(bytes) : '')}
      filterLabel={texts.filter}
      noneMatches={texts.noneMatches}
      rows={rows}
      source={list}
      columns={columns}
      defaultSort={{ column: 'name', descending: false }}
      rowId={rowId}
      rowName={shownName}
      textOf={textOf}
      onOpen={(volume) => {
        navigate(volumePath(volume.name));
      }}
      menu={volumeMenu}
      onRemove={(chosen) => {
        drop(removeVolumes(chosen));
      }}
      tools={
        rows.length > 0 && (
          <Button
            icon={<Scissors size={15} />}
            onClick={() => {
              drop(pruneVolumes(rows));
            }}
          >
            {texts.prune}
          </Button>
        )
      }
      primary={rows.length > 0 && <CreateButton />}
      empty={
        <EmptyState
          picture={<Archive size={44} strokeWidth={1.5} />}
          title={texts.emptyTitle}
          actions={
            <>
              <CreateButton />
              <Button
                icon={<Upload size={15} />}
                onClick={() => {
                  drop(chooseBackup(''));
                }}
              >
                {texts.restoreNew}
              </Button>
            </>
          }
        >
          {texts.emptyText}
        </EmptyState>
      }
    />
  );
}

function CreateButton() {
  return (
    <DialogButton icon={<Plus size={15} />} request={{ kind: 'volume-create' }}>
      {texts.create}
    </DialogButton>
  );
}
