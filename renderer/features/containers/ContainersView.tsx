import { Bookmark, BookmarkX, Check, Columns3, Group, Plus, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { refetch, useContainers } from '../../data/containers.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useResource } from '../../data/resource.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { useLiveStats } from '../../data/stats.ts';
import { trash } from '../../data/trash.ts';
import { common } from '../../strings/common.ts';
import { containers as texts } from '../../strings/containers.ts';
import { number } from '../../strings/language.ts';
import { trash as trashTexts } from '../../strings/trash.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { DataTable, sortRows, type SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { MenuButton } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { EMPTY_SELECTION, prune, type SelectionState } from '../../ui/selection.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { NotYet } from '../engine/NotYet.tsx';
import { ContainersBulkBar } from './ContainersBulkBar.tsx';
import { COLUMNS, FIXED_COLUMNS } from './columns.tsx';
import { containerCommands, containerMenu } from './commands.tsx';
import css from './ContainersView.module.css';
import { toggleFolded, useFolded } from './folded.ts';
import { describeState, isRunning, matchesFilter, matchesState, type StateFilter } from './model.ts';
import { NoContainers } from './NoContainers.tsx';
import { projectRowMenu } from './project-menu.tsx';
import { groupByProject, isProject, membersOf, projectOf, type ListRow } from './projects.ts';

const DEFAULT_SORT: SortState = { column: 'state', descending: false };
const rowId = (row: ListRow) => row.id;
const rowName = (row: ListRow) =>
  isProject(row)
    ? `${texts.project(row.name)}, ${texts.projectState(row.running, row.members.length, row.unhealthy)}`
    : `${row.name}, ${describeState(row, undefined).text}`;

/* The filter outlives the screen: going to a container and back finds the list as it was. */
let remembered: { filter: string; state: StateFilter } = { filter: '', state: 'all' };

/** The list of containers. */
export default function ContainersView() {
  const { byId, status, error, hidden } = useContainers();
  const pending = useContainers((state) => state.pending);
  const [filter, setFilterText] = useState(remembered.filter);
  const [stateFilter, setStateChoice] = useState(remembered.state);
  const folded = useFolded();
  const [chosen, setSelection] = useState<SelectionState>(EMPTY_SELECTION);
  const sort = useSettings((settings) => settings.sorts['containers']) ?? DEFAULT_SORT;
  const { letterKeys, groupByProject: grouped, hiddenColumns } = useSettings();
  const hiddenHere = hiddenColumns['containers'];
  useLiveStats();
  const setFilter = (next: string) => {
    remembered = { ...remembered, filter: next };
    setFilterText(next);
  };
  const setStateFilter = (next: StateFilter) => {
    remembered = { ...remembered, state: next };
    setStateChoice(next);
  };

  const columns = useMemo(() => COLUMNS.filter(({ id }) => hiddenHere?.includes(id) !== true), [hiddenHere]);
  const all = useMemo(() => [...byId.values()].filter((container) => !hidden.has(container.id)), [byId, hidden]);
  const running = useMemo(() => all.filter(isRunning).length, [all]);
  const hasProjects = useMemo(() => all.some((container) => projectOf(container) !== null), [all]);
  const rows = useMemo(() => {
    const matching = all.filter(
      (container) => matchesState(container, stateFilter) && matchesFilter(container, filter),
    );
    // By name first, so that rows of equal rank have an order that does not depend on the engine's.
    const byName = sortRows<ListRow>(matching, COLUMNS, { column: 'name', descending: false });
    const sorted = sortRows(byName, COLUMNS, sort);
    return grouped && hasProjects
      ? groupByProject(
          sorted.flatMap((row) => (isProject(row) ? [] : [row])),
          folded,
        )
      : sorted;
  }, [all, filter, stateFilter, sort, grouped, hasProjects, folded]);
  const selection = useMemo(
    () => prune(chosen, (id) => id.startsWith('project:') || (byId.has(id) && !hidden.has(id))),
    [chosen, byId, hidden],
  );
  const selected = useMemo(() => {
    const ids = new Set(selection.selected);
    for (const row of rows) if (isProject(row) && ids.has(row.id)) for (const { id } of row.members) ids.add(id);
    return all.filter((container) => ids.has(container.id));
  }, [all, rows, selection]);

  const onRowKey = (row: ListRow, key: string): boolean => {
    if (key.length === 1 && !letterKeys) return false;
    if (isProject(row) && (key === 'ArrowLeft' || key === 'ArrowRight')) {
      if ((key === 'ArrowLeft') !== row.folded) toggleFolded(row.name);
      return true;
    }
    const targets = selection.selected.size > 0 ? selected : membersOf(row);
    const [first] = targets;
    // One log of a project says little: its containers have theirs together.
    const candidates = containerCommands.filter((one) =>
      isProject(row) && key === 'l' ? one.id === 'merged' : one.key === key,
    );
    const command = candidates.find((one) => first !== undefined && one.appliesTo(first));
    if (command === undefined || first === undefined) return candidates.length > 0;
    command.run(command.bulk ? targets.filter(command.appliesTo) : [isProject(row) ? first : row]);
    return true;
  };

  return (
    <Page
      title={texts.title}
      note={status === 'ready' && all.length > 0 ? texts.running(number(running)) : undefined}
      actions={
        <>
          <TrashButton />
          {all.length > 0 && (
            <>
              <FilterBox value={filter} onChange={setFilter} label={texts.filter} />
              <Segmented
                label={texts.which}
                value={stateFilter}
                onChange={setStateFilter}
                options={[
                  { value: 'all', label: texts.all, count: all.length },
                  { value: 'running', label: texts.runningOnly },
                  { value: 'stopped', label: texts.stoppedOnly },
                ]}
              />
              {hasProjects && (
                <IconButton
                  label={texts.group}
                  aria-pressed={grouped}
                  className={grouped ? css['on'] : ''}
                  icon={<Group size={16} />}
                  onClick={() => {
                    updateSettings({ groupByProject: !grouped });
                  }}
                />
              )}
              <ColumnsMenu hidden={hiddenHere ?? []} />
              <Button
                variant="primary"
                icon={<Plus size={15} />}
                onClick={() => {
                  openDialog({ kind: 'run', image: '' });
                }}
              >
                {texts.run}
              </Button>
            </>
          )}
        </>
      }
    >
      {all.length > 0 && <SavedFilters filter={filter} onFilter={setFilter} />}
      {status === 'error' && error !== null ? (
        <ErrorState
          error={error}
          onRetry={() => {
            drop(refetch());
          }}
        />
      ) : status === 'loading' ? (
        <NotYet />
      ) : all.length === 0 ? (
        <NoContainers />
      ) : rows.length === 0 ? (
        <EmptyState
          title={texts.noneMatchesTitle}
          actions={
            <Button
              onClick={() => {
                setFilter('');
                setStateFilter('all');
              }}
            >
              {common.clearFilter}
            </Button>
          }
        >
          {filter !== ''
            ? common.noneMatches(all.length, filter)
            : stateFilter === 'running'
              ? texts.noneRunning(all.length)
              : texts.noneStopped(all.length)}
        </EmptyState>
      ) : (
        <DataTable
          label={texts.title}
          columns={columns}
          rows={rows}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={(next) => {
            updateSettings({ sorts: { ...useSettings.getState().sorts, containers: next } });
          }}
          selection={selection}
          onSelection={setSelection}
          onOpen={(row) => {
            if (isProject(row)) toggleFolded(row.name);
            else navigate(`/containers/${row.id}/${isRunning(row) || row.startedAt !== null ? 'logs' : 'overview'}`);
          }}
          menu={(row) => (isProject(row) ? projectRowMenu(row) : containerMenu(row))}
          onRowKey={onRowKey}
          isBusy={(row) => !isProject(row) && pending.has(row.id)}
        />
      )}
      {selected.length > 0 && (
        <ContainersBulkBar
          selected={selected}
          onClear={() => {
            setSelection(EMPTY_SELECTION);
          }}
        />
      )}
    </Page>
  );
}

/** The way to removed containers, once there are any. */
function TrashButton() {
  const { rows } = useResource(trash);
  if (rows.length === 0) return null;
  return (
    <IconButton
      label={trashTexts.open(rows.length)}
      icon={<Trash2 size={16} />}
      onClick={() => {
        navigate('/containers/trash');
      }}
    />
  );
}

function ColumnsMenu({ hidden }: { readonly hidden: readonly string[] }) {
  return (
    <MenuButton
      label={texts.columns}
      icon={<Columns3 size={16} />}
      entries={() =>
        COLUMNS.filter(({ id }) => !FIXED_COLUMNS.has(id)).map(({ id, header }) => ({
          id,
          label: header,
          icon: hidden.includes(id) ? null : <Check size={14} />,
          run: () => {
            const next = hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id];
            updateSettings({ hiddenColumns: { ...useSettings.getState().hiddenColumns, containers: next } });
          },
        }))
      }
    />
  );
}

