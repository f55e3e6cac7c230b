import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOrEmpty } from '../store/files.ts';
import type { CgroupHost } from './cgroups.ts';

/** Which limits this host can keep. */
export interface CgroupFeatures {
  readonly memory: boolean;
  readonly swap: boolean;
  readonly swappiness: boolean;
  readonly oomKillDisable: boolean;
  readonly cpu: boolean;
  readonly cpuRealtime: boolean;
  readonly cpuset: boolean;
  readonly pids: boolean;
  readonly blkioWeight: boolean;
  readonly blkioThrottle: boolean;
  /** Processors and memory nodes containers may have, as `0-3,7`; '' when not known. */
  readonly cpus: string;
  readonly mems: string;
}

/** Looks once at the files the controllers have. */
export function probeCgroupFeatures(host: CgroupHost): CgroupFeatures {
  if (host.mode === 'unified') return unifiedFeatures(host);
  const has = (controller: string, file: string): boolean => {
    const mountPoint = host.controllers.get(controller);
    return host.mode !== 'none' && mountPoint !== undefined && existsSync(join(mountPoint, file));
  };
  const text = (file: string): string => {
    const mountPoint = host.controllers.get('cpuset');
    return host.mode === 'none' || mountPoint === undefined ? '' : readOrEmpty(join(mountPoint, file)).trim();
  };
  return {
    memory: has('memory', 'memory.limit_in_bytes'),
    swap: has('memory', 'memory.memsw.limit_in_bytes'),
    swappiness: has('memory', 'memory.swappiness'),
    oomKillDisable: has('memory', 'memory.oom_control'),
    // Without a file that the root has: only directories below it have quotas.
    cpu: has('cpu', 'cgroup.procs'),
    cpuRealtime: has('cpu', 'cpu.rt_runtime_us'),
    cpuset: has('cpuset', 'cpuset.cpus'),
    pids: has('pids', 'cgroup.procs'),
    blkioWeight: has('blkio', 'blkio.weight'),
    blkioThrottle: has('blkio', 'blkio.throttle.read_bps_device'),
    cpus: text('cpuset.cpus'),
    mems: text('cpuset.mems'),
  };
}

function unifiedFeatures({ unifiedParent, unifiedControllers }: CgroupHost): CgroupFeatures {
  const has = (controller: string): boolean => unifiedControllers.has(controller);
  const text = (file: string): string => (unifiedParent === null ? '' : readOrEmpty(join(unifiedParent, file)).trim());
  const keeps = (file: string): boolean => unifiedParent !== null && existsSync(join(unifiedParent, file));
  return {
    memory: has('memory'),
    swap: has('memory') && keeps('memory.swap.max'),
    swappiness: false,
    oomKillDisable: false,
    cpu: has('cpu'),
    cpuRealtime: false,
    cpuset: has('cpuset'),
    pids: has('pids'),
    // Of a scheduler of disks or a cost model, which the controller can be without.
    blkioWeight: has('io') && (keeps('io.weight') || keeps('io.bfq.weight')),
    blkioThrottle: has('io') && keeps('io.max'),
    cpus: text('cpuset.cpus.effective'),
    mems: text('cpuset.mems.effective'),
  };
}
