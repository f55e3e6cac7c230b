import { EngineError } from '../errors.ts';
import type { CgroupFeatures } from '../system/cgroup-features.ts';
import type { HostConfig } from './config.ts';
import { deviceNumbers } from './devices.ts';
import type { OciDeviceValue, OciResources } from './oci-spec.ts';

/** `--cpus` is a quota per 100 ms, the kernel's default period, in microseconds. */
const CPU_PERIOD = 100_000;
/** 6 MiB is what a runtime needs to start a process at all; Docker refuses less. */
export const MINIMUM_MEMORY = 6 * 1024 * 1024;

/** The limits of a HostConfig as the OCI runtime specification has them. Throws `invalid` for a missing block device. */
export function ociResources(hostConfig: HostConfig, devices: OciResources['devices']): OciResources {
  const nano = hostConfig.NanoCpus ?? 0;
  const swappiness = hostConfig.MemorySwappiness ?? -1;
  const runtime = hostConfig.CpuRealtimeRuntime ?? 0;
  const period = hostConfig.CpuRealtimePeriod ?? 0;
  return {
    devices,
    memory: {
      limit: hostConfig.Memory ?? 0,
      reservation: hostConfig.MemoryReservation ?? 0,
      swap: hostConfig.MemorySwap ?? 0,
      disableOOMKiller: hostConfig.OomKillDisable === true,
      ...(swappiness < 0 ? {} : { swappiness }),
    },
    cpu: {
      shares: hostConfig.CpuShares ?? 0,
      quota: nano > 0 ? Math.round(nano / 10_000) : (hostConfig.CpuQuota ?? 0),
      period: nano > 0 ? CPU_PERIOD : (hostConfig.CpuPeriod ?? 0),
      cpus: hostConfig.CpusetCpus ?? '',
      mems: hostConfig.CpusetMems ?? '',
      ...(runtime === 0 ? {} : { realtimeRuntime: runtime }),
      ...(period === 0 ? {} : { realtimePeriod: period }),
    },
    pids: { limit: hostConfig.PidsLimit ?? 0 },
    blockIO: {
      weight: hostConfig.BlkioWeight ?? 0,
      weightDevice: (hostConfig.BlkioWeightDevice ?? []).map(({ Path, Weight }) => deviceValue(Path, Weight)),
      throttleReadBpsDevice: rates(hostConfig.BlkioDeviceReadBps),
      throttleWriteBpsDevice: rates(hostConfig.BlkioDeviceWriteBps),
      throttleReadIOPSDevice: rates(hostConfig.BlkioDeviceReadIOps),
      throttleWriteIOPSDevice: rates(hostConfig.BlkioDeviceWriteIOps),
    },
  };
}

function rates(list: HostConfig['BlkioDeviceReadBps']): OciDeviceValue[] {
  return (list ?? []).map(({ Path, Rate }) => deviceValue(Path, Rate));
}

function deviceValue(path: string, value: number): OciDeviceValue {
  const numbers = deviceNumbers(path);
  if (numbers?.type !== 'b') throw new EngineError('invalid', `stat ${path}: not a block device or no such file`);
  return { major: numbers.major, minor: numbers.minor, value };
}

/** What the checks need to know of the host. */
export interface ResourceHost {
  readonly features: CgroupFeatures;
  readonly cpuCount: number;
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message);
}

/**
 * The limits that this host can keep, and a warning, in Docker's words, for each that it cannot. Throws `invalid` for
 * limits that contradict each other or are out of range. Pure.
 */
export function checkResources(
  asked: HostConfig,
  { features, cpuCount }: ResourceHost,
): { accepted: HostConfig; warnings: string[] } {
  checkMemory(asked);
  checkCpu(asked, features, cpuCount);
  checkOthers(asked);
  const warnings: string[] = [];
  // 0 and less are no limit.
  let accepted = (asked.PidsLimit ?? 1) > 0 ? asked : { ...asked, PidsLimit: null };
  const discard = (isAsked: boolean, has: boolean, fields: (keyof HostConfig)[], message: string): void => {
    if (!isAsked || has) return;
    warnings.push(message);
    accepted = { ...accepted, ...Object.fromEntries(fields.map((field) => [field, undefined])) };
  };
  const positive = (field: keyof HostConfig): boolean => Number(asked[field] ?? 0) > 0;
  const listed = (field: keyof HostConfig): boolean => Array.isArray(asked[field]) && asked[field].length > 0;
  const absent = (what: string): string => `Your kernel does not support ${what} or the cgroup is not mounted.`;
  discard(
    positive('Memory'),
    features.memory,
    ['Memory', 'MemorySwap'],
    `${absent('memory limit capabilities')} Limitation discarded.`,
  );
  discard(
    positive('Memory') && features.memory && asked.MemorySwap !== -1,
    features.swap,
    ['MemorySwap'],
    `${absent('swap limit capabilities')} Memory limited without swap.`,
  );
  discard(
    (asked.MemorySwappiness ?? -1) >= 0,
    features.swappiness,
    ['MemorySwappiness'],
    `${absent('memory swappiness capabilities')} Memory swappiness discarded.`,
  );
  discard(
    positive('MemoryReservation'),
    features.memory,
    ['MemoryReservation'],
    `${absent('memory soft limit capabilities')} Limitation discarded.`,
  );
  discard(
    asked.OomKillDisable === true,
    features.oomKillDisable,
    ['OomKillDisable'],
    'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
  );
  if (asked.OomKillDisable === true && features.oomKillDisable && !positive('Memory')) {
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    );
  }
  discard(
    positive('PidsLimit'),
    features.pids,
    ['PidsLimit'],
    `${absent('PIDs limit capabilities')} PIDs limit discarded.`,
  );
  discard(positive('CpuShares'), features.cpu, ['CpuShares'], `${absent('CPU shares')} Shares discarded.`);
  discard(
    positive('NanoCpus') || (asked.CpuPeriod ?? 0) !== 0 || (asked.CpuQuota ?? 0) !== 0,
    features.cpu,
    ['NanoCpus', 'CpuPeriod', 'CpuQuota'],
    'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.',
  );
  discard(
    (asked.CpusetCpus ?? '') !== '' || (asked.CpusetMems ?? '') !== '',
    features.cpuset,
    ['CpusetCpus', 'CpusetMems'],
    `${absent('cpuset')} Cpuset discarded.`,
  );
  discard(
    positive('BlkioWeight'),
    features.blkioWeight,
    ['BlkioWeight'],
    `${absent('Block I/O weight')} Weight discarded.`,
  );
  discard(
    listed('BlkioWeightDevice'),
    features.blkioWeight,
    ['BlkioWeightDevice'],
    `${absent('Block I/O weight_device')} Weight-device discarded.`,
  );
  for (const [field, unit, direction] of THROTTLES) {
    discard(
      listed(field),
      features.blkioThrottle,
      [field],
      `${absent(`${unit} Block I/O ${direction} limit`)} Block I/O ${unit} ${direction} limit discarded.`,
    );
  }
  return { accepted, warnings };
}

