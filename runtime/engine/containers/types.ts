import type { ContainerConfig, HostConfig } from './config.ts';
import type { HealthState } from './health.ts';
import type { ContainerLabels } from './selinux-plan.ts';
import type { UserMount } from './user-mount.ts';

/**
 * Life cycle of a container, as Docker's State.Status has it.
 *
 *   created -> running <-> paused
 *   running -> exited | restarting -> running
 *   created | exited -> removing -> (gone)
 *
 * `running` is recorded after the process exists and `exited` after its exit record is on disk; the engine may be
 * killed between any two steps and finds the truth again from the monitor's socket and the exit record.
 */
export type ContainerStatus = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface ContainerState {
  readonly status: ContainerStatus;
  /** Process id on the host, 0 when none runs. */
  readonly pid: number;
  /** Start time of that process in clock ticks since boot, as a decimal string; '' when none runs. */
  readonly processStartTime: string;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why the last start failed; '' when it did not. */
  readonly error: string;
  /** RFC 3339 with nanoseconds; Go's zero time when it never happened. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly restartCount: number;
  /** A person stopped it: restart policy `unless-stopped` then leaves it. */
  readonly manuallyStopped: boolean;
  /** Set with `removing`: its anonymous volumes go with it. */
  readonly removesVolumes?: boolean;
  /** Addresses on its networks while it runs. */
  readonly endpoints: readonly EndpointState[];
  /** Published ports while it runs. */
  readonly ports: readonly PublishedPort[];
  /** The host's ends of the last run's interfaces, which may still be there; absent in records that are older. */
  readonly lastInterfaces?: readonly string[];
  /** Absent without a health check. */
  readonly health?: HealthState | undefined;
}

export interface EndpointState {
  readonly networkId: string;
  readonly networkName: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  /** '' and 0 on a network without IPv6; the IPv4 ones likewise without IPv4. */
  readonly address6: string;
  readonly prefixLength6: number;
  readonly gateway6: string;
  readonly macAddress: string;
  /** 64 hexadecimal digits, new with each attachment. */
  readonly endpointId: string;
  /** Names of the two ends of the veth pair: in the container, and on the bridge. */
  readonly interfaceName: string;
  readonly hostInterfaceName: string;
}

export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp';
  readonly containerPort: number;
  readonly hostAddress: string;
  /** 0 for one that is open. */
  readonly hostPort: number;
  /** It is reached by the container's own address, whose network is routed; nobody listens on the host. */
  readonly open?: true;
}

export interface ContainerRecord {
  readonly id: string;
  readonly name: string;
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  /** `sha256:...` of the image's configuration. */
  readonly imageId: string;
  /** The reference the container was created with. */
  readonly imageName: string;
  /** After merging with the image's configuration. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** Entrypoint and command as run. */
  readonly args: readonly string[];
  readonly state: ContainerState;
  /** What is mounted, volumes by name; null in records that are older than named mounts. See `mountsOf`. */
  readonly mounts: readonly UserMount[] | null;
  /** How its root filesystem was made: an overlay of the image's layers, or a copy of them. */
  readonly root: 'overlay' | 'copy';
  /** Of SELinux; absent: it was made where containers had none. */
  readonly labels?: ContainerLabels;
}

/** Go's zero time, which Docker shows for "never". */
export const NEVER = '0001-01-01T00:00:00Z';

export const INITIAL_STATE: ContainerState = {
  status: 'created',
  pid: 0,
  processStartTime: '',
  exitCode: 0,
  oomKilled: false,
  error: '',
  startedAt: NEVER,
  finishedAt: NEVER,
  restartCount: 0,
  manuallyStopped: false,
  endpoints: [],
  ports: [],
};

/** What a state tells of networks when a run is over: nothing but what it may have left there. */
export function offNetworks({
  endpoints,
  lastInterfaces = [],
}: ContainerState): Pick<ContainerState, 'endpoints' | 'ports' | 'lastInterfaces'> {
  const used = endpoints.map(({ hostInterfaceName }) => hostInterfaceName);
  return { endpoints: [], ports: [], lastInterfaces: used.length > 0 ? used : lastInterfaces };
}
