import { Anchor, Download, Ellipsis, Play, Scissors, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { ImageSummary } from '../../../runtime/contract/contract.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageKey, refetchImages, useImages } from '../../data/images.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { startStarterImage, useTasks } from '../../data/tasks.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { DataTable, sortRows, type Column, type SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { formatBytes, formatDuration, formatTime, plural, shortId } from '../../ui/format.ts';
import { MenuButton } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { EMPTY_SELECTION, prune, type SelectionState } from '../../ui/selection.ts';
import { useTimeText } from '../../ui/use-now.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { imageMenu, nameOf, pruneImages, removeImages, runImage } from './actions.tsx';
import css from './ImagesView.module.css';

function CreatedCell({ image }: { readonly image: ImageSummary }) {
  const text = useTimeText((now) => `${formatDuration(now - image.createdAt)} ago`);
  return (
    <span className={css['dim']} title={formatTime(image.createdAt)}>
      {text}
    </span>
  );
}

const COLUMNS: readonly Column<ImageSummary>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(160px, 2fr)',
    sortBy: (image) => image.repository || '\uffff',
    cell: (image) =>
      image.repository === '' ? (
        <span className={css['dim']}>no name</span>
      ) : (
        <span className={css['name']} title={image.repository}>
          {image.repository}
        </span>
      ),
  },
  {
    id: 'tag',
    header: 'Tag',
    width: 'minmax(80px, 1fr)',
    sortBy: (image) => image.tag,
    cell: (image) =>
      image.tag === '' ? <span className={css['dim']}>–</span> : <span className={css['tag']}>{image.tag}</span>,
  },
  {
    id: 'id',
    header: 'Id',
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
    header: 'Size',
    width: '104px',
    align: 'end',
    sortBy: (image) => image.size,
    cell: (image) => formatBytes(image.size),
  },
  {
    id: 'created',
    header: 'Created',
    width: '112px',
    sortBy: (image) => -image.createdAt,
    cell: (image) => <CreatedCell image={image} />,
  },
  {
    id: 'used',
    header: 'In use',
    width: '128px',
    minTableWidth: 700,
    sortBy: (image) => -image.usedBy.length,
    cell: (image) =>
      image.usedBy.length === 0 ? <span className={css['dim']}>unused</span> : plural(image.usedBy.length, 'container'),
  },
  {
    id: 'actions',
    header: 'Actions',
    width: '96px',
    align: 'end',
    cell: (image) => (
      <span className={css['actions']}>
        <IconButton
          tabIndex={-1}
          label={`Run ${nameOf(image)}`}
          icon={<Play size={15} />}
          onClick={() => {
            runImage(image);
          }}
        />
        <IconButton
          tabIndex={-1}
          danger
          label={`Remove ${nameOf(image)}`}
          icon={<Trash2 size={15} />}
          onClick={() => {
            removeImages([image]);
          }}
        />
        <MenuButton
          tabIndex={-1}
          label={`More actions for ${nameOf(image)}`}
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
      title="Images"
      note={visible.length > 0 ? `${plural(visible.length, 'image')}, ${formatBytes(bytes)}` : undefined}
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
                Remove {selected.length}
              </Button>
            )}
            <FilterBox value={filter} onChange={setFilter} label="Filter images" />
            <Button
              icon={<Scissors size={15} />}
              onClick={() => {
                drop(pruneImages(all));
              }}
            >
              Prune
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
          title="No image matches"
          actions={
            <Button
              onClick={() => {
                setFilter('');
              }}
            >
              Clear filter
            </Button>
          }
        >
          None of {visible.length} matches “{filter}”.
        </EmptyState>
      ) : (
        <DataTable
          label="Images"
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
      Pull
    </Button>
  );
}

function NoImages() {
  const making = useTasks((state) => state.tasks.some((task) => task.kind === 'starter' && task.state === 'running'));
  return (
    <EmptyState
      picture={<Anchor size={44} strokeWidth={1.5} />}
      title="No images yet"
      actions={
        <>
          <PullButton />
          <Button disabled={making} onClick={startStarterImage}>
            {making ? 'Making it…' : 'Make a starter image from this computer'}
          </Button>
        </>
      }
    >
      An image is what a container starts from. Pull one from a registry, or make one from this computer’s own shell and
      tools: that needs no network.
    </EmptyState>
  );
}
