import { Anchor, Download, Ellipsis, Play, Scissors, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { ImageSummary } from '../../../runtime/contract/contract.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageKey, refetchImages, useImages } from '../../data/images.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { startStarterImage, useTasks } from '../../data/tasks.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { DataTable, sortRows, type Column, type SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { formatBytes, formatDuration, formatTime, shortId } from '../../ui/format.ts';
import { MenuButton } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { EMPTY_SELECTION, prune, type SelectionState } from '../../ui/selection.ts';
import { useTimeText } from '../../ui/use-now.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { imageMenu, nameOf, pruneImages, removeImages, runImage } from './actions.tsx';
import css from './ImagesView.module.css';

function CreatedCell({ image }: { readonly image: ImageSummary }) {
  const text = useTimeText((now) => common.ago(formatDuration(now - image.createdAt)));
  return (
    <span className={css['dim']} title={formatTime(image.createdAt)}>
      {text}
    </span>
  );
}

const COLUMNS: readonly Column<ImageSummary>[] = [
  {
    id: 'name',
    header: texts.name,
    width: 'minmax(160px, 2fr)',
    sortBy: (image) => image.repository || '\uffff',
    cell: (image) =>
      image.repository === '' ? (
        <span className={css['dim']}>{texts.noName}</span>
      ) : (
        <span className={css['name']} title={image.repository}>
          {image.repository}
        </span>
      ),
  },
  {
    id: 'tag',
    header: texts.tag,
    width: 'minmax(80px, 1fr)',
    sortBy: (image) => image.tag,
    cell: (image) =>
      image.tag === '' ? <span className={css['dim']}>–</span> : <span className={css['tag']}>{image.tag}</span>,
  },
  {
    id: 'id',
    header: texts.id,
    width: '124px',
    minTableWidth: 840,
    cell: (image) => (
      <code className={css['id']} title={image.id}>
        {shortId(image.id)}
      </code>
    ),
  },
  {
    id: 'size',
    header: common.size,
    width: '104px',
    align: 'end',
    sortBy: (image) => image.size,
    cell: (image) => formatBytes(image.size),
  },
  {
    id: 'created',
    header: common.created,
    width: '112px',
    sortBy: (image) => -image.createdAt,
    cell: (image) => <CreatedCell image={image} />,
  },
  {
    id: 'used',
    header: common.inUse,
    width: '128px',
    minTableWidth: 700,
    sortBy: (image) => -image.usedBy.length,
    cell: (image) =>
      image.usedBy.length === 0 ? (
        <span className={css['dim']}>{common.unused}</span>
      ) : (
        common.containers(image.usedBy.length)
      ),
  },
  {
    id: 'actions',
    header: common.actions,
    width: '96px',
    align: 'end',
    cell: (image) => (
      <span className={css['actions']}>
        <IconButton
          tabIndex={-1}
          label={texts.runName(nameOf(image))}
          icon={<Play size={15} />}
          onClick={() => {
            runImage(image);
          }}
        />
        <IconButton
          tabIndex={-1}
          danger
          label={texts.removeName(nameOf(image))}
          icon={<Trash2 size={15} />}
          onClick={() => {
            removeImages([image]);
          }}
        />
        <MenuButton
          tabIndex={-1}
          label={common.moreActionsFor(nameOf(image))}
          icon={<Ellipsis size={15} />}
          entries={() => imageMenu(image)}
        />
      </span>
    ),
  },
];

const DEFAULT_SORT: SortState = { column: 'name', descending: false };

/** The list of images. */
export default function ImagesView() {
  const { rows: all, status, error, hidden } = useImages();
  const [filter, setFilter] = useState('');
  const [chosen, setSelection] = useState<SelectionState>(EMPTY_SELECTION);
  const sort = useSettings((settings) => settings.sorts['images']) ?? DEFAULT_SORT;
  const visible = useMemo(() => all.filter((image) => !hidden.has(imageKey(image))), [all, hidden]);
  const rows = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = visible.filter((image) => {
      const text = `${image.repository}:${image.tag} ${image.id.replace('sha256:', '')}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    return sortRows(matching, COLUMNS, sort);
  }, [visible, filter, sort]);
  const selection = useMemo(() => {
    const keys = new Set(visible.map(imageKey));
    return prune(chosen, (key) => keys.has(key));
  }, [chosen, visible]);
  const selected = visible.filter((image) => selection.selected.has(imageKey(image)));
  const bytes = useMemo(
    () => [...new Map(visible.map((image) => [image.id, image.size])).values()].reduce((a, b) => a + b, 0),
    [visible],
  );

  return (
    <Page
      title={texts.title}
      note={visible.length > 0 ? texts.summary(common.images(visible.length), formatBytes(bytes)) : undefined}
      actions={
        visible.length > 0 && (
          <>
            {selected.length > 0 && (
              <Button
                icon={<Trash2 size={15} />}
                onClick={() => {
                  removeImages(selected);
                }}
              >
                {texts.removeMany(selected.length)}
              </Button>
            )}
            <FilterBox value={filter} onChange={setFilter} label={texts.filter} />
            <Button
              icon={<Scissors size={15} />}
              onClick={() => {
                drop(pruneImages(all));
              }}
            >
              {texts.prune}
            </Button>
            <PullButton />
          </>
        )
      }
    >
      {status === 'error' && error !== null ? (
        <ErrorState
          error={error}
          onRetry={() => {
            drop(refetchImages());
          }}
        />
      ) : status === 'loading' ? null : visible.length === 0 ? (
        <NoImages />
      ) : rows.length === 0 ? (
        <EmptyState
          title={texts.noneMatches}
          actions={
            <Button
              onClick={() => {
                setFilter('');
              }}
            >
              {common.clearFilter}
            </Button>
          }
        >
          {common.noneMatches(visible.length, filter)}
        </EmptyState>
      ) : (
        <DataTable
          label={texts.title}
          columns={COLUMNS}
          rows={rows}
          rowId={imageKey}
          rowName={nameOf}
          sort={sort}
          onSort={(next) => {
            updateSettings({ sorts: { ...useSettings.getState().sorts, images: next } });
          }}
          selection={selection}
          onSelection={setSelection}
          onOpen={runImage}
          menu={imageMenu}
          onRowKey={(image, key) => {
            if (key !== 'Delete') return false;
            removeImages(selected.length > 0 ? selected : [image]);
            return true;
          }}
        />
      )}
    </Page>
  );
}

function PullButton() {
  return (
    <Button
      variant="primary"
      icon={<Download size={15} />}
      onClick={() => {
        openDialog({ kind: 'pull', reference: '' });
      }}
    >
      {texts.pull}
    </Button>
  );
}

function NoImages() {
  const making = useTasks((state) => state.tasks.some((task) => task.kind === 'starter' && task.state === 'running'));
  return (
    <EmptyState
      picture={<Anchor size={44} strokeWidth={1.5} />}
      title={texts.emptyTitle}
      actions={
        <>
          <PullButton />
          <Button disabled={making} onClick={startStarterImage}>
            {making ? texts.making : texts.starter}
          </Button>
        </>
      }
    >
      {texts.emptyText}
    </EmptyState>
  );
}
