import { existsSync, readdirSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import { compileSeccompCached, defaultSeccompProfile } from '../seccomp/default-profile.ts';
import type { SeccompContext, SeccompProfile } from '../seccomp/profile.ts';
import { NO_APPARMOR, type AppArmorFacts } from '../system/apparmor.ts';
import { apparmorProfile } from './apparmor-plan.ts';
import { containerCapabilities } from './capabilities.ts';
import { processEnvironment } from './command.ts';
import type { ContainerConfig, HostConfig } from './config.ts';
import { ociHooks, requestedDevices } from './device-requests.ts';
import { ALL_DEVICES, DEFAULT_DEVICE_RULES, DEFAULT_DEVICES } from './devices.ts';
import type { PlacedMount } from './placed-mounts.ts';
import type { OciMount, OciNamespace, OciProcess, OciSpec } from './oci-spec.ts';
import { ociResources } from './resources.ts';
import { rlimitsOf } from './rlimits.ts';
import { NO_LABELS, type ContainerLabels } from './selinux-plan.ts';
import { parseSecurityOptions } from './security-options.ts';

/** What a specification depends on besides the container's own configuration. */
export interface SpecInput {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly args: readonly string[];
  readonly hostname: string;
  /** Of a build: its variables are those of the image and the build, and no more. */
  readonly isStep?: boolean;
  /** Variables that legacy links bring. */
  readonly linkVariables?: readonly string[];
  /** User mounts with volumes already resolved to host paths. */
  readonly mounts: readonly PlacedMount[];
  /** Host paths of the files the engine writes for the container. */
  readonly files: { readonly hosts: string; readonly hostname: string; readonly resolvConf: string };
  /** Namespace sources by `/proc` path; absent means new, null means the host's. */
  readonly namespacePaths: Readonly<Partial<Record<OciNamespace, string | null>>>;
  /** Of SELinux; absent: none. */
  readonly labels?: ContainerLabels | undefined;
  readonly host: {
    readonly kernel: readonly [number, number];
    readonly rootless: boolean;
    /** Capabilities the engine's launcher has. */
    readonly capabilities: bigint;
    /** Where devices are described; absent: in the usual places. */
    readonly cdiDirectories?: readonly string[] | undefined;
    /** Absent: there is none. */
    readonly apparmor?: AppArmorFacts | undefined;
  };
}

/** 64 MiB, Docker's default size of /dev/shm. */
const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;

/** Docker's masked paths; thermal_throttle is per processor and leaks the host's temperature history. */
export const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
  ...thermalPaths(),
];

export const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

function thermalPaths(): string[] {
  try {
    return readdirSync('/sys/devices/system/cpu')
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => `/sys/devices/system/cpu/${name}/thermal_throttle`)
      .filter((path) => existsSync(path));
  } catch {
    return []; // No sysfs on this host: nothing to mask.
  }
}

/** Turns a container's configuration into an OCI runtime specification object. Pure but for device lookups. */
export function buildSpec(input: SpecInput): OciSpec {
  const { config, hostConfig } = input;
  const privileged = hostConfig.Privileged === true;
  const security = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  const unmasked = privileged || security.systemPathsUnconfined;
  const extra = requestedDevices(hostConfig, privileged, input.host.cdiDirectories);
  const hooks = ociHooks(extra);
  // A node that was asked for takes the place of the one every container has.
  const nodes = [
    ...DEFAULT_DEVICES.filter(({ path }) => !extra.devices.some((one) => one.path === path)),
    ...extra.devices,
  ];
  return {
    ociVersion: '1.2.0',
    process: buildProcess(input, {
      privileged,
      environment: [
        ...processEnvironment(config, input.isStep === true ? '' : input.hostname, input.linkVariables),
        ...extra.environment,
      ],
      args: input.args,
      user: config.User ?? '',
      cwd:
        config.WorkingDir === undefined || config.WorkingDir === null || config.WorkingDir === ''
          ? '/'
          : config.WorkingDir,
      terminal: config.Tty === true,
      groups: extra.groups,
    }),
    root: { path: 'rootfs', readonly: hostConfig.ReadonlyRootfs === true },
    hostname: input.hostname,
    domainname: config.Domainname ?? '',
    mounts: [...allMounts(input, privileged), ...extra.mounts],
    linux: {
      namespaces: namespaces(input),
      devices: bringsDevices(input) ? [] : nodes,
      sysctl: sysctls(input),
      maskedPaths: hostConfig.MaskedPaths ?? (unmasked ? [] : MASKED_PATHS),
      readonlyPaths: hostConfig.ReadonlyPaths ?? (unmasked ? [] : READONLY_PATHS),
      resources: ociResources(hostConfig, privileged ? ALL_DEVICES : [...DEFAULT_DEVICE_RULES, ...extra.rules]),
      seccomp: seccompFor(input, privileged),
    },
    ...(hooks === undefined ? {} : { hooks }),
  };
}

