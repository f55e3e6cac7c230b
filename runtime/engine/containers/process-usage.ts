import { readdirSync, readFileSync } from 'node:fs';
import type { UsageSample } from './stats-parse.ts';

interface ProcessUsage {
  readonly parent: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** Bytes. */
  readonly resident: number;
  readonly shared: number;
  readonly threads: number;
}

/** How long one look at all processes serves every container that asks, in milliseconds. */
const SNAPSHOT_LIFETIME = 500;
const NANOSECONDS_PER_TICK = 10_000_000;
/** Page size of every architecture the engine has a launcher for. */
const PAGE = 4096;

let snapshot: { readonly at: number; readonly children: ReadonlyMap<number, readonly number[]> } | null = null;
let usages = new Map<number, ProcessUsage>();

/**
 * Usage of a container without control groups (an ordinary user's without delegation): what its processes say of
 * themselves in /proc. Memory is what they do not share with a file; block transfers are not known.
 */
export function processUsage(root: number, hostMemory: number): Omit<UsageSample, 'networks'> {
  const { children } = currentSnapshot();
  const family = [root];
  // `family` grows while it is walked: each process brings its children.
  for (const pid of family) family.push(...(children.get(pid) ?? []));
  const members = family.flatMap((pid) => usages.get(pid) ?? []);
  const sum = (value: (usage: ProcessUsage) => number): number =>
    members.reduce((total, member) => total + value(member), 0);
  const user = sum(({ userTicks }) => userTicks) * NANOSECONDS_PER_TICK;
  const system = sum(({ systemTicks }) => systemTicks) * NANOSECONDS_PER_TICK;
  const anonymous = sum(({ resident, shared }) => Math.max(0, resident - shared));
  return {
    pids: { current: sum(({ threads }) => threads) },
    blkio: {
      io_service_bytes_recursive: null,
      io_serviced_recursive: null,
      io_queue_recursive: null,
      io_service_time_recursive: null,
      io_wait_time_recursive: null,
      io_merged_recursive: null,
      io_time_recursive: null,
      sectors_recursive: null,
    },
    cpu: {
      cpu_usage: { total_usage: user + system, usage_in_kernelmode: system, usage_in_usermode: user },
      throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
    },
    memory: { usage: anonymous, stats: { anon: anonymous }, limit: hostMemory },
  };
}

function currentSnapshot(): NonNullable<typeof snapshot> {
  const now = performance.now();
  if (snapshot !== null && now - snapshot.at < SNAPSHOT_LIFETIME) return snapshot;
  usages = new Map();
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const usage = readUsage(name);
    if (usage === null) continue;
    usages.set(Number(name), usage);
    const siblings = children.get(usage.parent);
    if (siblings === undefined) children.set(usage.parent, [Number(name)]);
    else siblings.push(Number(name));
  }
  snapshot = { at: now, children };
  return snapshot;
}

/** proc_pid_stat(5) and proc_pid_statm(5). */
function readUsage(name: string): ProcessUsage | null {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    // The name may hold spaces and parentheses; the fields start after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (index: number): number => Number(fields[index]);
    const [, resident, shared] = readFileSync(`/proc/${name}/statm`, 'latin1').split(' ');
    return {
      parent: field(1),
      // With those of the children that were waited for, which would otherwise vanish from the sum.
      userTicks: field(11) + field(13),
      systemTicks: field(12) + field(14),
      threads: field(17),
      resident: Number(resident) * PAGE,
      shared: Number(shared) * PAGE,
    };
  } catch {
    return null; // It ended while we looked.
  }
}
