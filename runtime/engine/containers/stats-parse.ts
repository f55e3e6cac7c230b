/**
 * Usage figures of a container in the shape of the Docker Engine API (ContainerStatsResponse), from the text of control
 * group files (cgroups(7), cgroup v2 and v1). Pure.
 */

interface CpuStats {
  readonly cpu_usage: {
    /** Nanoseconds, as everywhere here. */
    readonly total_usage: number;
    readonly percpu_usage?: readonly number[];
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: {
    readonly periods: number;
    readonly throttled_periods: number;
    readonly throttled_time: number;
  };
}

/** Bytes. Fields that are absent are zero, as in Go's JSON. */
interface MemoryStats {
  readonly usage?: number;
  readonly max_usage?: number;
  readonly stats?: Readonly<Record<string, number>>;
  readonly failcnt?: number;
  readonly limit?: number;
}

interface BlkioEntry {
  readonly major: number;
  readonly minor: number;
  readonly op: string;
  readonly value: number;
}

type BlkioStats = Readonly<Record<(typeof BLKIO_LISTS)[number], readonly BlkioEntry[] | null>>;

interface NetworkStats {
  readonly rx_bytes: number;
  readonly rx_packets: number;
  readonly rx_errors: number;
  readonly rx_dropped: number;
  readonly tx_bytes: number;
  readonly tx_packets: number;
  readonly tx_errors: number;
  readonly tx_dropped: number;
}

/** What one look at a container gives. */
export interface UsageSample {
  readonly pids: { readonly current?: number; readonly limit?: number };
  readonly blkio: BlkioStats;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  readonly networks: Readonly<Record<string, NetworkStats>>;
}

const BLKIO_LISTS = [
  'io_service_bytes_recursive',
  'io_serviced_recursive',
  'io_queue_recursive',
  'io_service_time_recursive',
  'io_wait_time_recursive',
  'io_merged_recursive',
  'io_time_recursive',
  'sectors_recursive',
] as const;

/** Clock ticks per second in /proc and cpuacct.stat: USER_HZ, 100 on every architecture Linux still has. */
const NANOSECONDS_PER_TICK = 10_000_000;

const NO_CPU: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

function blkio(lists: Partial<BlkioStats>): BlkioStats {
  return Object.fromEntries(BLKIO_LISTS.map((name) => [name, lists[name] ?? null])) as BlkioStats;
}

const EMPTY_SAMPLE: UsageSample = { pids: {}, blkio: blkio({}), cpu: NO_CPU, memory: {}, networks: {} };

/** `key value` lines (cpu.stat, memory.stat, memory.events). */
export function parseKeyed(text: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at > 0) values[line.slice(0, at)] = Number(line.slice(at + 1));
  }
  return values;
}

/** A file of one number; undefined when it is empty, absent or `max`. */
function number(text: string): number | undefined {
  const value = text.trim();
  return value === '' || !/^\d+$/.test(value) ? undefined : Number(value);
}

function memoryLimit(text: string, hostMemory: number): number {
  return Math.min(number(text) ?? hostMemory, hostMemory);
}

/** Files of a cgroup v2 directory, each '' when absent. */
export interface UnifiedFiles {
  readonly cpuStat: string;
  readonly memoryCurrent: string;
  readonly memoryPeak: string;
  readonly memoryMax: string;
  readonly memoryStat: string;
  readonly memoryEvents: string;
  readonly pidsCurrent: string;
  readonly pidsMax: string;
  readonly ioStat: string;
}

/** Usage by cgroup v2. `hostMemory` in bytes. */
export function unifiedUsage(files: UnifiedFiles, hostMemory: number): Omit<UsageSample, 'networks'> {
  const cpu = parseKeyed(files.cpuStat);
  const usage = number(files.memoryCurrent);
  const peak = number(files.memoryPeak);
  const oom = parseKeyed(files.memoryEvents)['oom'] ?? 0;
  const limit = number(files.pidsMax);
  return {
    pids: { current: number(files.pidsCurrent) ?? 0, ...(limit === undefined ? {} : { limit }) },
    blkio: blkio(unifiedBlkio(files.ioStat)),
    cpu: {
      cpu_usage: {
        total_usage: (cpu['usage_usec'] ?? 0) * 1000,
        usage_in_kernelmode: (cpu['system_usec'] ?? 0) * 1000,
        usage_in_usermode: (cpu['user_usec'] ?? 0) * 1000,
      },
      throttling_data: {
        periods: cpu['nr_periods'] ?? 0,
        throttled_periods: cpu['nr_throttled'] ?? 0,
        throttled_time: (cpu['throttled_usec'] ?? 0) * 1000,
      },
    },
    memory:
      usage === undefined
        ? {}
        : {
            usage,
            ...(peak === undefined ? {} : { max_usage: peak }),
            stats: parseKeyed(files.memoryStat),
            ...(oom === 0 ? {} : { failcnt: oom }),
            limit: memoryLimit(files.memoryMax, hostMemory),
          },
  };
}

