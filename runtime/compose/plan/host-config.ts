import type { Project, Service } from '../model/project.ts';
import type { ContainerFacts } from './create-body.ts';
import { networkMode } from './endpoints.ts';
import { plannedMounts } from './mounts.ts';
import { portBindings } from './ports.ts';

/** Ids of containers of other services that a container shares a namespace or volumes with. */
export interface Joined {
  readonly network: string | null;
  readonly ipc: string | null;
  readonly pid: string | null;
  readonly uts: string | null;
  /** As the API takes them: `ID[:ro]`. */
  readonly volumesFrom: readonly string[];
  /** As the API takes them: `CONTAINER:ALIAS`. */
  readonly links: readonly string[];
}

/** `HostConfig` of a container. */
export function hostConfig(project: Project, service: Service, facts: ContainerFacts): Record<string, unknown> {
  const { joined } = facts;
  const { binds, mounts } = plannedMounts(project, service, facts);
  const namespace = (mode: string | undefined, container: string | null): string =>
    container === null ? (mode ?? '') : `container:${container}`;
  return {
    ...resources(service),
    ...(facts.autoRemove === true ? { AutoRemove: true } : {}),
    Annotations: service.annotations ?? {},
    Binds: binds,
    Mounts: mounts,
    Tmpfs: Object.fromEntries(
      (service.tmpfs ?? []).map((text) => {
        const [path = '', ...options] = text.split(':');
        return [path, options.join(':')];
      }),
    ),
    VolumesFrom: joined.volumesFrom,
    // On a network of the project they belong to the place there.
    ...(service.network_mode === 'bridge' || service.network_mode === 'default' ? { Links: joined.links } : {}),
    PortBindings: portBindings(service),
    NetworkMode: networkMode(project, service, joined),
    IpcMode: namespace(service.ipc, joined.ipc),
    PidMode: namespace(service.pid, joined.pid),
    UTSMode: namespace(service.uts, joined.uts),
    UsernsMode: service.userns_mode ?? '',
    CgroupnsMode: service.cgroup ?? '',
    RestartPolicy: restartPolicy(service),
    CapAdd: service.cap_add ?? [],
    CapDrop: service.cap_drop ?? [],
    Dns: service.dns ?? [],
    DnsOptions: service.dns_opt ?? [],
    DnsSearch: service.dns_search ?? [],
    ExtraHosts: service.extra_hosts ?? [],
    GroupAdd: service.group_add ?? [],
    ...(service.init === undefined ? {} : { Init: service.init }),
    LogConfig: { Type: service.logging?.driver ?? '', Config: service.logging?.options ?? {} },
    OomScoreAdj: service.oom_score_adj ?? 0,
    Privileged: service.privileged ?? false,
    ReadonlyRootfs: service.read_only ?? false,
    Runtime: service.runtime ?? '',
    SecurityOpt: service.security_opt ?? [],
    ShmSize: service.shm_size ?? 0,
    ...(service.storage_opt === undefined ? {} : { StorageOpt: service.storage_opt }),
    Sysctls: service.sysctls ?? {},
  };
}

function resources(service: Service): Record<string, unknown> {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const cpus = service.cpus ?? limits?.cpus;
  const throttle = (list: readonly { path: string; rate: number }[] | undefined): object[] =>
    (list ?? []).map(({ path, rate }) => ({ Path: path, Rate: rate }));
  const block = service.blkio_config;
  return {
    Memory: service.mem_limit ?? limits?.memory ?? 0,
    MemoryReservation: service.mem_reservation ?? reservations?.memory ?? 0,
    MemorySwap: service.memswap_limit ?? 0,
    ...(service.mem_swappiness === undefined ? {} : { MemorySwappiness: service.mem_swappiness }),
    NanoCpus: Math.round((cpus ?? 0) * 1e9),
    CpuCount: service.cpu_count ?? 0,
    CpuPercent: service.cpu_percent ?? 0,
    CpuShares: service.cpu_shares ?? 0,
    CpuPeriod: service.cpu_period ?? 0,
    CpuQuota: service.cpu_quota ?? 0,
    CpuRealtimePeriod: service.cpu_rt_period ?? 0,
    CpuRealtimeRuntime: service.cpu_rt_runtime ?? 0,
    CpusetCpus: service.cpuset ?? '',
    CgroupParent: service.cgroup_parent ?? '',
    PidsLimit: service.pids_limit ?? limits?.pids ?? 0,
    OomKillDisable: service.oom_kill_disable ?? false,
    BlkioWeight: block?.weight ?? 0,
    BlkioWeightDevice: (block?.weight_device ?? []).map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: throttle(block?.device_read_bps),
    BlkioDeviceReadIOps: throttle(block?.device_read_iops),
    BlkioDeviceWriteBps: throttle(block?.device_write_bps),
    BlkioDeviceWriteIOps: throttle(block?.device_write_iops),
    Devices: (service.devices ?? [])
      .filter(({ source }) => source.startsWith('/'))
      .map(({ source, target, permissions }) => ({
        PathOnHost: source,
        PathInContainer: target,
        CgroupPermissions: permissions,
      })),
    DeviceCgroupRules: service.device_cgroup_rules ?? [],
    DeviceRequests: deviceRequests(service),
    Ulimits: Object.entries(service.ulimits ?? {}).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
  };
}

/** GPUs, reserved devices, and devices named as CDI has it (`vendor.com/class=name`). */
function deviceRequests(service: Service): object[] {
  const asked = [
    ...(service.gpus ?? []).map((one) => ({ ...one, capabilities: one.capabilities ?? ['gpu'] })),
    ...(service.deploy?.resources?.reservations?.devices ?? []),
  ];
  const cdi = (service.devices ?? []).filter(({ source }) => !source.startsWith('/')).map(({ source }) => source);
  return [
    ...asked.map(({ driver = '', count, device_ids: ids = [], capabilities, options = {} }) => ({
      Driver: driver,
      // Without a count or ids everything is meant.
      Count: count === 'all' || (count === undefined && ids.length === 0) ? -1 : (count ?? 0),
      DeviceIDs: ids,
      Capabilities: [capabilities],
      Options: options,
    })),
    ...(cdi.length === 0 ? [] : [{ Driver: 'cdi', DeviceIDs: cdi }]),
  ];
}

function restartPolicy(service: Service): { Name: string; MaximumRetryCount: number } {
  if (service.restart !== undefined) {
    const [name = '', count = '0'] = service.restart.split(':');
    return { Name: name === 'false' ? 'no' : name, MaximumRetryCount: Number(count) };
  }
  const { condition, max_attempts: attempts = 0 } = service.deploy?.restart_policy ?? {};
  switch (condition) {
    case 'on-failure':
      return { Name: 'on-failure', MaximumRetryCount: attempts };
    case 'any':
      return { Name: 'always', MaximumRetryCount: 0 };
    default:
      return { Name: 'no', MaximumRetryCount: 0 };
  }
}
