import { shortId, type ListLayout, type Row } from '../output/list.ts';
import { formatBinaryBytes, formatBytes } from '../units.ts';

/** A sample of `GET /containers/{id}/stats`, as far as it is shown. */
export interface StatsSample {
  readonly id?: string;
  readonly name?: string;
  readonly cpu_stats?: CpuSample;
  readonly precpu_stats?: CpuSample;
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly pids_stats?: { readonly current?: number };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
}

interface CpuSample {
  readonly cpu_usage?: { readonly total_usage?: number; readonly percpu_usage?: readonly number[] | null };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

export const STATS_LAYOUT: ListLayout = {
  headers: {
    Container: 'CONTAINER',
    ID: 'CONTAINER ID',
    Name: 'NAME',
    CPUPerc: 'CPU %',
    MemUsage: 'MEM USAGE / LIMIT',
    MemPerc: 'MEM %',
    NetIO: 'NET I/O',
    BlockIO: 'BLOCK I/O',
    PIDs: 'PIDS',
  },
  table: '{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}',
};

/** Before the first sample came. */
export function emptyStatsRow(container: string, full: boolean): Row {
  const nothing = '--';
  return {
    Container: shortId(container, full),
    ID: shortId(container, full),
    Name: nothing,
    CPUPerc: nothing,
    MemUsage: `${nothing} / ${nothing}`,
    MemPerc: nothing,
    NetIO: nothing,
    BlockIO: nothing,
    PIDs: nothing,
  };
}

/** A sample as `stats` shows it. `container` is how it was asked for. */
export function statsRow(sample: StatsSample, container: string, full: boolean): Row {
  const limit = sample.memory_stats?.limit ?? 0;
  const used = memoryUsed(sample);
  const networks = Object.values(sample.networks ?? {});
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const disk = (op: string): number =>
    sum(
      (sample.blkio_stats?.io_service_bytes_recursive ?? [])
        .filter((one) => one.op.toLowerCase() === op)
        .map(({ value }) => value),
    );
  return {
    Container: /^[\da-f]{64}$/.test(container) ? shortId(container, full) : container,
    ID: shortId(sample.id ?? container, full),
    Name: (sample.name ?? '').replace(/^\//, ''),
    CPUPerc: `${cpuPercent(sample).toFixed(2)}%`,
    MemUsage: `${formatBinaryBytes(used)} / ${formatBinaryBytes(limit)}`,
    MemPerc: `${(limit === 0 ? 0 : (used / limit) * 100).toFixed(2)}%`,
    NetIO: `${formatBytes(sum(networks.map(({ rx_bytes }) => rx_bytes)))} / ${formatBytes(sum(networks.map(({ tx_bytes }) => tx_bytes)))}`,
    BlockIO: `${formatBytes(disk('read'))} / ${formatBytes(disk('write'))}`,
    PIDs: String(sample.pids_stats?.current ?? 0),
  };
}

/** Without the page cache that can be dropped: cgroup v1's and v2's names of it. */
function memoryUsed({ memory_stats: { usage = 0, stats = {} } = {} }: StatsSample): number {
  const cache = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0;
  return cache < usage ? usage - cache : usage;
}

function cpuPercent({ cpu_stats: now = {}, precpu_stats: before = {} }: StatsSample): number {
  const own = (now.cpu_usage?.total_usage ?? 0) - (before.cpu_usage?.total_usage ?? 0);
  const all = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  const processors = now.online_cpus ?? now.cpu_usage?.percpu_usage?.length ?? 1;
  return own > 0 && all > 0 ? (own / all) * processors * 100 : 0;
}