/** What differs between a container's first process and an exec. */
export interface ProcessOptions {
  readonly privileged: boolean;
  readonly environment: readonly string[];
  readonly args: readonly string[];
  readonly user: string;
  readonly cwd: string;
  readonly terminal: boolean;
  /** Further groups besides `--group-add`. */
  readonly groups?: readonly string[];
}

/** The `process` object of a container's first process or of an exec. */
export function buildProcess(
  input: Pick<SpecInput, 'hostConfig' | 'host' | 'labels'>,
  options: ProcessOptions,
): OciProcess {
  const { hostConfig, host, labels = NO_LABELS } = input;
  const capabilities = containerCapabilities(
    { add: hostConfig.CapAdd ?? [], drop: hostConfig.CapDrop ?? [], privileged: options.privileged },
    host.capabilities,
  );
  const [height, width] = hostConfig.ConsoleSize ?? [];
  return {
    terminal: options.terminal,
    ...(height !== undefined && width !== undefined && height > 0 && width > 0
      ? { consoleSize: { height, width } }
      : {}),
    user: {
      username: options.user,
      additionalGroups: [...(hostConfig.GroupAdd ?? []), ...(options.groups ?? [])],
      umask: 0o022,
    },
    args: options.args,
    env: options.environment,
    cwd: options.cwd,
    // Inheritable and ambient stay empty: a program run by a non-root user must not gain them (CVE-2022-24769).
    capabilities: {
      bounding: capabilities,
      effective: capabilities,
      permitted: capabilities,
      inheritable: [],
      ambient: [],
    },
    rlimits: rlimitsOf(hostConfig.Ulimits ?? []),
    noNewPrivileges: parseSecurityOptions(hostConfig.SecurityOpt ?? []).noNewPrivileges,
    apparmorProfile: apparmorProfile(hostConfig, host.apparmor ?? NO_APPARMOR),
    // Whatever is asked for beside it; an exec's own privileges change nothing.
    labels: hostConfig.Privileged === true ? { ...labels, process: '' } : labels,
    // An ordinary user may not lower it to 0, and need not: its processes are not protected from the OOM killer.
    oomScoreAdj: host.rootless && (hostConfig.OomScoreAdj ?? 0) === 0 ? null : (hostConfig.OomScoreAdj ?? 0),
  };
}

/** The policy of a container, and what its conditions are judged by; null for none. */
export function seccompPolicy(
  input: Pick<SpecInput, 'hostConfig' | 'host'>,
  privileged: boolean,
): { profile: SeccompProfile; context: SeccompContext } | null {
  const { seccomp } = parseSecurityOptions(input.hostConfig.SecurityOpt ?? []);
  if (seccomp === 'unconfined' || (privileged && seccomp === null)) return null;
  const capabilities = containerCapabilities(
    { add: input.hostConfig.CapAdd ?? [], drop: input.hostConfig.CapDrop ?? [], privileged },
    input.host.capabilities,
  );
  const context = { capabilities: new Set(capabilities), kernel: input.host.kernel };
  return { profile: seccomp ?? defaultSeccompProfile(), context };
}

/** The compiled policy of a container; an exec into it gets the same unless it is privileged. */
export function seccompFor(input: Pick<SpecInput, 'hostConfig' | 'host'>, privileged: boolean): Uint8Array {
  const policy = seccompPolicy(input, privileged);
  return policy === null ? new Uint8Array() : compileSeccompCached(policy.profile, policy.context);
}

/** The files that the engine writes, which go with the root's access. */
function networkFiles({ hostConfig, files }: SpecInput): OciMount[] {
  const options = ['bind', 'rprivate', ...(hostConfig.ReadonlyRootfs === true ? ['ro'] : [])];
  return [
    { destination: '/etc/resolv.conf', type: 'bind', source: files.resolvConf, options },
    { destination: '/etc/hostname', type: 'bind', source: files.hostname, options },
    { destination: '/etc/hosts', type: 'bind', source: files.hosts, options },
  ];
}

