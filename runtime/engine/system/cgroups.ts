import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How the host mounts its control groups (cgroups(7)).
 * - unified: cgroup v2 alone at /sys/fs/cgroup
 * - hybrid: v1 controllers, with a v2 hierarchy beside them
 * - none: nothing this engine may write to; containers then run without limits
 */
export interface CgroupHost {
  readonly version: 1 | 2;
  readonly mode: 'unified' | 'hybrid' | 'none';
  /** v1: controller -> its mount point. */
  readonly controllers: ReadonlyMap<string, string>;
  /** v2: directory below which the engine makes one directory per container; null when there is none. */
  readonly unifiedParent: string | null;
  /** v2: devices are controlled by an eBPF program, which takes root. A user namespace opens no node it has made. */
  readonly devicePrograms: boolean;
  /** v2 controllers that can be used for limits. */
  readonly unifiedControllers: ReadonlySet<string>;
}

/** Name of the parent directory of all containers of an engine, as Docker uses `docker`. */
export const CGROUP_PARENT = 'berth';

const NOTHING: CgroupHost = {
  version: 2,
  mode: 'none',
  controllers: new Map(),
  unifiedParent: null,
  devicePrograms: false,
  unifiedControllers: new Set(),
};

/**
 * Probes once at start. `delegatedParent` is the v2 directory that was delegated to an ordinary user's launcher
 * (systemd `Delegate=yes`), or null.
 */
export function probeCgroups(rootless: boolean, delegatedParent: string | null): CgroupHost {
  const mounts = readMounts();
  const unified = mounts.find((mount) => mount.type === 'cgroup2');
  const legacy = new Map<string, string>();
  for (const mount of mounts) {
    if (mount.type !== 'cgroup') continue;
    for (const option of mount.superOptions) if (V1_CONTROLLERS.has(option)) legacy.set(option, mount.path);
  }
  if (rootless) {
    if (delegatedParent === null || legacy.has('memory')) return { ...NOTHING, version: legacy.size > 0 ? 1 : 2 };
    return unifiedHost(delegatedParent, false);
  }
  if (legacy.size > 0) {
    return {
      version: 1,
      mode: 'hybrid',
      controllers: legacy,
      unifiedParent: unified === undefined ? null : join(unified.path, CGROUP_PARENT),
      devicePrograms: false,
      unifiedControllers: new Set(),
    };
  }
  if (unified === undefined || !writable(unified.path)) return NOTHING;
  enableControllers(unified.path);
  return unifiedHost(join(unified.path, CGROUP_PARENT), true);
}

const V1_CONTROLLERS: ReadonlySet<string> = new Set([
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'devices',
  'freezer',
  'blkio',
  'pids',
  'hugetlb',
  'net_cls',
  'net_prio',
  'perf_event',
]);

function unifiedHost(parent: string, devicePrograms: boolean): CgroupHost {
  mkdirSync(parent, { recursive: true });
  return {
    version: 2,
    mode: 'unified',
    controllers: new Map(),
    unifiedParent: parent,
    devicePrograms,
    unifiedControllers: enableControllers(parent),
  };
}

/** Passes every controller the directory has on to its children; returns those that were. */
function enableControllers(directory: string): Set<string> {
  const enabled = new Set<string>();
  for (const controller of readWords(join(directory, 'cgroup.controllers'))) {
    try {
      writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`);
      enabled.add(controller);
    } catch {
      // A controller whose v1 twin is in use, or that needs a privilege we lack: limits of it become warnings.
    }
  }
  return enabled;
}

function readWords(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split(/\s+/)
      .filter((word) => word !== '');
  } catch {
    return []; // Not a cgroup v2 directory.
  }
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

interface MountEntry {
  readonly path: string;
  readonly type: string;
  readonly superOptions: readonly string[];
}

/** /proc/self/mountinfo, proc(5): optional fields end at a lone `-`. */
function readMounts(): MountEntry[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [before, after] = line.split(' - ');
      const path = before?.split(' ')[4];
      const [type, , options] = after?.split(' ') ?? [];
      return path === undefined || type === undefined ? [] : [{ path, type, superOptions: options?.split(',') ?? [] }];
    });
}
