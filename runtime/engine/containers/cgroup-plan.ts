import { dirname, join, relative } from 'node:path';
import type { CgroupStep } from '../launcher/types.ts';
import type { CgroupHost } from '../system/cgroups.ts';
import { deviceProgram } from './device-program.ts';
import type { OciDeviceRule, OciDeviceValue, OciResources } from './oci-spec.ts';

const NO_PROGRAM = new Uint8Array();

interface Write {
  readonly file: string;
  readonly value: string;
  readonly required: boolean;
}

/**
 * The limits of a container, with no more of the processors than all containers together may have: cgroup v1 refuses what
 * version 2 takes and bounds by itself. One under a parent of its own is as it is.
 */
export function withinBounds({ bounds }: CgroupHost, resources: OciResources, parent: string): OciResources {
  const { quota, period } = resources.cpu;
  if (bounds === undefined || bounds.cpus === 0 || parent !== '' || quota <= 0) return resources;
  const most = Math.round(bounds.cpus * (period > 0 ? period : 100_000));
  return quota <= most ? resources : { ...resources, cpu: { ...resources.cpu, quota: most } };
}

/** The cgroup directories of a container and what is written into them; empty when the host gives us none. */
export function planCgroups(host: CgroupHost, id: string, asked: OciResources, parent = ''): CgroupStep[] {
  if (host.mode === 'none') return [];
  const resources = withinBounds(host, asked, parent);
  if (host.mode === 'unified') {
    const path = join(unifiedParent(host, parent) ?? '', id);
    return [
      {
        path,
        writes: unifiedWrites(resources),
        unified: true,
        freezer: false,
        deviceProgram: host.devicePrograms ? deviceProgram(resources.devices) : NO_PROGRAM,
      },
    ];
  }
  const steps: CgroupStep[] = [];
  for (const [controller, mountPoint] of host.controllers) {
    const writes = legacyWrites(controller, resources);
    if (writes === null) continue;
    steps.push({
      path: join(legacyParent(host, mountPoint, parent), id),
      writes,
      unified: false,
      freezer: controller === 'freezer',
      deviceProgram: NO_PROGRAM,
    });
  }
  // The hybrid host's v2 hierarchy limits nothing, but gives an atomic clone into the cgroup and cgroup.kill.
  const besides = unifiedParent(host, parent);
  if (besides !== null)
    steps.push({
      path: join(besides, id),
      writes: [],
      unified: true,
      freezer: false,
      deviceProgram: NO_PROGRAM,
    });
  return steps;
}

/** `--cgroup-parent`, below the root of a hierarchy however many `..` it has; the engine's own when it is ''. */
function legacyParent(host: CgroupHost, mountPoint: string, parent: string): string {
  return join(mountPoint, parent === '' ? host.parentName : join('/', parent));
}

/** The same in the v2 hierarchy; for an ordinary user below what was delegated. */
function unifiedParent(host: CgroupHost, parent: string): string | null {
  if (host.unifiedParent === null || parent === '') return host.unifiedParent;
  return join(dirname(host.unifiedParent), join('/', parent));
}

/** Where a container's control groups are from the root of each hierarchy (OCI `linux.cgroupsPath`); null: nowhere. */
export function cgroupsPath(host: CgroupHost, id: string, parent: string): string | null {
  if (host.mode === 'none') return null;
  if (host.mode === 'hybrid') return join('/', parent === '' ? host.parentName : parent, id);
  return join('/', relative('/sys/fs/cgroup', unifiedParent(host, parent) ?? ''), id);
}

/** Every directory that `planCgroups` may name for a container. */
export function cgroupPaths(host: CgroupHost, id: string, parent = ''): string[] {
  const parents = [...host.controllers.values()].map((mountPoint) => legacyParent(host, mountPoint, parent));
  const unified = unifiedParent(host, parent);
  return [...parents, ...(unified === null ? [] : [unified])].map((path) => join(path, id));
}

/** cgroup v1 files of one controller; null when a container need not be in it. */
function legacyWrites(controller: string, resources: OciResources): Write[] | null {
  const { memory, cpu, pids, blockIO } = resources;
  const write = (file: string, value: number | string, required = true): Write => ({
    file,
    value: String(value),
    required,
  });
  switch (controller) {
    case 'memory':
      return [
        ...(memory.limit > 0 ? [write('memory.limit_in_bytes', memory.limit)] : []),
        ...(memory.limit > 0 && memory.swap >= 0
          ? [write('memory.memsw.limit_in_bytes', memory.swap > 0 ? memory.swap : memory.limit * 2, false)]
          : []),
        ...(memory.reservation > 0 ? [write('memory.soft_limit_in_bytes', memory.reservation)] : []),
        ...(memory.swappiness === undefined ? [] : [write('memory.swappiness', memory.swappiness)]),
        ...(memory.disableOOMKiller ? [write('memory.oom_control', 1, false)] : []),
      ];
    case 'cpu':
      return [
        ...(cpu.shares > 0 ? [write('cpu.shares', cpu.shares)] : []),
        ...(cpu.period > 0 ? [write('cpu.cfs_period_us', cpu.period)] : []),
        ...(cpu.quota !== 0 ? [write('cpu.cfs_quota_us', cpu.quota)] : []),
        ...(cpu.realtimePeriod === undefined ? [] : [write('cpu.rt_period_us', cpu.realtimePeriod)]),
        ...(cpu.realtimeRuntime === undefined ? [] : [write('cpu.rt_runtime_us', cpu.realtimeRuntime)]),
      ];
    case 'cpuset':
      if (cpu.cpus === '' && cpu.mems === '') return null;
      // Both must be set before a process may join; an unset one is inherited from the parent (clone_children).
      return [
        ...(cpu.cpus === '' ? [] : [write('cpuset.cpus', cpu.cpus)]),
        ...(cpu.mems === '' ? [] : [write('cpuset.mems', cpu.mems)]),
      ];
    case 'pids':
      return [...(pids.limit > 0 ? [write('pids.max', pids.limit)] : [])];
    case 'blkio':
      return [
        ...(blockIO.weight > 0 ? [write('blkio.weight', blockIO.weight, false)] : []),
        ...legacyThrottles(blockIO).map(([file, value]) => write(file, value, file !== 'blkio.weight_device')),
      ];
    case 'devices':
      return resources.devices.map((rule) => write(rule.allow ? 'devices.allow' : 'devices.deny', deviceLine(rule)));
    case 'cpuacct':
    case 'freezer':
      return [];
    default:
      return null;
  }
}

