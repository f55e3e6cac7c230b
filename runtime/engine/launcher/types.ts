/**
 * What the engine asks of the launcher, in plain data. `wire.ts` encodes it, `client.ts` sends it, and the C side in
 * `runtime/launcher/` carries it out. Paths are absolute host paths unless a field says "inside".
 *
 * Terms are those of the OCI runtime specification 1.2.
 */

/** Where a namespace comes from: a new one, the one the launcher itself uses, or that of a running process. */
export type NamespaceSource = 'new' | 'host' | ProcessIdentity;

/** A process named so that a recycled pid is never mistaken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  readonly startTime: bigint;
}

export interface MountStep {
  /** 'bind', or the filesystem type: proc, tmpfs, devpts, mqueue, sysfs, cgroup, or any other (nfs4, ext4). */
  readonly type: string;
  /** Host path of a bind, what is mounted of another filesystem; ignored for those of the kernel itself. */
  readonly source: string;
  /** Absolute path inside the container, resolved there with openat2(RESOLVE_IN_ROOT); created when missing. */
  readonly destination: string;
  readonly readonly: boolean;
  readonly nosuid: boolean;
  readonly nodev: boolean;
  readonly noexec: boolean;
  /** Bind recursively (rbind). */
  readonly recursive: boolean;
  /** Of a recursive bind only the top mount is read-only; those below keep what they are. */
  readonly readonlyTopOnly?: boolean;
  /** Of a bind: there may be no symbolic link on the way to its source, or it fails. */
  readonly sourceWithoutLinks?: boolean;
  /** Propagation of the mount point: mount(2) MS_PRIVATE, MS_SLAVE, MS_SHARED, each recursive when prefixed with r. */
  readonly propagation: 'private' | 'rprivate' | 'slave' | 'rslave' | 'shared' | 'rshared';
  /**
   * Filesystem options, for example `size=65536k,mode=1777`. Of a bind: the path below `source` that is mounted, resolved
   * there with openat2(RESOLVE_IN_ROOT); '' for the source itself.
   */
  readonly data: string;
  /** Of another filesystem than a bind: the path in it of what is mounted, resolved likewise; none for all of it. */
  readonly part?: string;
}

export interface DeviceStep {
  readonly path: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The host's node, bound where a node may not be made; absent: at the same path. */
  readonly source?: string;
}

