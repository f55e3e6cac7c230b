import { Container as Box, Ellipsis, ExternalLink, Play, Plus, X } from 'lucide-react';
import { useMemo, useState, useSyncExternalStore } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { refetch, useContainers } from '../../data/containers.ts';
import { drop } from '../../data/drop.ts';
import { useImages } from '../../data/images.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { openDialog } from '../../data/dialogs.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { DataTable, sortRows, type Column, type SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { formatDuration, formatTime, shortId } from '../../ui/format.ts';
import { Logo } from '../../ui/Logo.tsx';
import { MenuButton } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { EMPTY_SELECTION, prune, type SelectionState } from '../../ui/selection.ts';
import { StateDot } from '../../ui/StateDot.tsx';
import { useTimeText } from '../../ui/use-now.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { containerCommands, containerMenu } from './commands.tsx';
import css from './ContainersView.module.css';
import {
  describeState,
  isRunning,
  matchesFilter,
  matchesState,
  portUrl,
  stateRank,
  type StateFilter,
} from './model.ts';

function StateCell({ container }: { readonly container: ContainerSummary }) {
  const pending = useContainers((state) => state.pending.get(container.id));
  const failure = useContainers((state) => state.failures.get(container.id));
  if (failure !== undefined && pending === undefined) {
    return <StateDot tone="bad" text={describeState(container, undefined).text} title={failure.message} />;
  }
  const { tone, text } = describeState(container, pending);
  return <StateDot tone={tone} text={text} title={container.status} />;
}

function UptimeCell({ container }: { readonly container: ContainerSummary }) {
  const running = isRunning(container);
  const since = running ? container.startedAt : container.createdAt;
  const text = useTimeText((now) => (since === null ? '' : formatDuration(now - since)));
  if (since === null) return null;
  const title = `${running ? 'Started' : 'Created'} ${formatTime(since)}`;
  return (
    <span title={title} className={running ? undefined : css['dim']}>
      {running ? text : `${text} old`}
    </span>
  );
}

/** Ports that fit a cell; the others are in the details. */
const MAX_PORTS = 3;

function PortsCell({ container }: { readonly container: ContainerSummary }) {
  const ports = container.ports.filter((port) => port.hostPort !== 0);
  return (
    <span className={css['ports']}>
      {ports.slice(0, MAX_PORTS).map((port) => {
        const url = isRunning(container) ? portUrl(port) : null;
        const text = `${String(port.hostPort)}:${String(port.containerPort)}${port.protocol === 'tcp' ? '' : `/${port.protocol}`}`;
        const key = `${text}/${port.hostIp}`;
        return url === null ? (
          <span key={key} className={css['dim']}>
            {text}
          </span>
        ) : (
          <a
            key={key}
            href={url}
            target="_blank"
            rel="noreferrer"
            tabIndex={-1}
            title={`Open ${url}`}
            className={css['port']}
          >
            {text}
            <ExternalLink size={11} aria-hidden />
          </a>
        );
      })}
      {ports.length > MAX_PORTS && <span className={css['dim']}>+{ports.length - MAX_PORTS}</span>}
    </span>
  );
}

function ActionsCell({ container }: { readonly container: ContainerSummary }) {
  const pending = useContainers((state) => state.pending.get(container.id));
  const shown = containerCommands.filter(
    ({ id, appliesTo }) => ['start', 'stop', 'restart', 'terminal', 'remove'].includes(id) && appliesTo(container),
  );
  return (
    <span className={css['actions']}>
      {shown.map((command) => (
        <IconButton
          key={command.id}
          tabIndex={-1}
          label={`${command.label} ${container.name}`}
          icon={command.icon}
          danger={command.danger ?? false}
          disabled={pending !== undefined}
          onClick={() => {
            command.run([container]);
          }}
        />
      ))}
      <MenuButton
        tabIndex={-1}
        label={`More actions for ${container.name}`}
        icon={<Ellipsis size={15} />}
        entries={() => containerMenu(container)}
      />
    </span>
  );
}

const COLUMNS: readonly Column<ContainerSummary>[] = [
  {
    id: 'state',
    header: 'State',
    width: '130px',
    sortBy: stateRank,
    cell: (container) => <StateCell container={container} />,
  },
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(130px, 1.3fr)',
    sortBy: (container) => container.name,
    cell: (container) => (
      <span className={css['name']} title={`${container.name} (${shortId(container.id)})`}>
        {container.name}
      </span>
    ),
  },
  {
    id: 'image',
    header: 'Image',
    width: 'minmax(120px, 1.4fr)',
    sortBy: (container) => container.image,
    cell: (container) => (
      <span className={css['image']} title={container.image}>
        {container.image.startsWith('sha256:') ? shortId(container.image) : container.image}
      </span>
    ),
  },
  {
    id: 'command',
    header: 'Command',
    width: 'minmax(100px, 1.2fr)',
    minTableWidth: 1040,
    cell: (container) => (
      <code className={css['command']} title={container.command}>
        {container.command}
      </code>
    ),
  },
  {
    id: 'ports',
    header: 'Ports',
    width: 'minmax(110px, 1fr)',
    minTableWidth: 760,
    sortBy: (container) => container.ports.find((port) => port.hostPort !== 0)?.hostPort ?? Number.MAX_SAFE_INTEGER,
    cell: (container) => <PortsCell container={container} />,
  },
  {
    id: 'uptime',
    header: 'Uptime',
    width: '84px',
    sortBy: (container) => (isRunning(container) ? -(container.startedAt ?? 0) : 1 - container.createdAt / 1e15),
    cell: (container) => <UptimeCell container={container} />,
  },
  {
    id: 'actions',
    header: 'Actions',
    width: '136px',
    align: 'end',
    cell: (container) => <ActionsCell container={container} />,
  },
];

