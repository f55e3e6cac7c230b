import type { Duplex, Readable } from 'node:stream';
import type { LayerSink } from '../store/layer-messages.ts';
import type { StorageLauncher } from './storage.ts';
import type {
  AppliedLayer,
  CgroupStep,
  DefaultRoutes,
  EndpointStep,
  ExecPlan,
  ExitRecord,
  LaunchPlan,
  ProcessIdentity,
} from './types.ts';

/**
 * A container's (or exec's) process with its monitor, as the engine holds it. All calls go over the monitor's socket;
 * the monitor outlives the engine, and `adopt` finds it again.
 */
export interface Supervised {
  readonly id: string;
  /** The process in the launcher's pid namespace (what `docker inspect` shows as State.Pid). */
  readonly process: ProcessIdentity;
  /** Nanoseconds since the epoch; 0n until `start` resolved. */
  readonly startedAt: bigint;
  /** Host ports in the order of the plan's `network.ports`, with port 0 replaced by the real one. */
  readonly hostPorts: readonly number[];
  /** What could not be applied as asked (clamped rlimits, cgroup files that are absent). */
  readonly warnings: readonly string[];
  /** Stamp of the host's firewall when the container was put on its networks (see FirewallStamp); 0n for none. */
  readonly firewall: bigint;
  /**
   * Opens a byte stream to the process. Without a tty the output is in Docker's frames (8-byte header: stream type,
   * 3 zero bytes, big-endian length); with one it is raw. Ending the writable side is end of file on stdin.
   * Output produced before the first attach is not lost when attach comes before `start`.
   */
  attach(streams: { stdin: boolean; stdout: boolean; stderr: boolean }): Promise<Duplex>;
  /** Lets the prepared process exec. Resolves when execve succeeded; rejects with LaunchError. */
  start(): Promise<void>;
  /** Sends a signal to the first process only (pidfd_send_signal). Rejects when it is gone. */
  kill(signal: number): Promise<void>;
  resize(rows: number, columns: number): Promise<void>;
  /** Freezes every process (cgroup freezer; SIGSTOP to each when there is no cgroup). */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Published ports lead to this address of the container from now on (those of its family). */
  retarget(address: string): Promise<void>;
  /** Resolves once the exit record is on disk and the log is complete. Never rejects. */
  readonly exited: Promise<ExitRecord>;
  /** Closes the engine's connection; the process goes on. */
  release(): void;
}

/** The resident launcher of one engine. */
export interface Launcher {
  /** True when it runs in a user namespace of its own. */
  readonly rootless: boolean;
  /** Number of ids mapped, 1 when there are no subordinate ranges. */
  readonly mappedIds: number;
  /** The zygote that was found or started first. */
  readonly pid: number;
  /** Files of containers and volumes. */
  readonly storage: StorageLauncher;
  /**
   * Prepares a container up to the point before exec. Rejects with LaunchError and leaves nothing behind. With
   * `goAtOnce` the process does not wait there: `start` only tells how its exec went.
   */
  launch(plan: LaunchPlan, goAtOnce?: boolean): Promise<Supervised>;
  /** Prepares a process in a running container up to the point before exec. */
  exec(plan: ExecPlan): Promise<Supervised>;
  /** Reconnects to the monitor at `socketPath`; null when nobody listens there (then read the exit record). */
  adopt(id: string, socketPath: string, stateDirectory: string): Promise<Supervised | null>;
  /** The exit record in `stateDirectory`, or null. */
  readExit(stateDirectory: string): Promise<ExitRecord | null>;
  /**
   * Applies an uncompressed layer tar to the empty directory `destination` (OCI layer rules, hostile input expected).
   * `parents` are the lower diff directories, topmost first, for hard links into them. Rejects on anything invalid;
   * the caller removes the directory.
   */
  applyLayer(tar: Readable, destination: string, parents: readonly string[]): Promise<AppliedLayer>;
  /** Where a thread of its own can send such a tar, by itself. */
  layerSink(destination: string, parents: readonly string[]): Promise<LayerSink>;
  /** Removes a directory tree with whatever owners it has. Missing is fine. */
  removeTree(path: string): Promise<void>;
  /**
   * Kills what is in these cgroup directories and removes them; missing is fine. For a container whose monitor was
   * killed: an ordinary end leaves none.
   */
  removeCgroups(paths: readonly string[]): Promise<void>;
  /**
   * Writes new limits into the control groups of a running container (paths and writes as in its launch plan). Rejects
   * with what the kernel refused; what was written before stays.
   */
  updateCgroups(cgroups: readonly CgroupStep[]): Promise<void>;
  /** Makes a directory owned by root of the container (an overlay upper or work directory, a volume). */
  makeDirectory(path: string, mode: number): Promise<void>;
  /**
   * Tells the file system that the subdirectories of these directories have nothing to do with each other, so that each
   * gets a place of its own on the disk (chattr(1), T). A hint, which ext4 takes; missing directories are passed over.
   */
  spreadSubdirectories(paths: readonly string[]): Promise<void>;
  /** Makes the bridge (idempotent): addresses with prefix length. In the shared network namespace when rootless. */
  ensureBridge(bridge: {
    name: string;
    addresses: readonly string[];
    mtu: number;
    /** Mark (ifalias) of a bridge that is made by this call; one that was there before keeps its own. */
    alias?: string;
  }): Promise<void>;
  /**
   * Makes an interface that others can be on, and brings it up: VLAN `vlan` of `master`, or where that is '' one without a
   * link to anything (dummy). One that is there is left as it is.
   */
  ensureParent(parent: { name: string; master: string; vlan: number; alias: string }): Promise<void>;
  /** Removes a bridge, or any other interface that is beside them; missing is fine. */
  removeInterface(name: string): Promise<void>;
  /** Removes the bridge or parent if it bears this mark; missing, or another's, is fine. */
  removeOwnBridge(name: string, alias: string): Promise<void>;
  /** Removes all bridges and parents with this mark but those named in `keep`. */
  sweepBridges(alias: string, keep: readonly string[]): Promise<void>;
  /** Gives a running container one more interface; the step's gateways, if any, become its default routes. */
  connectEndpoint(container: ProcessIdentity, endpoint: EndpointStep): Promise<void>;
  /** Takes an interface away, and sets the default routes that hold then. */
  disconnectEndpoint(container: ProcessIdentity, interfaceName: string, routes: DefaultRoutes): Promise<void>;
  /** Starts answering names in a running container that was started without a resolver. */
  startResolver(container: ProcessIdentity, table: string): Promise<void>;
  /**
   * Runs a program of the host where the bridges are (nft) with `input` on stdin. When an argument is `{netns}`, the
   * program stays in the host's network namespace and finds a path of the other one in its place (pasta). Rootless, a
   * daemon it leaves behind lives as long as the launcher or any container does. `firewall`: the host's stamp after it.
   */
  runHelper(argv: readonly string[], input: string): Promise<{ exitCode: number; output: string; firewall: bigint }>;
  /** Ends the zygote. Monitors go on. */
  close(): Promise<void>;
}
