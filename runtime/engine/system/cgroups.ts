import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * How the host mounts its control groups (cgroups(7)).
 * - unified: cgroup v2 alone at /sys/fs/cgroup
 * - hybrid: v1 controllers, with a v2 hierarchy beside them
 * - none: nothing this engine may write to; containers then run without limits
 */
export interface CgroupHost {
  readonly version: 1 | 2;
  readonly mode: 'unified' | 'hybrid' | 'none';
  /** Name of the directory that holds the engine's containers in every hierarchy. */
  readonly parentName: string;
  /** v1: controller -> its mount point. */
  readonly controllers: ReadonlyMap<string, string>;
  /** v2: directory below which the engine makes one directory per container; null when there is none. See `followLauncher`. */
  unifiedParent: string | null;
  /** v2: devices are controlled by an eBPF program, which takes root. A user namespace opens no node it has made. */
  readonly devicePrograms: boolean;
  /** v2 controllers that can be used for limits. */
  readonly unifiedControllers: ReadonlySet<string>;
  /** v1: most of the processors that one container may ask for, as it is now; 0 for no limit. See `EngineLimits`. */
  readonly bounds?: { cpus: number };
}

/**
 * Name of the parent directory of all containers of an engine, as Docker uses `docker`; an engine on another data root
 * has one of its own, so that nothing of two engines meets.
 */
export function cgroupParentName(dataRoot: string, isDefaultRoot: boolean): string {
  if (isDefaultRoot) return 'berth';
  return `berth-${createHash('sha256').update(dataRoot).digest('hex').slice(0, 12)}`;
}

const NOTHING: Omit<CgroupHost, 'parentName'> = {
  version: 2,
  mode: 'none',
  controllers: new Map(),
  unifiedParent: null,
  devicePrograms: false,
  unifiedControllers: new Set(),
};

/**
 * Probes once at start, for an engine whose containers go into directories called `parentName`. `delegatedParent` is the v2 directory that was delegated to an ordinary user's launcher
 * (systemd `Delegate=yes`), or null.
 */
export function probeCgroups(rootless: boolean, delegatedParent: string | null, parentName: string): CgroupHost {
  const mounts = readMounts();
  const unified = mounts.find((mount) => mount.type === 'cgroup2');
  const legacy = new Map<string, string>();
  for (const mount of mounts) {
    if (mount.type !== 'cgroup') continue;
    for (const option of mount.superOptions) if (V1_CONTROLLERS.has(option)) legacy.set(option, mount.path);
  }
  if (rootless) {
    if (delegatedParent === null || legacy.has('memory'))
      return { ...NOTHING, parentName, version: legacy.size > 0 ? 1 : 2 };
    return { ...unifiedHost(delegatedParent, false), parentName };
  }
  if (legacy.size > 0) {
    prepareCpuset(legacy.get('cpuset'), parentName);
    return {
      parentName,
      version: 1,
      mode: 'hybrid',
      controllers: legacy,
      unifiedParent: unified === undefined ? null : join(unified.path, parentName),
      devicePrograms: false,
      unifiedControllers: new Set(),
      bounds: { cpus: 0 },
    };
  }
  if (unified === undefined || !writable(unified.path)) return { ...NOTHING, parentName };
  return { ...unifiedHost(join(unified.path, parentName), true), parentName };
}

/**
 * An ordinary user's launcher was started again, with what `delegatedParent` gives for it. Returns whether containers have
 * their control groups elsewhere from now on.
 */
export function followLauncher(host: CgroupHost, delegatedParent: string | null): boolean {
  if (host.mode !== 'unified' || delegatedParent === null || delegatedParent === host.unifiedParent) return false;
  openParent(delegatedParent);
  host.unifiedParent = delegatedParent;
  return true;
}

/**
 * A v1 cpuset takes processes only when both its lists are set; the parent gets the host's, and children inherit what
 * is not asked of them.
 */
function prepareCpuset(mountPoint: string | undefined, parentName: string): void {
  if (mountPoint === undefined) return;
  const parent = join(mountPoint, parentName);
  mkdirSync(parent, { recursive: true });
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(join(parent, file), readFileSync(join(mountPoint, file), 'utf8').trim());
  }
  writeFileSync(join(parent, 'cgroup.clone_children'), '1');
}

/** The engine's own directories in every hierarchy. */
export function cgroupParents(host: CgroupHost): string[] {
  const legacy = [...host.controllers.values()].map((mountPoint) => join(mountPoint, host.parentName));
  return host.unifiedParent === null ? legacy : [...legacy, host.unifiedParent];
}

/** Directories of containers below the engine's own, in every hierarchy. */
export function cgroupChildren(host: CgroupHost): string[] {
  return cgroupParents(host).flatMap((parent) => {
    if (!existsSync(parent)) return [];
    return readdirSync(parent)
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map((name) => join(parent, name));
  });
}

/** Removes the engine's own directories, when it ends with no container running. One still in use stays. */
export function removeCgroupParents(host: CgroupHost): void {
  for (const parent of cgroupParents(host)) {
    try {
      rmdirSync(parent);
    } catch {
      // Never made, or a container of another engine on the same parent is in it.
    }
  }
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

function unifiedHost(parent: string, devicePrograms: boolean): Omit<CgroupHost, 'parentName'> {
  const unifiedControllers = openParent(parent);
  return {
    version: 2,
    mode: 'unified',
    controllers: new Map(),
    unifiedParent: parent,
    devicePrograms,
    unifiedControllers,
  };
}

/** Makes the directory for containers; returns the controllers that these have. */
function openParent(parent: string): Set<string> {
  mkdirSync(parent, { recursive: true });
  enableControllers(dirname(parent));
  return enableControllers(parent);
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
