import type {
  CapabilityMasks,
  CgroupStep,
  LaunchPlan,
  MountStep,
  NamespaceSource,
  NetworkPlan,
  ProcessPlan,
} from '../launcher/types.ts';
import { capabilityMask } from './capabilities.ts';
import type { LogRotation } from './log-config.ts';
import type { OciMount, OciNamespace, OciProcess, OciSpec } from './oci-spec.ts';
import { rlimitNumber } from './rlimits.ts';

/** What a launch plan needs beyond the specification: where things are on this host. */
export interface PlanInput {
  readonly id: string;
  readonly stateDirectory: string;
  readonly socketPath: string;
  readonly logPath: string | null;
  readonly logRotation: LogRotation;
  readonly durableExit: boolean;
  readonly init: boolean;
  readonly openStdin: boolean;
  readonly stdinOnce: boolean;
  readonly root: {
    readonly lower: readonly string[];
    readonly upper: string;
    readonly work: string;
    readonly volatile: boolean;
  };
  readonly namespaces: Readonly<Partial<Record<OciNamespace, NamespaceSource>>>;
  readonly cgroups: readonly CgroupStep[];
  readonly network: Omit<NetworkPlan, 'sysctls' | 'namespace'>;
}

/** Compiles a specification to the launcher's plan of plain steps. Pure. */
export function compilePlan(spec: OciSpec, input: PlanInput): LaunchPlan {
  const source = (type: OciNamespace): NamespaceSource =>
    input.namespaces[type] ?? (spec.linux.namespaces.some((namespace) => namespace.type === type) ? 'new' : 'host');
  const sysctls = Object.entries(spec.linux.sysctl).map(([name, value]) => ({ name, value }));
  return {
    id: input.id,
    stateDirectory: input.stateDirectory,
    socketPath: input.socketPath,
    logPath: input.logPath,
    logRotation: input.logRotation,
    durableExit: input.durableExit,
    init: input.init,
    process: processPlan(spec.process, spec.linux.seccomp, input),
    root: { ...input.root, readonly: spec.root.readonly },
    mounts: spec.mounts.map(mountStep),
    devices: spec.linux.devices.map(({ fileMode, hostPath, ...device }) => ({
      ...device,
      mode: fileMode,
      source: hostPath ?? device.path,
    })),
    maskedPaths: spec.linux.maskedPaths,
    readonlyPaths: spec.linux.readonlyPaths,
    namespaces: { pid: source('pid'), ipc: source('ipc'), uts: source('uts'), cgroup: source('cgroup') },
    hostname: spec.hostname,
    domainname: spec.domainname,
    sysctls: sysctls.filter(({ name }) => !name.startsWith('net.')),
    cgroups: input.cgroups,
    network: {
      ...input.network,
      namespace: source('network'),
      sysctls: sysctls.filter(({ name }) => name.startsWith('net.')),
    },
  };
}

/** The process of a launch or of an exec. */
export function processPlan(
  process: OciProcess,
  seccomp: Uint8Array,
  io: { readonly openStdin: boolean; readonly stdinOnce: boolean },
): ProcessPlan {
  const { capabilities } = process;
  const masks: CapabilityMasks = {
    bounding: capabilityMask(capabilities.bounding),
    effective: capabilityMask(capabilities.effective),
    permitted: capabilityMask(capabilities.permitted),
    inheritable: capabilityMask(capabilities.inheritable),
    ambient: capabilityMask(capabilities.ambient),
  };
  return {
    args: process.args,
    env: process.env,
    cwd: process.cwd,
    user: process.user.username,
    additionalGroups: process.user.additionalGroups,
    capabilities: masks,
    noNewPrivileges: process.noNewPrivileges,
    apparmorProfile: process.apparmorProfile,
    selinuxLabel: process.labels.process,
    mountLabel: process.labels.mount,
    seccomp,
    rlimits: process.rlimits.map(({ type, soft, hard }) => ({ resource: rlimitNumber(type), soft, hard })),
    oomScoreAdj: process.oomScoreAdj,
    umask: process.user.umask,
    tty: process.terminal,
    openStdin: io.openStdin,
    stdinOnce: io.stdinOnce,
    consoleSize:
      process.consoleSize === undefined
        ? null
        : { rows: process.consoleSize.height, columns: process.consoleSize.width },
  };
}

const PROPAGATIONS: ReadonlySet<string> = new Set(['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared']);
const FLAGS: ReadonlySet<string> = new Set([
  'ro',
  'rro',
  'rw',
  'nosuid',
  'suid',
  'nodev',
  'dev',
  'noexec',
  'exec',
  'bind',
  'rbind',
  'newinstance',
  'noatime',
  'relatime',
  'strictatime',
]);

/** OCI mount options to the launcher's fields: known words are flags, the rest is the filesystem's data. */
export function mountStep(mount: OciMount): MountStep {
  const has = (word: string): boolean => mount.options.includes(word);
  const propagation = mount.options.find((word) => PROPAGATIONS.has(word)) ?? 'rprivate';
  return {
    type: mount.type,
    source: mount.source,
    destination: mount.destination,
    readonly: has('ro'),
    nosuid: has('nosuid'),
    nodev: has('nodev'),
    noexec: has('noexec'),
    recursive: has('rbind'),
    readonlyTopOnly: has('ro') && !has('rro') && has('rbind'),
    propagation: propagation as MountStep['propagation'],
    data: mount.options.filter((word) => !FLAGS.has(word) && !PROPAGATIONS.has(word)).join(','),
  };
}