const DEFAULT_SORT: SortState = { column: 'state', descending: false };
const rowId = (container: ContainerSummary) => container.id;
const rowName = (container: ContainerSummary) => `${container.name}, ${describeState(container, undefined).text}`;

/* The filter outlives the screen: going to a container and back finds the list as it was. */
let remembered: { filter: string; state: StateFilter } = { filter: '', state: 'all' };

/** The list of containers. */
export function ContainersView() {
  const { byId, status, error, hidden } = useContainers();
  const pending = useContainers((state) => state.pending);
  const [filter, setFilterText] = useState(remembered.filter);
  const [stateFilter, setStateChoice] = useState(remembered.state);
  const [chosen, setSelection] = useState<SelectionState>(EMPTY_SELECTION);
  const sort = useSettings((settings) => settings.sorts['containers']) ?? DEFAULT_SORT;
  const letterKeys = useSettings((settings) => settings.letterKeys);
  const setFilter = (next: string) => {
    remembered = { ...remembered, filter: next };
    setFilterText(next);
  };
  const setStateFilter = (next: StateFilter) => {
    remembered = { ...remembered, state: next };
    setStateChoice(next);
  };

  const all = useMemo(() => [...byId.values()].filter((container) => !hidden.has(container.id)), [byId, hidden]);
  const running = useMemo(() => all.filter(isRunning).length, [all]);
  const rows = useMemo(() => {
    const matching = all.filter(
      (container) => matchesState(container, stateFilter) && matchesFilter(container, filter),
    );
    // By name first, so that rows of equal rank have an order that does not depend on the engine's.
    const byName = sortRows(matching, COLUMNS, { column: 'name', descending: false });
    return sortRows(byName, COLUMNS, sort);
  }, [all, filter, stateFilter, sort]);
  const selection = useMemo(() => prune(chosen, (id) => byId.has(id) && !hidden.has(id)), [chosen, byId, hidden]);
  const selected = useMemo(() => all.filter((container) => selection.selected.has(container.id)), [all, selection]);

  const onRowKey = (row: ContainerSummary, key: string): boolean => {
    if (key.length === 1 && !letterKeys) return false;
    const targets = selection.selected.size > 0 ? selected : [row];
    const candidates = containerCommands.filter((one) => one.key === key);
    const command = candidates.find((one) => one.appliesTo(targets[0] ?? row));
    if (command === undefined) return candidates.length > 0;
    command.run(command.bulk ? targets.filter(command.appliesTo) : [row]);
    return true;
  };

  const runButton = (
    <Button
      variant="primary"
      icon={<Plus size={15} />}
      onClick={() => {
        openDialog({ kind: 'run', image: '' });
      }}
    >
      Run
    </Button>
  );
  return (
    <Page
      title="Containers"
      note={status === 'ready' && all.length > 0 ? `${running.toLocaleString('en')} running` : undefined}
      actions={
        all.length > 0 && (
          <>
            <Segmented
              label="Which containers"
              value={stateFilter}
              onChange={setStateFilter}
              options={[
                { value: 'all', label: 'All', count: all.length },
                { value: 'running', label: 'Running' },
                { value: 'stopped', label: 'Stopped' },
              ]}
            />
            <FilterBox value={filter} onChange={setFilter} label="Filter containers" />
            {runButton}
          </>
        )
      }
    >
      {status === 'error' && error !== null ? (
        <ErrorState
          error={error}
          onRetry={() => {
            drop(refetch());
          }}
        />
      ) : status === 'loading' ? null : all.length === 0 ? (
        <NoContainers />
      ) : rows.length === 0 ? (
        <EmptyState
          title="No container matches"
          actions={
            <Button
              onClick={() => {
                setFilter('');
                setStateFilter('all');
              }}
            >
              Clear filter
            </Button>
          }
        >
          {filter === ''
            ? `None of ${String(all.length)} is ${stateFilter}.`
            : `None of ${String(all.length)} matches “${filter}”.`}
        </EmptyState>
      ) : (
        <DataTable
          label="Containers"
          columns={COLUMNS}
          rows={rows}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={(next) => {
            updateSettings({ sorts: { ...useSettings.getState().sorts, containers: next } });
          }}
          selection={selection}
          onSelection={setSelection}
          onOpen={(container) => {
            navigate(
              `/containers/${container.id}/${isRunning(container) || container.startedAt !== null ? 'logs' : 'overview'}`,
            );
          }}
          menu={containerMenu}
          onRowKey={onRowKey}
          isBusy={(container) => pending.has(container.id)}
        />
      )}
      {selected.length > 0 && (
        <BulkBar
          selected={selected}
          onClear={() => {
            setSelection(EMPTY_SELECTION);
          }}
        />
      )}
    </Page>
  );
}