const THROTTLES = [
  ['BlkioDeviceReadBps', 'BPS', 'read'],
  ['BlkioDeviceWriteBps', 'BPS', 'write'],
  ['BlkioDeviceReadIOps', 'IOPS', 'read'],
  ['BlkioDeviceWriteIOps', 'IOPS', 'write'],
] as const;

function checkMemory(asked: HostConfig): void {
  const memory = asked.Memory ?? 0;
  const swap = asked.MemorySwap ?? 0;
  const reservation = asked.MemoryReservation ?? 0;
  const swappiness = asked.MemorySwappiness ?? -1;
  if (memory !== 0 && memory < MINIMUM_MEMORY) throw invalid('Minimum memory limit allowed is 6MB');
  if (memory > 0 && swap > 0 && swap < memory)
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memory === 0 && swap > 0)
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (swappiness < -1 || swappiness > 100)
    throw invalid(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  if (reservation > 0 && reservation < MINIMUM_MEMORY) throw invalid('Minimum memory reservation allowed is 6MB');
  if (memory > 0 && reservation > 0 && memory < reservation)
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
}

function checkCpu(asked: HostConfig, features: CgroupFeatures, cpuCount: number): void {
  const nano = asked.NanoCpus ?? 0;
  const period = asked.CpuPeriod ?? 0;
  const quota = asked.CpuQuota ?? 0;
  if (nano > 0 && period > 0) throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (nano > 0 && quota > 0) throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  if (nano < 0 || nano > cpuCount * 1e9)
    throw invalid(`range of CPUs is from 0.01 to ${cpuCount}.00, as there are only ${cpuCount} CPUs available`);
  if (period !== 0 && (period < 1000 || period > 1_000_000))
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (quota > 0 && quota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  const shares = asked.CpuShares ?? 0;
  if (shares < 0) throw invalid(`invalid CPU shares (${shares}): value must be a positive integer`);
  const realtime = (asked.CpuRealtimePeriod ?? 0) !== 0 || (asked.CpuRealtimeRuntime ?? 0) !== 0;
  if (realtime && !features.cpuRealtime) throw invalid('kernel does not support CPU real-time scheduler');
  if ((asked.CpuRealtimePeriod ?? 0) !== 0 && (asked.CpuRealtimeRuntime ?? 0) > (asked.CpuRealtimePeriod ?? 0))
    throw invalid('cpu real-time runtime cannot be higher than cpu real-time period');
  checkSet('cpus', 'CPUs', asked.CpusetCpus ?? '', features.cpus);
  checkSet('mems', 'memory nodes', asked.CpusetMems ?? '', features.mems);
}

/** `available` is '' where there is no cpuset to look at. */
function checkSet(kind: 'cpus' | 'mems', words: string, asked: string, available: string): void {
  if (asked === '') return;
  const wanted = parseIdList(asked);
  if (wanted === null) throw invalid(`Invalid value ${asked} for cpuset ${kind}`);
  const present = parseIdList(available);
  if (available !== '' && present !== null && [...wanted].some((id) => !present.has(id)))
    throw invalid(`Requested ${words} are not available - requested ${asked}, available: ${available}`);
}

/** `0-3,7` as numbers; null when it is no such list. Numbers above 8192, the kernel's most processors, are none. */
function parseIdList(text: string): Set<number> | null {
  const ids = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    if (first === undefined || Number(last ?? first) > 8192 || Number(last ?? first) < Number(first)) return null;
    for (let id = Number(first); id <= Number(last ?? first); id += 1) ids.add(id);
  }
  return ids;
}

function checkOthers(asked: HostConfig): void {
  const weight = asked.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) throw invalid('Range of blkio weight is from 10 to 1000');
  const score = asked.OomScoreAdj ?? 0;
  if (score < -1000 || score > 1000) throw invalid(`Invalid value ${score}, range for oom score adj is [-1000, 1000].`);
  if ((asked.ShmSize ?? 0) < 0) throw invalid('SHM size can not be less than 0');
}
