import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { nowNanoseconds, rfc3339 } from '../../common/time.ts';
import type { CgroupStep } from '../launcher/types.ts';
import type { CgroupHost } from '../system/cgroups.ts';
import type { ContainerHandle } from './handle.ts';
import { processUsage } from './process-usage.ts';
import {
  legacyUsage,
  parseInterfaces,
  systemCpuTime,
  unifiedUsage,
  type TimedSample,
  type UsageSample,
} from './stats-parse.ts';

/** What the figures are read with. */
export interface StatsHost {
  readonly cgroups: CgroupHost;
  /** Bytes. */
  readonly memoryTotal: number;
  readonly cpuCount: number;
}

/** Largest file read: memory.stat with every per-node counter stays below 8 KiB; /proc/stat's first line comes first. */
const shared = Buffer.allocUnsafe(64 * 1024);

/**
 * Text of a kernel file; '' when it is absent. One open, read and close: these files are made up in memory at the read,
 * which is faster than a trip through the thread pool, and a page of 300 containers asks for 3,000 of them a second.
 */
function text(directory: string | undefined, file: string): string {
  if (directory === undefined) return '';
  let fd: number;
  try {
    fd = openSync(`${directory}/${file}`, 'r');
  } catch {
    return ''; // The container has ended, or this kernel has no such file.
  }
  try {
    return shared.toString('latin1', 0, readSync(fd, shared, 0, shared.length, 0));
  } catch {
    return ''; // ENODEV: the directory went between the open and the read.
  } finally {
    closeSync(fd);
  }
}

/** Usage of a running container now; null when none runs. `steps` are its control groups. */
export function sampleUsage(
  handle: ContainerHandle,
  steps: readonly CgroupStep[],
  host: StatsHost,
): TimedSample | null {
  const { supervised } = handle;
  if (supervised === null || !handle.running) return null;
  const { pid } = supervised.process;
  const usage = usageOf(pid, steps, host);
  // With the host's network its interfaces are nobody's; Docker shows none then.
  const own = handle.record.hostConfig.NetworkMode !== 'host';
  const sample = {
    ...usage,
    cpu: { ...usage.cpu, system_cpu_usage: systemCpuTime(text('/proc', 'stat')), online_cpus: host.cpuCount },
    networks: own ? parseInterfaces(text(`/proc/${pid}/net`, 'dev')) : {},
  };
  return { time: rfc3339(nowNanoseconds()), sample };
}

function usageOf(pid: number, steps: readonly CgroupStep[], host: StatsHost): Omit<UsageSample, 'networks'> {
  const { cgroups, memoryTotal } = host;
  if (cgroups.mode === 'none') return processUsage(pid, memoryTotal);
  if (cgroups.mode === 'unified') return unifiedUsage(unifiedFiles(steps[0]?.path), memoryTotal);
  return legacyUsage(legacyFiles(cgroups, steps), memoryTotal);
}

function unifiedFiles(directory: string | undefined): Parameters<typeof unifiedUsage>[0] {
  return {
    cpuStat: text(directory, 'cpu.stat'),
    memoryCurrent: text(directory, 'memory.current'),
    memoryPeak: text(directory, 'memory.peak'),
    memoryMax: text(directory, 'memory.max'),
    memoryStat: text(directory, 'memory.stat'),
    memoryEvents: text(directory, 'memory.events'),
    pidsCurrent: text(directory, 'pids.current'),
    pidsMax: text(directory, 'pids.max'),
    ioStat: text(directory, 'io.stat'),
  };
}

function legacyFiles(cgroups: CgroupHost, steps: readonly CgroupStep[]): Parameters<typeof legacyUsage>[0] {
  const at = (controller: string): string | undefined => {
    const mountPoint = cgroups.controllers.get(controller);
    if (mountPoint === undefined) return undefined;
    return steps.find(({ path }) => path.startsWith(join(mountPoint, '/')))?.path;
  };
  const cpuacct = at('cpuacct');
  const memory = at('memory');
  const pids = at('pids');
  const blkio = at('blkio');
  return {
    cpuacctUsage: text(cpuacct, 'cpuacct.usage'),
    cpuacctPerCpu: text(cpuacct, 'cpuacct.usage_percpu'),
    cpuacctStat: text(cpuacct, 'cpuacct.stat'),
    cpuStat: text(at('cpu'), 'cpu.stat'),
    memoryUsage: text(memory, 'memory.usage_in_bytes'),
    memoryMaxUsage: text(memory, 'memory.max_usage_in_bytes'),
    memoryFailcnt: text(memory, 'memory.failcnt'),
    memoryLimit: text(memory, 'memory.limit_in_bytes'),
    memoryStat: text(memory, 'memory.stat'),
    pidsCurrent: text(pids, 'pids.current'),
    pidsMax: text(pids, 'pids.max'),
    ioServiceBytes: text(blkio, 'blkio.throttle.io_service_bytes_recursive'),
    ioServiced: text(blkio, 'blkio.throttle.io_serviced_recursive'),
  };
}
