import { Anchor, Diff, Download, HardDriveDownload, Play, Scissors, Trash2, Upload } from 'lucide-react';
import { useMemo } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ImageSummary } from '../../../runtime/contract/contract.ts';
import { drop } from '../../data/drop.ts';
import { imageKey, images } from '../../data/images.ts';
import { useResource } from '../../data/resource.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { offerStarterImage } from '../../data/image-tasks.ts';
import { useTasks } from '../../data/tasks.ts';
import { common } from '../../strings/common.ts';
import { imageComparison as comparison } from '../../strings/image-comparison.ts';
import { images as texts } from '../../strings/images.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import type { Column, SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes, shortId } from '../../ui/format.ts';
import { MenuButton, type MenuEntry } from '../../ui/Menu.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { AgoCell } from '../lists/AgoCell.tsx';
import { DialogButton } from '../lists/DialogButton.tsx';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import {
  bytesOf,
  chooseArchive,
  compareImages,
  imageMenu,
  imagePath,
  inState,
  nameOf,
  pruneImages,
  removeImages,
  runImage,
  saveImages,
  type ImageState,
} from './actions.tsx';
import css from './ImagesView.module.css';

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
    cell: (image) => <AgoCell className={css['dim']} at={image.createdAt} />,
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
  actionsColumn('96px', (image) => (
    <RowActions menu={{ name: nameOf(image), entries: () => imageMenu(image) }}>
      <RowButton
        label={texts.runName(nameOf(image))}
        icon={<Play size={15} />}
        onClick={() => {
          runImage(image);
        }}
      />
      <RowButton
        danger
        label={texts.removeName(nameOf(image))}
        icon={<Trash2 size={15} />}
        onClick={() => {
          removeImages([image]);
        }}
      />
    </RowActions>
  )),
];

const DEFAULT_SORT: SortState = { column: 'name', descending: false };
const STATES = ['all', 'used', 'unused', 'loose'] as const;
const textOf = (image: ImageSummary) => `${image.repository}:${image.tag} ${image.id.replace('sha256:', '')}`;
const open = (image: ImageSummary) => {
  navigate(imagePath(image));
};

/** The list of images. */
export default function ImagesView() {
  const list = useResource(images);
  const { rows: all, hidden } = list;
  const kept = useSettings((settings) => settings.filters['images']);
  const letterKeys = useSettings((settings) => settings.letterKeys);
  const state = STATES.find((one) => one === kept?.[0]) ?? 'all';
  const setState = (next: ImageState) => {
    updateSettings({ filters: { ...useSettings.getState().filters, images: [next] } });
  };
  const visible = useMemo(() => all.filter((image) => !hidden.has(imageKey(image))), [all, hidden]);
  const rows = useMemo(() => visible.filter((image) => inState(image, state)), [visible, state]);
  return (
    <ListScreen
      id="images"
      title={texts.title}
      note={texts.summary(common.images(visible.length), formatBytes(bytesOf(visible)))}
      filterLabel={texts.filter}
      noneMatches={texts.noneMatches}
      rows={rows}
      hasOthers={visible.length > 0}
      onShowAll={() => {
        setState('all');
      }}
      source={list}
      columns={COLUMNS}
      defaultSort={DEFAULT_SORT}
      rowId={imageKey}
      rowName={nameOf}
      textOf={textOf}
      onOpen={open}
      menu={imageMenu}
      onRemove={removeImages}
      onRowKey={(image, key) => {
        if (key !== 'r' || !letterKeys) return false;
        runImage(image);
        return true;
      }}
      bulk={(selected) => (
        <>
          <CompareButton chosen={selected} />
          <Button
            size="small"
            variant="quiet"
            icon={<HardDriveDownload size={15} />}
            onClick={() => {
              saveImages(selected);
            }}
          >
            {texts.save}
          </Button>
        </>
      )}
      tools={
        visible.length > 0 && (
          <>
            <Segmented
              label={texts.state}
              value={state}
              onChange={setState}
              options={STATES.map((value) => ({ value, label: texts.states[value] }))}
            />
            <MenuButton ofScreen label={texts.cleanUp} icon={<Scissors size={16} />} entries={() => cleanUpMenu(all)} />
            <LoadButton />
          </>
        )
      }
      primary={visible.length > 0 && <PullButton />}
      empty={<NoImages />}
    />
  );
}

function cleanUpMenu(all: readonly ImageSummary[]): MenuEntry[] {
  return [
    {
      id: 'loose',
      label: texts.pruneLoose,
      run: () => {
        drop(pruneImages(all, false));
      },
    },
    {
      id: 'unused',
      label: texts.pruneUnused,
      danger: true,
      run: () => {
        drop(pruneImages(all, true));
      },
    },
  ];
}

function CompareButton({ chosen }: { readonly chosen: readonly ImageSummary[] }) {
  const [a, b] = chosen;
  return (
    <Button
      size="small"
      variant="quiet"
      icon={<Diff size={15} />}
      disabled={chosen.length !== 2}
      title={comparison.compareHint}
      onClick={() => {
        if (a !== undefined && b !== undefined) compareImages(a, b);
      }}
    >
      {comparison.compare}
    </Button>
  );
}

function LoadButton() {
  return (
    <IconButton
      label={texts.load}
      icon={<Upload size={16} />}
      onClick={() => {
        drop(chooseArchive());
      }}
    />
  );
}

function PullButton() {
  return (
    <DialogButton icon={<Download size={15} />} request={{ kind: 'pull', reference: '' }}>
      {texts.pull}
    </DialogButton>
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
          <Button
            disabled={making}
            onClick={() => {
              drop(offerStarterImage());
            }}
          >
            {making ? texts.making : texts.starter}
          </Button>
          <Button
            icon={<Upload size={15} />}
            onClick={() => {
              drop(chooseArchive());
            }}
          >
            {texts.load}
          </Button>
        </>
      }
    >
      {texts.emptyText}
    </EmptyState>
  );
}
