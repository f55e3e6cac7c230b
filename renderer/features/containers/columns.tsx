import { ChevronRight, ExternalLink, Layers3, RotateCw, Play, Square, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { useContainers } from '../../data/containers.ts';
import { HISTORY, type LiveStats } from '../../data/live-stats.ts';
import { useStats } from '../../data/stats.ts';
import { common } from '../../strings/common.ts';
import { containers as texts } from '../../strings/containers.ts';
import { stats as statsTexts } from '../../strings/stats.ts';
import type { Column } from '../../ui/DataTable.tsx';
import { decimal, formatBytes, formatDuration, formatTime, shortId } from '../../ui/format.ts';
import { Sparkline } from '../../ui/Sparkline.tsx';
import { StateDot, type Tone } from '../../ui/StateDot.tsx';
import { useTimeText } from '../../ui/use-now.ts';
import { useSettled } from '../../ui/use-settled.ts';
import { RowActions, RowButton } from '../lists/RowActions.tsx';
import { containerCommands, containerMenu } from './commands.tsx';
import css from './ContainersView.module.css';
import { describeState, isRunning, portUrl, stateRank } from './model.ts';
import { projectRowMenu } from './project-menu.tsx';
import { isProject, projectOf, sumOfKnown, type ListRow, type ProjectRow } from './projects.ts';

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
  const title = `${running ? texts.started : common.created} ${formatTime(since)}`;
  return (
    <span title={title} className={running ? undefined : css['dim']}>
      {running ? text : texts.old(text)}
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
            title={texts.openUrl(url)}
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
  return useSettled() ? <Actions container={container} /> : null;
}

function Actions({ container }: { readonly container: ContainerSummary }) {
  const pending = useContainers((state) => state.pending.get(container.id));
  const shown = containerCommands.filter(
    ({ id, appliesTo }) => ['start', 'stop', 'restart', 'terminal', 'remove'].includes(id) && appliesTo(container),
  );
  return (
    <RowActions menu={{ name: container.name, entries: () => containerMenu(container) }}>
      {shown.map((command) => (
        <RowButton
          key={command.id}
          label={texts.actionOn(command.label, container.name)}
          icon={command.icon}
          danger={command.danger ?? false}
          disabled={pending !== undefined}
          {...(command.id === 'restart' ? { className: css['roomy'] } : {})}
          onClick={() => {
            command.run([container]);
          }}
        />
      ))}
    </RowActions>
  );
}

/** One processor's tenth: below it a line that moves would be noise. */
const CPU_SCALE = 0.1;
/** 16 MB, for the same reason. */
const MEMORY_SCALE = 16_000_000;

function CpuCell({ id }: { readonly id: string }) {
  const stats = useStats((state) => state.byId.get(id));
  const cpus = stats?.latest.cpus ?? null;
  if (stats === undefined || cpus === null) return null;
  const text = `${decimal(cpus * 100, cpus < 0.1 ? 1 : 0)} %`;
  return (
    <span className={css['live']} title={statsTexts.sparkCpu(text)}>
      <Sparkline values={stats.cpus} slots={HISTORY} atLeast={CPU_SCALE} />
      {text}
    </span>
  );
}

function MemoryCell({ id }: { readonly id: string }) {
  const stats = useStats((state) => state.byId.get(id));
  if (stats === undefined) return null;
  const text = formatBytes(stats.latest.memoryBytes);
  return (
    <span className={css['live']} title={statsTexts.sparkMemory(text)}>
      <Sparkline values={stats.memory} slots={HISTORY} atLeast={MEMORY_SCALE} />
      {text}
    </span>
  );
}

/** 1 kB a second. */
const NETWORK_SCALE = 1000;
const perSecond = (bytes: number) => statsTexts.perSecond(formatBytes(bytes));

function NetworkCell({ id }: { readonly id: string }) {
  const stats = useStats((state) => state.byId.get(id));
  if (stats === undefined || stats.rate === null) return null;
  const { received, sent } = stats.rate;
  return (
    <span className={css['live']} title={statsTexts.sparkNetwork(perSecond(received), perSecond(sent))}>
      <Sparkline values={stats.network} slots={HISTORY} atLeast={NETWORK_SCALE} />
      {perSecond(received + sent)}
    </span>
  );
}

interface Measure {
  readonly of: (stats: LiveStats | undefined) => number | null | undefined;
  readonly show: (total: number) => string;
}

const MEASURES: Readonly<Record<'cpu' | 'memory' | 'network', Measure>> = {
  cpu: {
    of: (stats) => stats?.latest.cpus,
    show: (total) => `${decimal(total * 100, total < 0.1 ? 1 : 0)} %`,
  },
  memory: { of: (stats) => stats?.latest.memoryBytes, show: formatBytes },
  network: { of: (stats) => stats?.network.at(-1), show: perSecond },
};

/** What all containers of a project use together. */
function ProjectTotal({ row, of }: { readonly row: ProjectRow; readonly of: keyof typeof MEASURES }) {
  const total = useStats((state) => sumOfKnown(row.members.map(({ id }) => MEASURES[of].of(state.byId.get(id)))));
  if (row.running === 0 || total === null) return null;
  return <span className={css['total']}>{MEASURES[of].show(total)}</span>;
}

function ProjectActions({ row }: { readonly row: ProjectRow }) {
  const shown = containerCommands.filter(({ id }) =>
    (row.running > 0 ? ['stop', 'restart', 'remove'] : ['start', 'remove']).includes(id),
  );
  const icons: Readonly<Record<string, ReactNode>> = {
    start: <Play size={15} />,
    stop: <Square size={15} fill="currentColor" viewBox="-3 -3 30 30" />,
    restart: <RotateCw size={15} />,
    remove: <Trash2 size={15} />,
  };
  return (
    <RowActions menu={{ name: texts.project(row.name), entries: () => projectRowMenu(row) }}>
      {shown.map((command) => (
        <RowButton
          key={command.id}
          label={texts.actionOn(command.label, texts.project(row.name))}
          icon={icons[command.id]}
          danger={command.danger ?? false}
          onClick={() => {
            command.run(row.members.filter(command.appliesTo));
          }}
        />
      ))}
    </RowActions>
  );
}

function projectTone({ running, unhealthy, members }: ProjectRow): Tone {
  if (unhealthy > 0) return 'bad';
  return running === members.length ? 'good' : running === 0 ? 'idle' : 'warn';
}

/** A column for containers, with what it shows for a project. */
function column(
  base: Omit<Column<ContainerSummary>, 'cell'> & {
    readonly cell: (container: ContainerSummary) => ReactNode;
    readonly project?: (row: ProjectRow) => ReactNode;
  },
): Column<ListRow> {
  const { cell, project, sortBy, ...rest } = base;
  return {
    ...rest,
    ...(sortBy === undefined ? {} : { sortBy: (row: ListRow) => (isProject(row) ? row.name : sortBy(row)) }),
    cell: (row) => (isProject(row) ? (project?.(row) ?? null) : cell(row)),
  };
}

const cpuOf = (id: string): number => useStats.getState().byId.get(id)?.latest.cpus ?? -1;
const networkOf = (id: string): number => useStats.getState().byId.get(id)?.network.at(-1) ?? -1;
const memoryOf = (id: string): number => useStats.getState().byId.get(id)?.latest.memoryBytes ?? -1;

/** Columns that cannot be hidden. */
export const FIXED_COLUMNS: ReadonlySet<string> = new Set(['state', 'name', 'actions']);

/** Columns of the list of containers. */
export const COLUMNS: readonly Column<ListRow>[] = [
  column({
    id: 'state',
    header: texts.state,
    width: 'minmax(110px, 130px)',
    narrowWidth: 'minmax(102px, 130px)',
    fits: true,
    sortBy: stateRank,
    cell: (container) => <StateCell container={container} />,
    project: (row) => (
      <span className={css['rollup']}>
        <ChevronRight size={14} aria-hidden className={row.folded ? '' : css['open']} />
        <StateDot
          tone={projectTone(row)}
          text={`${String(row.running)}/${String(row.members.length)}`}
          title={texts.projectState(row.running, row.members.length, row.unhealthy)}
        />
      </span>
    ),
  }),
  column({
    id: 'name',
    header: common.name,
    width: 'minmax(130px, 2fr)',
    sortBy: (container) => container.name,
    project: (row) => (
      <span className={css['project']}>
        <Layers3 size={14} aria-hidden />
        {row.name}
      </span>
    ),
    cell: (container) => (
      <span
        className={[css['name'], projectOf(container) === null ? '' : css['member']].join(' ')}
        title={`${container.name} (${shortId(container.id)})`}
      >
        {container.name}
      </span>
    ),
  }),
  column({
    id: 'image',
    header: texts.image,
    width: 'minmax(134px, 1.4fr)',
    narrowWidth: 'minmax(92px, 1.2fr)',
    sortBy: (container) => container.image,
    cell: (container) => (
      <span className={css['image']} title={container.image}>
        {container.image.startsWith('sha256:') ? shortId(container.image) : container.image}
      </span>
    ),
  }),
  column({
    id: 'command',
    header: texts.command,
    width: 'minmax(100px, 1.2fr)',
    minTableWidth: 1300,
    cell: (container) => (
      <code className={css['command']} title={container.command}>
        {container.command}
      </code>
    ),
  }),
  column({
    id: 'ports',
    header: texts.ports,
    width: 'minmax(94px, 1fr)',
    minTableWidth: 760,
    sortBy: (container) => container.ports.find((port) => port.hostPort !== 0)?.hostPort ?? Number.MAX_SAFE_INTEGER,
    cell: (container) => <PortsCell container={container} />,
  }),
  column({
    id: 'cpu',
    header: texts.cpu,
    width: '136px',
    narrowWidth: '64px',
    minTableWidth: 760,
    fits: true,
    sortBy: (container) => -cpuOf(container.id),
    cell: (container) => <CpuCell id={container.id} />,
    project: (row) => <ProjectTotal row={row} of="cpu" />,
  }),
  column({
    id: 'memory',
    header: texts.memory,
    width: '138px',
    narrowWidth: '78px',
    fits: true,
    minTableWidth: 760,
    sortBy: (container) => -memoryOf(container.id),
    cell: (container) => <MemoryCell id={container.id} />,
    project: (row) => <ProjectTotal row={row} of="memory" />,
  }),
  column({
    id: 'network',
    header: statsTexts.network,
    width: '150px',
    fits: true,
    minTableWidth: 1000,
    extra: true,
    sortBy: (container) => -networkOf(container.id),
    cell: (container) => <NetworkCell id={container.id} />,
    project: (row) => <ProjectTotal row={row} of="network" />,
  }),
  column({
    id: 'uptime',
    header: texts.uptime,
    width: '84px',
    narrowWidth: '70px',
    sortBy: (container) => (isRunning(container) ? -(container.startedAt ?? 0) : 1 - container.createdAt / 1e15),
    cell: (container) => <UptimeCell container={container} />,
  }),
  column({
    id: 'actions',
    header: common.actions,
    width: '136px',
    narrowWidth: '110px',
    align: 'end',
    cell: (container) => <ActionsCell container={container} />,
    project: (row) => <ProjectActions row={row} />,
  }),
];