type Lines = [file: string, value: string][];

function legacyThrottles(blockIO: OciResources['blockIO']): Lines {
  const lines = (file: string, values: readonly OciDeviceValue[] = []): Lines =>
    values.map(({ major, minor, value }) => [file, `${major}:${minor} ${value}`]);
  return [
    ...lines('blkio.weight_device', blockIO.weightDevice),
    ...lines('blkio.throttle.read_bps_device', blockIO.throttleReadBpsDevice),
    ...lines('blkio.throttle.write_bps_device', blockIO.throttleWriteBpsDevice),
    ...lines('blkio.throttle.read_iops_device', blockIO.throttleReadIOPSDevice),
    ...lines('blkio.throttle.write_iops_device', blockIO.throttleWriteIOPSDevice),
  ];
}

function unifiedThrottles(blockIO: OciResources['blockIO']): Lines {
  const lines = (file: string, key: string, values: readonly OciDeviceValue[] = []): Lines =>
    values.map(({ major, minor, value }) => [file, `${major}:${minor} ${key}${value}`]);
  return [
    ...lines('io.bfq.weight', '', blockIO.weightDevice),
    ...lines('io.max', 'rbps=', blockIO.throttleReadBpsDevice),
    ...lines('io.max', 'wbps=', blockIO.throttleWriteBpsDevice),
    ...lines('io.max', 'riops=', blockIO.throttleReadIOPSDevice),
    ...lines('io.max', 'wiops=', blockIO.throttleWriteIOPSDevice),
  ];
}

/** cgroup v1's block weight (10 to 1000) on v2's scale (1 to 10000), linear as the OCI runtimes have it. */
function blkioToWeight(weight: number): number {
  return Math.floor(1 + ((weight - 10) * 9999) / 990);
}

function deviceLine({ type, major, minor, access }: OciDeviceRule): string {
  if (type === 'a') return 'a';
  return `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}

function unifiedWrites(resources: OciResources): Write[] {
  const { memory, cpu, pids, blockIO } = resources;
  const write = (file: string, value: number | string): Write => ({ file, value: String(value), required: false });
  const swap = memory.swap > 0 ? memory.swap - memory.limit : memory.limit;
  return [
    ...(memory.limit > 0 ? [write('memory.max', memory.limit)] : []),
    ...(memory.limit > 0 && memory.swap >= 0 ? [write('memory.swap.max', swap)] : []),
    ...(memory.reservation > 0 ? [write('memory.low', memory.reservation)] : []),
    ...(cpu.quota !== 0 || cpu.period > 0
      ? [write('cpu.max', `${cpu.quota > 0 ? cpu.quota : 'max'} ${cpu.period > 0 ? cpu.period : 100_000}`)]
      : []),
    ...(cpu.shares > 0 ? [write('cpu.weight', sharesToWeight(cpu.shares))] : []),
    ...(cpu.cpus === '' ? [] : [write('cpuset.cpus', cpu.cpus)]),
    ...(cpu.mems === '' ? [] : [write('cpuset.mems', cpu.mems)]),
    ...(pids.limit > 0 ? [write('pids.max', pids.limit)] : []),
    ...(blockIO.weight > 0
      ? [write('io.bfq.weight', blockIO.weight), write('io.weight', blkioToWeight(blockIO.weight))]
      : []),
    ...unifiedThrottles(blockIO).map(([file, value]) => write(file, value)),
  ];
}

/** What `docker update` writes: the limits alone, with what was limited before and is no more set free. */
export function planCgroupUpdate(host: CgroupHost, id: string, resources: OciResources, parent: string): CgroupStep[] {
  const unlimited = (file: string, value: string): Write => ({ file, value, required: false });
  return planCgroups(host, id, resources, parent).flatMap((step) => {
    if (step.writes.some(({ file }) => file.startsWith('devices.'))) return [];
    const isPids = step.unified || step.path.startsWith(join(host.controllers.get('pids') ?? '//', '/'));
    const isMemory = step.path.startsWith(join(host.controllers.get('memory') ?? '//', '/'));
    const writes = [
      ...step.writes,
      ...(isPids && resources.pids.limit <= 0 ? [unlimited('pids.max', 'max')] : []),
      ...(isMemory && resources.memory.swap < 0 ? [unlimited('memory.memsw.limit_in_bytes', '-1')] : []),
      ...(host.mode === 'unified' && resources.memory.swap < 0 ? [unlimited('memory.swap.max', 'max')] : []),
    ];
    return [{ ...step, writes, deviceProgram: NO_PROGRAM }];
  });
}

/**
 * cgroup v1 shares (2 to 262144, default 1024) to v2 weight (1 to 10000, default 100): the quadratic in log2 that maps
 * both ends and the default onto each other, as the OCI runtimes of today do.
 */
export function sharesToWeight(shares: number): number {
  const bounded = Math.min(Math.max(shares, 2), 262_144);
  const l = Math.log2(bounded);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}
