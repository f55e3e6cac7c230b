import { join } from 'node:path';
import type { CgroupStep } from '../launcher/types.ts';
import { cgroupParents, type CgroupHost } from '../system/cgroups.ts';
import { deviceProgram } from './device-program.ts';
import type { OciDeviceRule, OciResources } from './oci-spec.ts';

const NO_PROGRAM = new Uint8Array();

interface Write {
  readonly file: string;
  readonly value: string;
  readonly required: boolean;
}

/** The cgroup directories of a container and what is written into them; empty when the host gives us none. */
export function planCgroups(host: CgroupHost, id: string, resources: OciResources): CgroupStep[] {
  if (host.mode === 'none') return [];
  if (host.mode === 'unified') {
    const path = join(host.unifiedParent ?? '', id);
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
      path: join(mountPoint, host.parentName, id),
      writes,
      unified: false,
      freezer: controller === 'freezer',
      deviceProgram: NO_PROGRAM,
    });
  }
  // The hybrid host's v2 hierarchy limits nothing, but gives an atomic clone into the cgroup and cgroup.kill.
  if (host.unifiedParent !== null)
    steps.push({
      path: join(host.unifiedParent, id),
      writes: [],
      unified: true,
      freezer: false,
      deviceProgram: NO_PROGRAM,
    });
  return steps;
}

/** Every directory that `planCgroups` may name for a container. */
export function cgroupPaths(host: CgroupHost, id: string): string[] {
  return cgroupParents(host).map((parent) => join(parent, id));
}

/** What was asked for and cannot be had on this host, as Docker words it. */
export function resourceWarnings(host: CgroupHost, resources: OciResources): string[] {
  const has = (controller: string): boolean =>
    host.mode === 'unified' ? host.unifiedControllers.has(controller) : host.controllers.has(controller);
  const warnings: string[] = [];
  if (resources.memory.limit > 0 && !has('memory')) {
    warnings.push(
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    );
  }
  if ((resources.cpu.quota > 0 || resources.cpu.shares > 0) && !has('cpu')) {
    warnings.push('Your kernel does not support CPU CFS scheduler or the cgroup is not mounted. Limitation discarded.');
  }
  if (resources.pids.limit > 0 && !has('pids')) {
    warnings.push(
      'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
    );
  }
  return warnings;
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
        ...(memory.disableOOMKiller ? [write('memory.oom_control', 1, false)] : []),
      ];
    case 'cpu':
      return [
        ...(cpu.shares > 0 ? [write('cpu.shares', cpu.shares)] : []),
        ...(cpu.period > 0 ? [write('cpu.cfs_period_us', cpu.period)] : []),
        ...(cpu.quota !== 0 ? [write('cpu.cfs_quota_us', cpu.quota)] : []),
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
      return [...(blockIO.weight > 0 ? [write('blkio.weight', blockIO.weight, false)] : [])];
    case 'devices':
      return resources.devices.map((rule) => write(rule.allow ? 'devices.allow' : 'devices.deny', deviceLine(rule)));
    case 'cpuacct':
    case 'freezer':
      return [];
    default:
      return null;
  }
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
    ...(cpu.quota > 0 || cpu.period > 0
      ? [write('cpu.max', `${cpu.quota > 0 ? cpu.quota : 'max'} ${cpu.period > 0 ? cpu.period : 100_000}`)]
      : []),
    ...(cpu.shares > 0 ? [write('cpu.weight', sharesToWeight(cpu.shares))] : []),
    ...(cpu.cpus === '' ? [] : [write('cpuset.cpus', cpu.cpus)]),
    ...(cpu.mems === '' ? [] : [write('cpuset.mems', cpu.mems)]),
    ...(pids.limit > 0 ? [write('pids.max', pids.limit)] : []),
    ...(blockIO.weight > 0 ? [write('io.bfq.weight', blockIO.weight)] : []),
  ];
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
