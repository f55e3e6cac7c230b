import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memorySize } from '../../common/memory-size.ts';
import type { CgroupStep } from '../launcher/types.ts';
import { errorCode } from '../store/files.ts';
import type { CgroupHost } from './cgroups.ts';

/** What all that belongs to the engine may use together: `resources` of its configuration. Empty and 0: no limit. */
export interface EngineResources {
  /** In binary units, as `4g`. */
  readonly memory: string;
  readonly cpus: number;
  readonly pids: number;
  /** Of all that the engine keeps, as `50GB`: see `DiskLimit`. */
  readonly disk: string;
}

/** What the kernel keeps, in a control group. */
type KernelLimit = Exclude<keyof EngineResources, 'disk'>;

/** One file of the control group that holds all containers. */
export interface LimitFile {
  readonly option: KernelLimit;
  readonly directory: string;
  readonly file: string;
  readonly value: string;
  /** Whether the value is a limit; else it is what takes one away. */
  readonly limits: boolean;
}

/** The kernel's usual period of a processor quota, in microseconds. */
const CPU_PERIOD = 100_000;
const NOT_KEPT = 'of engine.json for all containers together is not kept';

/** What has to be written, and where; empty where the host gives no control groups. Pure. */
export function limitFiles(host: CgroupHost, { memory, cpus, pids }: EngineResources): LimitFile[] {
  const bytes = memorySize(memory) ?? 0;
  const quota = Math.round(cpus * CPU_PERIOD);
  if (host.mode === 'none') return [];
  if (host.mode === 'unified') {
    const directory = host.unifiedParent;
    if (directory === null) return [];
    const limit = (option: LimitFile['option'], file: string, value: number, text = String(value)): LimitFile[] => [
      { option, directory, file, value: value > 0 ? text : 'max', limits: value > 0 },
    ];
    return [
      ...limit('memory', 'memory.max', bytes),
      ...limit('cpus', 'cpu.max', quota, `${quota} ${CPU_PERIOD}`),
      ...limit('pids', 'pids.max', pids),
    ];
  }
  const limit = (option: LimitFile['option'], controller: string, file: string, value: number, none: string) => {
    const mountPoint = host.controllers.get(controller);
    const directory = mountPoint === undefined ? '' : join(mountPoint, host.parentName);
    return { option, directory, file, value: value > 0 ? String(value) : none, limits: value > 0 };
  };
  return [
    limit('memory', 'memory', 'memory.limit_in_bytes', bytes, '-1'),
    limit('cpus', 'cpu', 'cpu.cfs_quota_us', quota, '-1'),
    limit('pids', 'pids', 'pids.max', pids, 'max'),
  ];
}

/** Keeps the limits of all containers together in the control group under which they live. */
export class EngineLimits {
  readonly #host: CgroupHost;
  #warnings: readonly string[] = [];

  constructor(host: CgroupHost) {
    this.#host = host;
  }

  /** A sentence for each limit that was asked for and is not kept. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * Writes the limits, or takes away what an earlier configuration has left. Never throws: what cannot be kept is a warning.
   * `quotas` tells what the containers that run are limited to, within the new limits.
   */
  apply(resources: EngineResources, quotas: () => readonly CgroupStep[]): void {
    const host = this.#host;
    if (host.bounds !== undefined) host.bounds.cpus = resources.cpus;
    if (host.mode === 'none') {
      const { memory, cpus, pids } = resources;
      const asked = Object.entries({ memory, cpus, pids }).filter(([, value]) => value !== '' && value !== 0);
      this.#warnings = asked.map(
        ([option]) => `The limit resources.${option} ${NOT_KEPT}: no control groups can be used`,
      );
      return;
    }
    // cgroup v1 takes no quota that is above the one of the group around it, and none below those of the groups within:
    // on the way down the containers' go first, on the way up last.
    const steps = host.mode === 'hybrid' ? quotas() : [];
    writeQuotas(steps);
    this.#warnings = limitFiles(host, resources).flatMap((one) => {
      const reason = written(one);
      return reason === null ? [] : [`The limit resources.${one.option} ${NOT_KEPT}: ${reason}`];
    });
    writeQuotas(steps);
  }
}

/** Writes one file; why that could not be done, or null. */
function written({ directory, file, value, limits }: LimitFile): string | null {
  const path = join(directory, file);
  try {
    if (!limits && (directory === '' || !existsSync(path))) return null;
    if (directory === '') return 'this host has no control group for it';
    mkdirSync(directory, { recursive: true });
    if (!existsSync(path)) return 'this host has no control group for it';
    if (file === 'memory.limit_in_bytes') countChildren(directory);
    writeFileSync(path, value);
    return null;
  } catch (error) {
    if (errorCode(error) === 'EBUSY') return 'the containers that run use more';
    return `the system refuses it (${errorCode(error) ?? 'unknown error'})`;
  }
}

/** Memory of cgroup v1 counts for the groups around only where that was asked for before they had any (older kernels). */
function countChildren(directory: string): void {
  const path = join(directory, 'memory.use_hierarchy');
  if (existsSync(path) && readFileSync(path, 'utf8').trim() === '0') writeFileSync(path, '1');
}

function writeQuotas(steps: readonly CgroupStep[]): void {
  for (const { path, writes } of steps)
    for (const { file, value } of writes) {
      if (!file.startsWith('cpu.cfs_')) continue;
      try {
        writeFileSync(join(path, file), value);
      } catch {
        // The group is gone with its container, or the other pass is the one that can be done.
      }
    }
}