/** Filters that were kept, one press away. */
function SavedFilters({ filter, onFilter }: { readonly filter: string; readonly onFilter: (filter: string) => void }) {
  const saved = useSettings((settings) => settings.filters['containers']) ?? [];
  const keep = (next: readonly string[]) => {
    updateSettings({ filters: { ...useSettings.getState().filters, containers: [...next] } });
  };
  const trimmed = filter.trim();
  const isNew = trimmed !== '' && !saved.includes(trimmed);
  if (saved.length === 0 && !isNew) return null;
  return (
    <div className={css['saved']}>
      {saved.map((one) => (
        <span key={one} className={css['chip']} data-on={one === trimmed}>
          <button
            type="button"
            aria-pressed={one === trimmed}
            title={texts.useFilter(one)}
            onClick={() => {
              onFilter(one === trimmed ? '' : one);
            }}
          >
            {one}
          </button>
          <IconButton
            label={texts.forgetFilter(one)}
            icon={<BookmarkX size={13} />}
            onClick={() => {
              keep(saved.filter((other) => other !== one));
            }}
          />
        </span>
      ))}
      {isNew && (
        <Button
          size="small"
          variant="quiet"
          icon={<Bookmark size={13} />}
          onClick={() => {
            keep([...saved, trimmed]);
          }}
        >
          {texts.saveFilter}
        </Button>
      )}
    </div>
  );
}