/** All mounts, each after those that would hide it. */
function allMounts(input: SpecInput, privileged: boolean): OciMount[] {
  const own = input.mounts.map(({ oci }) => oci);
  const files = networkFiles(input).filter(({ destination }) => !own.some((one) => one.destination === destination));
  const system = systemMounts(input, privileged);
  // On a volume of its own for /etc they come after it, unless nothing can be made there.
  const etc = own.findIndex(({ destination, options }) => destination === '/etc' && !options.includes('ro'));
  if (etc < 0) return [...system, ...files, ...own];
  return [...system, ...own.slice(0, etc + 1), ...files, ...own.slice(etc + 1)];
}

/** Whether /dev is a mount of the caller's (`-v /dev:/dev`), in which nothing is made: its nodes are what there is. */
function bringsDevices({ mounts }: SpecInput): boolean {
  return mounts.some(({ oci }) => oci.destination === '/dev' && oci.type !== 'tmpfs');
}

function systemMounts(input: SpecInput, privileged: boolean): OciMount[] {
  const { hostConfig } = input;
  const sys = privileged ? [] : ['ro'];
  const { writableCgroups } = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  const cgroups = (writableCgroups ?? privileged) ? [] : ['ro'];
  const shmBytes =
    hostConfig.ShmSize === undefined || hostConfig.ShmSize === null || hostConfig.ShmSize === 0
      ? DEFAULT_SHM_BYTES
      : hostConfig.ShmSize;
  const hardened = ['nosuid', 'noexec', 'nodev'];
  const owned = new Set(input.mounts.map(({ oci }) => oci.destination));
  const mounts: OciMount[] = [
    { destination: '/proc', type: 'proc', source: 'proc', options: hardened },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...hardened, ...sys] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...hardened, ...cgroups] },
    ...messageQueues(input, hardened),
    hostConfig.IpcMode === 'host'
      ? { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate', ...hardened] }
      : {
          destination: '/dev/shm',
          type: 'tmpfs',
          source: 'shm',
          options: [...hardened, 'mode=1777', `size=${shmBytes}`],
        },
  ];
  // `--ipc none`: nothing to share memory with.
  if (hostConfig.IpcMode === 'none') owned.add('/dev/shm');
  const isOver = (path: string): boolean => owned.has('/dev') && path.startsWith('/dev/');
  return mounts.filter(({ destination }) => !owned.has(destination) && !isOver(destination));
}

/** An ordinary user cannot mount the host's queues, but may have what the host has mounted, if it has. */
function messageQueues({ hostConfig, host }: SpecInput, hardened: readonly string[]): OciMount[] {
  const destination = '/dev/mqueue';
  if (!host.rootless || hostConfig.IpcMode !== 'host')
    return [{ destination, type: 'mqueue', source: 'mqueue', options: hardened }];
  if (!existsSync(destination)) return [];
  return [{ destination, type: 'bind', source: destination, options: ['rbind', 'rprivate', ...hardened] }];
}

function namespaces(input: SpecInput): OciSpec['linux']['namespaces'] {
  const all: OciNamespace[] = ['mount', 'pid', 'ipc', 'uts', 'network', 'cgroup'];
  return all.flatMap((type) => {
    const path = input.namespacePaths[type];
    if (path === null) return [];
    return [path === undefined ? { type } : { type, path }];
  });
}

/** Settings Docker gives every network namespace of its own: unprivileged ports and ping. */
function sysctls(input: SpecInput): Record<string, string> {
  const own = input.hostConfig.Sysctls ?? {};
  for (const name of Object.keys(own)) assertNamespaced(name, input);
  const network: Record<string, string> =
    input.namespacePaths.network === undefined
      ? {
          'net.ipv4.ip_unprivileged_port_start': '0',
          // The range must be mapped, and a user namespace maps fewer groups than the kernel has.
          ...(input.host.rootless ? {} : { 'net.ipv4.ping_group_range': '0 2147483647' }),
        }
      : {};
  return { ...network, ...own };
}

const IPC_SYSCTL = /^(?:kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\.[\w.]+)$/;

/** Only sysctls of a namespace that is the container's own may be set. Throws `invalid`. */
function assertNamespaced(name: string, input: SpecInput): void {
  if (IPC_SYSCTL.test(name) && input.namespacePaths.ipc !== null) return;
  if (/^net\.[\w./-]+$/.test(name) && !name.includes('..') && input.namespacePaths.network === undefined) return;
  if (name === 'kernel.domainname' && input.namespacePaths.uts !== null) return;
  throw new EngineError('invalid', `sysctl "${name}" is not in a separate kernel namespace`);
}
