import type { AppArmorFacts } from '../system/apparmor.ts';
import { apparmorProfile, askedProfile } from './apparmor-plan.ts';
import type { ContainerHandle } from './handle.ts';
import { inspectHealth } from './health.ts';
import { shownLinks } from './links.ts';
import { logDriver } from './log-config.ts';
import { mountView } from './mount-view.ts';
import { networkSettings } from './network-settings.ts';
import type { ContainerNetworking } from './networking.ts';
import { hostnameOf } from './planner.ts';
import { containerPaths } from './container-files.ts';
import type { SelinuxLabels } from './selinux-labels.ts';
import { MASKED_PATHS, READONLY_PATHS } from './spec.ts';
import type { ContainerRecord, ContainerState } from './types.ts';

/** What inspect shows besides the record. */
export interface InspectContext {
  readonly dataRoot: string;
  readonly hostName: string;
  readonly apparmor: AppArmorFacts;
  readonly labels: Pick<SelinuxLabels, 'of'>;
  readonly networking: ContainerNetworking;
  /** Host path of a named volume. */
  volumePath(name: string): string;
}

/** `GET /containers/{id}/json` (ContainerInspectResponse). */
export function inspectContainer(handle: ContainerHandle, context: InspectContext): Record<string, unknown> {
  const { record } = handle;
  const paths = containerPaths(context.dataRoot, record.id);
  const [path = '', ...args] = record.args;
  const labels = context.labels.of(record);
  const links = shownLinks(record, context.networking.parts.registry);
  const isLegacy = links !== null || (record.hostConfig.Links ?? []).every((text) => /^[0-9a-f]{64}:/.test(text));
  const linksShown = isLegacy ? { Links: links } : {};
  return {
    Id: record.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: inspectState(record.state),
    Image: record.imageId,
    ResolvConfPath: paths.resolvConf,
    HostnamePath: paths.hostname,
    HostsPath: paths.hosts,
    LogPath: '',
    Name: `/${record.name}`,
    RestartCount: record.state.restartCount,
    Driver: driverOf(record),
    Platform: 'linux',
    MountLabel: labels.mount,
    ProcessLabel: record.hostConfig.Privileged === true ? '' : labels.process,
    AppArmorProfile: shownProfile(record, context.apparmor),
    ExecIDs: handle.execs.size === 0 ? null : [...handle.execs],
    HostConfig: { ...inspectHostConfig(handle), ...linksShown },
    GraphDriver: {
      Name: driverOf(record),
      Data: record.root === 'copy' ? {} : { UpperDir: paths.upper, WorkDir: paths.work },
    },
    Mounts: mountView(record, (name) => context.volumePath(name)),
    Config: {
      Domainname: '',
      User: '',
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      OnBuild: null,
      ...withoutEmpty(record.config),
      Hostname: hostnameOf(record, context.hostName),
      Image: record.imageName,
      Labels: record.config.Labels ?? {},
      ...mainMacAddress(record, context.networking),
      Volumes: isEmptyObject(record.config.Volumes) ? null : (record.config.Volumes ?? null),
    },
    NetworkSettings: networkSettings(record, context.networking),
  };
}

/** Where clients before API 1.44 look for the MAC address that was asked for on the network of the network mode. */
function mainMacAddress(record: ContainerRecord, networking: ContainerNetworking): { MacAddress?: string } {
  const mac = networking.mainConfig(record).macAddress;
  return mac === '' ? {} : { MacAddress: mac };
}

/** Of a container that has not run yet, only what was asked for. */
function shownProfile({ hostConfig, state }: ContainerRecord, facts: AppArmorFacts): string {
  return state.status === 'created' ? askedProfile(hostConfig) : apparmorProfile(hostConfig, facts);
}

function driverOf({ root }: ContainerRecord): string {
  return root === 'copy' ? 'vfs' : 'overlay2';
}

function withoutEmpty(config: Record<string, unknown>): Record<string, unknown> {
  const optional = new Set([
    'ExposedPorts',
    'StopSignal',
    'StopTimeout',
    'Healthcheck',
    'Shell',
    'MacAddress',
    'NetworkDisabled',
  ]);
  return Object.fromEntries(
    Object.entries(config).filter(
      ([key, value]) => !(optional.has(key) && (value === null || value === undefined || isEmptyObject(value))),
    ),
  );
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** State as inspect shows it. */
export function inspectState(state: ContainerState): Record<string, unknown> {
  return {
    Status: state.status,
    Running: state.status === 'running' || state.status === 'paused' || state.status === 'restarting',
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...inspectHealth(state.health),
  };
}

/** HostConfig with Docker's defaults for what was not given: clients read these fields without asking. */
function inspectHostConfig({ record }: ContainerHandle): Record<string, unknown> {
  const given = record.hostConfig;
  return {
    Binds: null,
    ContainerIDFile: '',
    PortBindings: {},
    VolumeDriver: '',
    VolumesFrom: null,
    CapAdd: null,
    CapDrop: null,
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    GroupAdd: null,
    Cgroup: '',
    Links: null,
    OomScoreAdj: 0,
    PidMode: '',
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    UTSMode: '',
    UsernsMode: '',
    Runtime: 'berth',
    Isolation: '',
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: '',
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: '',
    CpusetMems: '',
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: 0,
    MemorySwap: given.Memory === undefined || given.Memory === null ? 0 : given.Memory * 2,
    MemorySwappiness: null,
    OomKillDisable: false,
    Ulimits: null,
    AutoRemove: false,
    MaskedPaths: given.Privileged === true ? null : MASKED_PATHS,
    ReadonlyPaths: given.Privileged === true ? null : READONLY_PATHS,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)),
    PidsLimit: given.PidsLimit ?? null,
    ShmSize: given.ShmSize === 0 || given.ShmSize === undefined || given.ShmSize === null ? 67_108_864 : given.ShmSize,
    IpcMode: given.IpcMode === '' || given.IpcMode === undefined || given.IpcMode === null ? 'private' : given.IpcMode,
    CgroupnsMode:
      given.CgroupnsMode === '' || given.CgroupnsMode === undefined || given.CgroupnsMode === null
        ? 'private'
        : given.CgroupnsMode,
    NetworkMode:
      given.NetworkMode === '' || given.NetworkMode === undefined || given.NetworkMode === null
        ? 'default'
        : given.NetworkMode,
    LogConfig: {
      Type: logDriver(given),
      Config: given.LogConfig?.Config ?? {},
    },
    RestartPolicy: {
      Name: given.RestartPolicy?.Name === '' ? 'no' : (given.RestartPolicy?.Name ?? 'no'),
      MaximumRetryCount: given.RestartPolicy?.MaximumRetryCount ?? 0,
    },
  };
}