export interface CapabilityMasks {
  readonly bounding: bigint;
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

export interface RlimitStep {
  /** RLIMIT_* number of the kernel. */
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

/** What a process is, for a container's first process and for an exec alike. */
export interface ProcessPlan {
  readonly args: readonly string[];
  /** KEY=VALUE; HOME is added from the user's passwd entry when absent (as Docker does). */
  readonly env: readonly string[];
  /** Absolute path inside; created (for a container) when missing. */
  readonly cwd: string;
  /**
   * `user[:group]`, names or numbers, '' for root; looked up in the container's own /etc/passwd and /etc/group
   * (regular files only, opened in-root, size-capped) without running anything.
   */
  readonly user: string;
  /** Further groups, names or numbers (`--group-add`). */
  readonly additionalGroups: readonly string[];
  readonly capabilities: CapabilityMasks;
  readonly noNewPrivileges: boolean;
  /** Of AppArmor, which it enters at its execve; '' for what the launcher itself has. */
  readonly apparmorProfile: string;
  /** Of SELinux, which it has from its execve on; '' for that of the launcher itself. */
  readonly selinuxLabel: string;
  /** Of SELinux: of all that is mounted anew for it, and of its pipes; '' for what the kernel gives. */
  readonly mountLabel: string;
  /** struct sock_filter array as bytes; empty for unconfined. */
  readonly seccomp: Uint8Array;
  readonly rlimits: readonly RlimitStep[];
  readonly oomScoreAdj: number | null;
  readonly umask: number;
  readonly tty: boolean;
  /** False: stdin is /dev/null. */
  readonly openStdin: boolean;
  /** Close the process's stdin when the first attached client that brought stdin goes away. */
  readonly stdinOnce: boolean;
  /** Size of the terminal at start, or null for the kernel's default. */
  readonly consoleSize: { readonly rows: number; readonly columns: number } | null;
}

/** One cgroup directory to make, to put the container into, and to remove at the end. */
export interface CgroupStep {
  /** Absolute path, for example /sys/fs/cgroup/memory/berth/<id>. Parents are made too. */
  readonly path: string;
  /** Files to write before the process joins, in order; a failing `required: false` becomes a warning. */
  readonly writes: readonly { readonly file: string; readonly value: string; readonly required: boolean }[];
  /** The cgroup v2 directory (also on hybrid hosts): used for CLONE_INTO_CGROUP, cgroup.kill and cgroup.freeze. */
  readonly unified: boolean;
  /** v1 only: holds the freezer, so pause can use it. */
  readonly freezer: boolean;
  /** v2 only: struct bpf_insn array of a BPF_PROG_TYPE_CGROUP_DEVICE program to attach; empty for none. */
  readonly deviceProgram: Uint8Array;
}

export interface PortStep {
  readonly protocol: 'tcp' | 'udp';
  readonly hostAddress: string;
  /** 0: the kernel picks one; the answer carries it. */
  readonly hostPort: number;
  /** Any port from `hostPort` to this one will do; the same as `hostPort` for just that one. */
  readonly lastHostPort: number;
  /**
   * Under the same number as the step before it, with which it is taken or left; the answer has 0 for it when the host
   * lacks its address family.
   */
  readonly tied: boolean;
  readonly containerAddress: string;
  readonly containerPort: number;
}

/**
 * How an interface is joined to one of the host: as the other end of a port of a bridge, which may reach no other isolated
 * port, or as one more of a parent. Mode and flags by the kernel's numbers (linux/if_link.h).
 */
export type EndpointLink =
  | { readonly kind: 'veth'; readonly isolated: boolean }
  | { readonly kind: 'macvlan' | 'ipvlan'; readonly mode: number; readonly flags: number };

/** One interface of the container, on a bridge that `ensureBridge` has made or on a parent. */
export interface EndpointStep {
  /** Name of the bridge, or of the parent. */
  readonly bridge: string;
  readonly link: EndpointLink;
  /** Name inside, for example eth0. */
  readonly interfaceName: string;
  /** Name of the bridge-side end of the veth pair; at most 15 bytes. '' on a parent. */
  readonly hostInterfaceName: string;
  /** Addresses with prefix length, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  /** xx:xx:xx:xx:xx:xx; '' for that of the parent (ipvlan). */
  readonly macAddress: string;
  /** Default gateways; empty for none. An unspecified address stands for the interface itself. */
  readonly gateways: readonly string[];
  /** 0: the kernel's own. */
  readonly mtu: number;
  /** Of this interface alone, set before it is up. A slash stands for a dot in the interface's name. */
  readonly sysctls: readonly { readonly name: string; readonly value: string }[];
}

/** Where a container's default routes go from now on. */
export interface DefaultRoutes {
  /** Name inside; '' for nowhere. */
  readonly interfaceName: string;
  readonly gateways: readonly string[];
}

export interface NetworkPlan {
  readonly namespace: NamespaceSource;
  readonly endpoints: readonly EndpointStep[];
  readonly ports: readonly PortStep[];
  readonly sysctls: readonly { readonly name: string; readonly value: string }[];
  /** Table from which names are answered at 127.0.0.11 (README.md, "Names"); '' for no resolver. */
  readonly resolver: string;
}

export interface RootFilesystem {
  /** Overlay lower directories, topmost first; at least one. */
  readonly lower: readonly string[];
  readonly upper: string;
  /** '': `upper` is a whole copy of the layers, to be mounted as it is. */
  readonly work: string;
  /** Skip syncs (`volatile`): only for containers that need not survive a crash of the machine. */
  readonly volatile: boolean;
  readonly readonly: boolean;
}

export interface LaunchPlan {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Directory of the container in the data root. The monitor writes `exit` (and the log) here. */
  readonly stateDirectory: string;
  /** Path at which the monitor listens; at most 107 bytes. */
  readonly socketPath: string;
  /** Path of the log file, or null for log driver none. See `runtime/launcher/README.md` for its record format. */
  readonly logPath: string | null;
  /** At `maximumSize` bytes the log becomes `<log>.<number>`; `maximumFiles` are kept with the one in use. Absent: never. */
  readonly logRotation?: { readonly maximumSize: number; readonly maximumFiles: number };
  /** fsync the exit record. False for containers removed at exit. */
  readonly durableExit: boolean;
  /** Run the launcher's own reaping init as pid 1 (`--init`). */
  readonly init: boolean;
  readonly process: ProcessPlan;
  readonly root: RootFilesystem;
  readonly mounts: readonly MountStep[];
  readonly devices: readonly DeviceStep[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly namespaces: {
    readonly pid: NamespaceSource;
    readonly ipc: NamespaceSource;
    readonly uts: NamespaceSource;
    readonly cgroup: NamespaceSource;
  };
  readonly hostname: string;
  readonly domainname: string;
  /** Sysctls outside net.* (those are in `network`). */
  readonly sysctls: readonly { readonly name: string; readonly value: string }[];
  readonly cgroups: readonly CgroupStep[];
  readonly network: NetworkPlan;
  /** Another OCI runtime that makes the process; absent: the launcher is the runtime. */
  readonly runtime?: RuntimeStep;
}

/** How another OCI runtime is run. */
export interface RuntimeStep {
  readonly program: string;
  /**
   * The config.json in three parts. The launcher writes the object of `process.user` between the first two, and an
   * element with HOME after the elements of `process.env`, with which the second ends.
   */
  readonly config: readonly [string, string, string];
}

export interface ExecPlan {
  /** 64 hexadecimal digits of the exec. */
  readonly id: string;
  readonly socketPath: string;
  /** The container's first process, whose namespaces are joined. */
  readonly target: ProcessIdentity;
  readonly process: ProcessPlan;
  /** The container's cgroup directories (as in its launch plan). */
  readonly cgroups: readonly CgroupStep[];
  /**
   * The process is restricted before there is it, so that nothing in the container ever sees it with more than it may have.
   * Only where its filter permits what comes between its birth and its command (`permitsBirth`).
   */
  readonly restrictBeforeBirth: boolean;
}

/** How a process ended. */
export interface ExitRecord {
  /** 0-255, or 128+n for a signal, as a shell and Docker report it. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Nanoseconds since the epoch. */
  readonly startedAt: bigint;
  readonly finishedAt: bigint;
  /** The monitor went without a word and left no record: nothing of the container was tidied up. */
  readonly lost?: boolean;
}

/** Why a launch failed. `kind` decides Docker's exit code 125, 126 or 127. */
export type LaunchFailureKind =
  | 'command-not-found' // ENOENT of the command                      -> 127
  | 'command-not-executable' // EACCES, ENOEXEC, is a directory       -> 126
  | 'bad-user' // no such user or group in the container              -> 400-like
  | 'bad-cwd'
  | 'bad-mount' // a mount's source or destination is unusable
  | 'bad-label' // an AppArmor profile that cannot be entered, an SELinux label that cannot be given
  | 'port-in-use' // EADDRINUSE, or EACCES for a privileged port
  | 'process-gone' // exec into a container that is not running
  | 'no-answer' // the launcher's process is stopped, or hangs      -> 409
  | 'internal';

export class LaunchError extends Error {
  readonly kind: LaunchFailureKind;
  /** errno of the failing system call, or 0. */
  readonly errno: number;

  constructor(kind: LaunchFailureKind, message: string, errno: number) {
    super(message);
    this.name = 'LaunchError';
    this.kind = kind;
    this.errno = errno;
  }
}

/** Whether an error, or what caused it, is that the launcher ended before it answered: what it was asked may be asked again. */
export function isLauncherGone(error: unknown): boolean {
  if (error instanceof LaunchError) return error.kind === 'process-gone';
  return error instanceof Error && error.cause !== undefined && isLauncherGone(error.cause);
}

/** Result of applying one layer. */
export interface AppliedLayer {
  /** Sum of the regular files' sizes, in bytes. */
  readonly size: number;
  readonly entries: number;
  readonly warnings: readonly string[];
}
