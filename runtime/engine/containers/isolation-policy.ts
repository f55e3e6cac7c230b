import { DEFAULT_PROFILE_NAMES } from './apparmor-plan.ts';
import { isDefaultCapability } from './capabilities.ts';
import type { HostConfig } from './config.ts';
import { MASKED_PATHS, READONLY_PATHS } from './spec.ts';

/** Namespaces that a container can share with the host, by the flag that asks for it. */
export type SharedNamespace = 'pid' | 'ipc' | 'uts' | 'userns' | 'network' | 'cgroupns';

/** Something of the host that is mounted. */
export type AskedSource =
  | {
      readonly kind: 'path';
      /** As it was asked for. */
      readonly name: string;
      /** Where that is: without links, and by the other names of directories on the way. */
      readonly places: readonly string[];
      readonly readonly: boolean;
      readonly propagation: string;
      /** A socket of a container engine, or a directory with one in it. */
      readonly isEngine: boolean;
    }
  | { readonly kind: 'filesystem'; readonly name: string; readonly type: string };

/** What a container asks for. */
export interface Asked {
  readonly hostConfig: HostConfig;
  /** Modes of its namespaces, those of the containers that it joins in place of its own. */
  readonly namespaces: Readonly<Partial<Record<SharedNamespace, string>>>;
  readonly sources: readonly AskedSource[];
}

/** What there is to be kept apart beyond what every machine has. */
export interface EnginePlaces {
  /** Directories, sockets and files of the engine itself. */
  readonly own: readonly string[];
  /** The parent of control groups that containers have without asking; '' for the engine's own. */
  readonly cgroupParent: string;
}

/** Whoever writes here is the machine's root in a moment, or reads its secrets; what lies below is meant as well. */
const SYSTEM_PLACES = [
  '/etc',
  '/proc',
  '/sys',
  '/dev',
  '/boot',
  '/run',
  '/var/run',
  '/var/lib',
  '/var/spool',
  '/root',
] as const;
/** The machine's programs: to be read only. */
const PROGRAM_PLACES = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'] as const;
/** Filesystems that bring nothing of this machine's disks. */
const FOREIGN_FILESYSTEMS: ReadonlySet<string> = new Set(['tmpfs', 'nfs', 'nfs4', 'cifs', 'smb3']);

type Rule = (asked: Asked, places: EnginePlaces) => string | null;

/** Each finds one way out of a container and names it; null when it was not asked for. */
const RULES: readonly Rule[] = [
  ({ hostConfig }) => (hostConfig.Privileged === true ? '--privileged' : null),
  ({ namespaces }) => {
    const shared = Object.entries(namespaces).find(([, mode]) => mode === 'host');
    return shared === undefined ? null : `the host's namespace (--${shared[0]} host)`;
  },
  ({ hostConfig }) => {
    const option = (hostConfig.SecurityOpt ?? []).find(loosens);
    return option === undefined ? null : `--security-opt ${shortened(option)}`;
  },
  ({ hostConfig }) =>
    [hostConfig.MaskedPaths, hostConfig.ReadonlyPaths].some((paths) => paths?.length === 0)
      ? '--security-opt systempaths=unconfined'
      : null,
  // Out of what all containers together are limited to.
  ({ hostConfig }, { cgroupParent }) =>
    ['', cgroupParent].includes(hostConfig.CgroupParent ?? '') ? null : `--cgroup-parent ${hostConfig.CgroupParent}`,
  ({ hostConfig }) => first('--device', hostConfig.Devices, ({ PathOnHost }) => PathOnHost),
  ({ hostConfig }) => first('--device-cgroup-rule', hostConfig.DeviceCgroupRules, (rule) => rule),
  ({ hostConfig }) =>
    first('a device (--gpus, --device)', hostConfig.DeviceRequests, ({ DeviceIDs }) => (DeviceIDs ?? []).join(' ')),
  ({ hostConfig }) =>
    first(
      '--cap-add',
      (hostConfig.CapAdd ?? []).filter((name) => !isDefaultCapability(name)),
      (name) => name,
    ),
  ({ sources }, { own }) => {
    for (const source of sources) {
      if (source.kind === 'filesystem') {
        if (!FOREIGN_FILESYSTEMS.has(source.type)) return `the volume ${source.name} of type ${source.type}`;
        continue;
      }
      const found = source.places.find((place) => isKept(place, source.readonly, own));
      if (found !== undefined) return `a mount of ${named(source.name, found)}`;
      if (source.isEngine) return `a mount of ${source.name}, the socket of a container engine`;
      if (/^r?shared$/.test(source.propagation)) return `a ${source.propagation} mount of ${source.name}`;
    }
    return null;
  },
];

/** What of a container's configuration would lead out of it, in a few words; null when nothing does. Pure. */
export function leadsOut(asked: Asked, places: EnginePlaces): string | null {
  for (const rule of RULES) {
    const found = rule(asked, places);
    if (found !== null) return found;
  }
  return null;
}

/** As it is started, whatever it says itself: no new privileges, and what of the kernel is hidden from all. */
export function confined(hostConfig: HostConfig): HostConfig {
  const others = (hostConfig.SecurityOpt ?? []).filter((option) => !/^no-new-privileges(?:[=:]|$)/.test(option));
  const { MaskedPaths: masked, ReadonlyPaths: readonly } = hostConfig;
  return {
    ...hostConfig,
    SecurityOpt: [...others, 'no-new-privileges'],
    ...(masked === undefined || masked === null ? {} : { MaskedPaths: union(masked, MASKED_PATHS) }),
    ...(readonly === undefined || readonly === null ? {} : { ReadonlyPaths: union(readonly, READONLY_PATHS) }),
  };
}

function union(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...some, ...others])];
}

/** Directories that are the system's, by which those with other names can be known again. */
export const KNOWN_PLACES: readonly string[] = ['/', '/var', ...SYSTEM_PLACES, ...PROGRAM_PLACES];

/** A profile of one's own can allow everything. */
function loosens(option: string): boolean {
  const [, key = option, value = ''] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
  switch (key) {
    case 'seccomp':
      return value !== 'builtin';
    case 'systempaths':
      return value === 'unconfined';
    case 'apparmor':
      return value !== '' && !DEFAULT_PROFILE_NAMES.includes(value);
    case 'label':
      // Levels keep containers from one another; what they are keeps them from the host.
      return !value.startsWith('level:');
    case 'writable-cgroups':
      return value !== 'false';
    default:
      return false;
  }
}

/** A profile is sent as a whole. */
function shortened(option: string): string {
  return option.length > 60 ? option.replace(/([=:]).*$/s, '$1PROFILE') : option;
}

function first<T>(flag: string, list: readonly T[] | null | undefined, name: (one: T) => string): string | null {
  const [one] = list ?? [];
  return one === undefined ? null : `${flag} ${name(one)}`.trimEnd();
}

function isKept(place: string, readonly: boolean, own: readonly string[]): boolean {
  if ([...SYSTEM_PLACES, ...own].some((kept) => isIn(place, kept) || isIn(kept, place))) return true;
  return !readonly && PROGRAM_PLACES.some((kept) => isIn(place, kept));
}

/** Whether a path is a place or lies below it. */
function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(place === '/' ? '/' : `${place}/`);
}

function named(name: string, place: string): string {
  return name === place ? name : `${name} (${place})`;
}