/** io.stat: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`. */
function unifiedBlkio(text: string): Partial<BlkioStats> {
  const bytes: BlkioEntry[] = [];
  const operations: BlkioEntry[] = [];
  for (const line of text.split('\n')) {
    const [device = '', ...pairs] = line.trim().split(' ');
    const [major = '', minor = ''] = device.split(':');
    if (!/^\d+$/.test(major) || !/^\d+$/.test(minor)) continue;
    const values = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]));
    const entry = (op: string, key: string): BlkioEntry => ({
      major: Number(major),
      minor: Number(minor),
      op,
      value: Number(values.get(key) ?? 0),
    });
    bytes.push(entry('read', 'rbytes'), entry('write', 'wbytes'));
    operations.push(entry('read', 'rios'), entry('write', 'wios'));
  }
  return bytes.length === 0 ? {} : { io_service_bytes_recursive: bytes, io_serviced_recursive: operations };
}

/** Files of the cgroup v1 controllers, each '' when absent. */
export interface LegacyFiles {
  readonly cpuacctUsage: string;
  readonly cpuacctPerCpu: string;
  readonly cpuacctStat: string;
  readonly cpuStat: string;
  readonly memoryUsage: string;
  readonly memoryMaxUsage: string;
  readonly memoryFailcnt: string;
  readonly memoryLimit: string;
  readonly memoryStat: string;
  readonly pidsCurrent: string;
  readonly pidsMax: string;
  readonly ioServiceBytes: string;
  readonly ioServiced: string;
}

/** Usage by cgroup v1. `hostMemory` in bytes. */
export function legacyUsage(files: LegacyFiles, hostMemory: number): Omit<UsageSample, 'networks'> {
  const ticks = parseKeyed(files.cpuacctStat);
  const cpu = parseKeyed(files.cpuStat);
  const usage = number(files.memoryUsage);
  const limit = number(files.pidsMax);
  const perCpu = files.cpuacctPerCpu.trim();
  return {
    pids: { current: number(files.pidsCurrent) ?? 0, ...(limit === undefined ? {} : { limit }) },
    blkio: blkio({
      io_service_bytes_recursive: legacyBlkio(files.ioServiceBytes),
      io_serviced_recursive: legacyBlkio(files.ioServiced),
    }),
    cpu: {
      cpu_usage: {
        total_usage: number(files.cpuacctUsage) ?? 0,
        ...(perCpu === '' ? {} : { percpu_usage: perCpu.split(' ').map(Number) }),
        usage_in_kernelmode: (ticks['system'] ?? 0) * NANOSECONDS_PER_TICK,
        usage_in_usermode: (ticks['user'] ?? 0) * NANOSECONDS_PER_TICK,
      },
      throttling_data: {
        periods: cpu['nr_periods'] ?? 0,
        throttled_periods: cpu['nr_throttled'] ?? 0,
        throttled_time: cpu['throttled_time'] ?? 0,
      },
    },
    memory:
      usage === undefined
        ? {}
        : {
            usage,
            max_usage: number(files.memoryMaxUsage) ?? 0,
            stats: parseKeyed(files.memoryStat),
            ...((number(files.memoryFailcnt) ?? 0) === 0 ? {} : { failcnt: number(files.memoryFailcnt) ?? 0 }),
            limit: memoryLimit(files.memoryLimit, hostMemory),
          },
  };
}

/** `8:0 Read 4096` lines; the closing `Total` line is no device's. */
function legacyBlkio(text: string): BlkioEntry[] {
  return [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(([, major, minor, op = '', value]) => ({
    major: Number(major),
    minor: Number(minor),
    op,
    value: Number(value),
  }));
}

/** Interfaces of /proc/PID/net/dev but the loopback (proc_pid_net(5)). */
export function parseInterfaces(text: string): Record<string, NetworkStats> {
  const found: Record<string, NetworkStats> = {};
  for (const line of text.split('\n')) {
    const [name = '', rest] = line.split(':');
    if (rest === undefined || name.trim() === 'lo') continue;
    const values = rest.trim().split(/\s+/).map(Number);
    const at = (index: number): number => values[index] ?? 0;
    found[name.trim()] = {
      rx_bytes: at(0),
      rx_packets: at(1),
      rx_errors: at(2),
      rx_dropped: at(3),
      tx_bytes: at(8),
      tx_packets: at(9),
      tx_errors: at(10),
      tx_dropped: at(11),
    };
  }
  return found;
}

/** Processor time of the whole machine in nanoseconds: user, nice, system, idle, iowait, irq, softirq of /proc/stat. */
export function systemCpuTime(text: string): number {
  const [, ...fields] = (text.split('\n', 1)[0] ?? '').trim().split(/\s+/);
  return fields.slice(0, 7).reduce((sum, field) => sum + Number(field), 0) * NANOSECONDS_PER_TICK;
}

/** A sample with the time it was taken (RFC 3339 with nanoseconds). */
export interface TimedSample {
  readonly time: string;
  readonly sample: UsageSample;
}

/** ContainerStatsResponse; `previous` null for the first of a stream, whose `precpu_stats` are zeroes. */
export function statsResponse(
  container: { readonly id: string; readonly name: string },
  current: TimedSample | null,
  previous: TimedSample | null,
  never: string,
): Record<string, unknown> {
  const { pids, blkio: io, cpu, memory, networks } = current?.sample ?? EMPTY_SAMPLE;
  return {
    name: `/${container.name}`,
    id: container.id,
    read: current?.time ?? never,
    preread: previous?.time ?? never,
    pids_stats: pids,
    blkio_stats: io,
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpu,
    precpu_stats: previous?.sample.cpu ?? NO_CPU,
    memory_stats: memory,
    ...(Object.keys(networks).length === 0 ? {} : { networks }),
  };
}
