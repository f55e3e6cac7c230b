import { Copy, Download, Search, Tags } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { useParams } from 'wouter';
import { navigate } from 'wouter/use-hash-location';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useListing } from '../../data/registry-listing.ts';
import { startPull } from '../../data/image-tasks.ts';
import { copyText } from '../../platform/host.ts';
import { browse as texts } from '../../strings/browse.ts';
import { Button } from '../../ui/Button.tsx';
import type { Column, SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Page } from '../../ui/Page.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { BackButton } from '../lists/Detail.tsx';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import css from './BrowseView.module.css';
import { browsePath, placeOf, sortTags, type Place } from './place.ts';

interface Row {
  readonly name: string;
  /** As for a pull. */
  readonly reference: string;
}

const AS_IT_COMES: SortState = { column: '', descending: false };
const nameColumn = (header: string): Column<Row> => ({
  id: 'name',
  header,
  width: 'minmax(160px, 1fr)',
  cell: ({ name }) => <code className={css['name']}>{name}</code>,
});
const pull = ({ reference }: Row) => {
  openDialog({ kind: 'pull', reference });
};
const showTags = ({ reference }: Row) => {
  navigate(browsePath(reference));
};
const copyEntry = ({ reference }: Row) => ({
  id: 'copy',
  label: texts.copyName,
  icon: <Copy size={15} />,
  run: () => {
    drop(copyText(reference));
  },
});

const pullAll = (chosen: readonly Row[]) => (
  <Button
    size="small"
    variant="quiet"
    icon={<Download size={15} />}
    onClick={() => {
      for (const { reference } of chosen) startPull(reference);
    }}
  >
    {texts.pullThem}
  </Button>
);

const COLUMNS: Readonly<Record<Place['kind'], readonly Column<Row>[]>> = {
  repository: [
    nameColumn(texts.tag),
    actionsColumn('96px', (row) => (
      <RowActions menu={{ name: row.reference, entries: () => [copyEntry(row)] }}>
        <RowButton
          label={texts.pullName(row.reference)}
          icon={<Download size={15} />}
          onClick={() => {
            pull(row);
          }}
        />
      </RowActions>
    )),
  ],
  registry: [nameColumn(texts.repository)],
};

/** What a registry has: its repositories, as far as it tells, and the tags of each. */
export default function BrowseView() {
  const { place: written } = useParams<{ place?: string }>();
  const text = written === undefined ? '' : decodeURIComponent(written);
  const place = placeOf(text);
  if (place === null) {
    return (
      <Page
        title={texts.title}
        before={<BackButton label={texts.back} to="/registries" />}
        actions={<PlaceForm text={text} />}
      >
        <EmptyState picture={<Tags size={40} strokeWidth={1.5} />} title={texts.firstTitle}>
          {texts.firstText}
        </EmptyState>
      </Page>
    );
  }
  return <Listing key={text} place={place} tools={<PlaceForm text={text} />} />;
}

function Listing({ place, tools }: { readonly place: Place; readonly tools: ReactNode }) {
  const { names, next, busy, error, more, retry } = useListing(place);
  const isRegistry = place.kind === 'registry';
  const rows = useMemo(
    () =>
      (isRegistry ? (names ?? []) : sortTags(names ?? [])).map((name): Row => ({
        name,
        reference: place.kind === 'registry' ? `${place.registry}/${name}` : `${place.repository}:${name}`,
      })),
    [names, place, isRegistry],
  );
  const title = isRegistry ? texts.repositoriesTitle : texts.tagsTitle;
  const before = <BackButton label={texts.back} to="/registries" />;
  if (error !== null || names === null)
    return (
      <Page title={title} before={before} actions={tools}>
        {error === null ? <EmptyState title={texts.asking} /> : <ErrorState error={error} onRetry={retry} />}
      </Page>
    );
  const counted = isRegistry ? texts.repositories(rows.length) : texts.tags(rows.length);
  return (
    <ListScreen
      id={`listing ${place.kind === 'registry' ? place.registry : place.repository}`}
      title={title}
      before={before}
      note={next === '' ? counted : texts.atLeast(counted)}
      filterLabel={texts.filter}
      noneMatches={texts.noneMatches}
      rows={rows}
      columns={COLUMNS[place.kind]}
      defaultSort={AS_IT_COMES}
      rowId={({ name }) => name}
      rowName={({ name }) => name}
      textOf={({ name }) => name}
      onOpen={isRegistry ? showTags : pull}
      menu={(row) => [
        isRegistry
          ? {
              id: 'open',
              label: texts.open,
              icon: <Tags size={15} />,
              keys: 'Enter',
              run: () => {
                showTags(row);
              },
            }
          : {
              id: 'pull',
              label: texts.pull,
              icon: <Download size={15} />,
              keys: 'Enter',
              run: () => {
                pull(row);
              },
            },
        copyEntry(row),
      ]}
      {...(isRegistry ? {} : { bulk: pullAll })}
      tools={
        <>
          {next !== '' && (
            <Button disabled={busy} onClick={more}>
              {texts.more}
            </Button>
          )}
          {tools}
        </>
      }
      empty={<EmptyState title={isRegistry ? texts.noRepositories : texts.noTags} />}
    />
  );
}

/** Where to look next. */
function PlaceForm({ text }: { readonly text: string }) {
  const [value, setValue] = useState(text);
  const go = () => {
    if (placeOf(value) !== null) navigate(browsePath(value.trim()));
  };
  return (
    <div className={css['form']} title={texts.placeHint}>
      <TextField
        label={texts.place}
        inline
        mono
        placeholder="ghcr.io/owner/name"
        value={value}
        onChange={setValue}
        onEnter={go}
      />
      <Button icon={<Search size={15} />} disabled={placeOf(value) === null} onClick={go}>
        {texts.go}
      </Button>
    </div>
  );
}