function BulkBar({
  selected,
  onClear,
}: {
  readonly selected: readonly ContainerSummary[];
  readonly onClear: () => void;
}) {
  return (
    <div className={css['bulk']} role="toolbar" aria-label="Actions for the selection">
      <span className={css['bulkCount']}>{selected.length.toLocaleString('en')} selected</span>
      {containerCommands
        .filter((command) => command.bulk && selected.some(command.appliesTo))
        .map((command) => (
          <Button
            key={command.id}
            size="small"
            variant="quiet"
            icon={command.icon}
            onClick={() => {
              command.run(selected.filter(command.appliesTo));
              if (command.id === 'remove') onClear();
            }}
          >
            {command.label}
          </Button>
        ))}
      <IconButton label="Clear selection" icon={<X size={15} />} onClick={onClear} />
    </div>
  );
}

const noSubscription = () => () => {};

function NoContainers() {
  const hasImages = useImages((state) => state.rows.length > 0);
  const mac = useSyncExternalStore(noSubscription, () => navigator.userAgent.includes('Mac'));
  return (
    <EmptyState
      picture={<Logo size={56} />}
      title="The quay is empty"
      actions={
        hasImages ? (
          <Button
            variant="primary"
            icon={<Play size={15} />}
            onClick={() => {
              openDialog({ kind: 'run', image: '' });
            }}
          >
            Run a container
          </Button>
        ) : (
          <Button
            variant="primary"
            icon={<Box size={15} />}
            onClick={() => {
              navigate('/images');
            }}
          >
            Get an image first
          </Button>
        )
      }
    >
      A container is a program that runs from an image, apart from everything else on this machine. Start one here, or
      with <code>docker run</code> in a terminal; {mac ? '⌘K' : 'Ctrl+K'} finds everything else.
    </EmptyState>
  );
}
