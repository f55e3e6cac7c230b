import type { CONTAINER_FLAGS } from '../flags/container-flags.ts';
import { FlagError, UsageError, type FlagValues } from '../flags/flags.ts';
import { bytes, integer, pairs } from '../flags/values.ts';
import { checkValues } from './checks.ts';
import { devicesOf, throttle, weight } from './devices.ts';
import { CliError } from '../cli-error.ts';
import { extraHost } from './extra-host.ts';
import { environmentOf, labelLines, securityOption } from './files.ts';
import { healthcheckOf } from './health.ts';
import { parseMount, tmpfsOf, volumesOf } from './mounts.ts';
import { networksOf } from './networks.ts';
import { portMaps } from './ports.ts';
import { resourcesOf, restartPolicy, ulimit } from './resources.ts';

export type ContainerFlags = FlagValues<typeof CONTAINER_FLAGS>;

/** The body of `POST /containers/create`, and what of it may be added to. */
export interface ContainerBody extends Record<string, unknown> {
  readonly Env: string[];
  readonly HostConfig: Record<string, unknown> & { Mounts?: readonly object[] };
}

/**
 * The body of `POST /containers/create` for a command line. Reads env and label files; throws UsageError for what
 * docker's own client refuses before it asks the engine. `proxies` are variables for all that is not set otherwise.
 */
export function createBody(
  flags: ContainerFlags,
  image: string,
  words: readonly string[],
  detach: boolean,
  environment: NodeJS.ProcessEnv,
  proxies: Readonly<Record<string, string>> = {},
): ContainerBody {
  checkValues(flags);
  const { exposed, bindings } = portMaps(flags);
  const { binds, volumes } = volumesOf(flags.volume);
  const { mode, endpoints } = networksOf(flags);
  const healthcheck = healthcheckOf(flags);
  const streams = attachedStreams(flags, detach);
  return {
    Hostname: flags.hostname ?? '',
    Domainname: flags.domainname ?? '',
    User: flags.user ?? '',
    ...streams,
    ExposedPorts: exposed,
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && streams.AttachStdin,
    Env: withProxies(environmentOf(flags['env-file'], lastOfEach(flags.env), environment), proxies),
    Cmd: words.length === 0 ? null : words,
    Entrypoint: flags.entrypoint === undefined ? null : [flags.entrypoint],
    ...(healthcheck === null ? {} : { Healthcheck: healthcheck }),
    Image: image,
    Volumes: volumes,
    WorkingDir: flags.workdir ?? '',
    Labels: pairs([...labelLines(flags['label-file']), ...flags.label]),
    ...(flags['mac-address'] === undefined ? {} : { MacAddress: flags['mac-address'] }),
    ...(flags['stop-signal'] === undefined ? {} : { StopSignal: flags['stop-signal'] }),
    ...(flags['stop-timeout'] === undefined ? {} : { StopTimeout: integer('stop-timeout', flags['stop-timeout'], 0) }),
    HostConfig: hostConfig(flags, binds, bindings, mode),
    NetworkingConfig: { EndpointsConfig: endpoints },
  };
}

/** What is set more than once counts once, as it was set last. */
function lastOfEach(entries: readonly string[]): string[] {
  return [...new Map(entries.map((entry) => [entry.split('=', 1)[0], entry])).values()];
}

function withProxies(entries: readonly string[], proxies: Readonly<Record<string, string>>): string[] {
  const set = new Set(entries.map((entry) => entry.split('=', 1)[0]));
  const more = Object.entries(proxies).filter(([name]) => !set.has(name));
  return [...entries, ...more.map(([name, value]) => `${name}=${value}`)];
}

/** Which streams a client joins: those of `--attach`, else both outputs, and the input of `--interactive`. */
export function attachedStreams(
  flags: Pick<ContainerFlags, 'attach' | 'interactive'>,
  detach: boolean,
): Readonly<Record<'AttachStdin' | 'AttachStdout' | 'AttachStderr', boolean>> {
  const wanted = flags.attach.map((one) => one.toLowerCase());
  const wrong = wanted.find((one) => !['stdin', 'stdout', 'stderr'].includes(one));
  if (wrong !== undefined)
    throw new FlagError(
      `invalid argument "${wrong}" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR`,
    );
  if (detach && wanted.length > 0) throw new CliError('conflicting options: cannot specify both --attach and --detach');
  const has = (name: string): boolean => !detach && wanted.includes(name);
  const isDefault = !detach && wanted.length === 0;
  return {
    AttachStdin: has('stdin') || (flags.interactive && !detach),
    AttachStdout: isDefault || has('stdout'),
    AttachStderr: isDefault || has('stderr'),
  };
}

function hostConfig(
  flags: ContainerFlags,
  binds: string[],
  bindings: object,
  mode: string,
): ContainerBody['HostConfig'] {
  const { mappings, requests } = devicesOf(flags.device, flags.gpus);
  const restart = restartPolicy(flags.restart ?? 'no');
  if (flags.rm && restart.Name !== 'no' && restart.Name !== '')
    throw new UsageError('conflicting options: cannot specify both --restart and --rm');
  return {
    ...resourcesOf(flags),
    Annotations: pairs(flags.annotation),
    AutoRemove: flags.rm,
    Binds: binds,
    BlkioDeviceReadBps: flags['device-read-bps'].map((text) => throttle(text, 'bytes')),
    BlkioDeviceReadIOps: flags['device-read-iops'].map((text) => throttle(text, 'count')),
    BlkioDeviceWriteBps: flags['device-write-bps'].map((text) => throttle(text, 'bytes')),
    BlkioDeviceWriteIOps: flags['device-write-iops'].map((text) => throttle(text, 'count')),
    BlkioWeightDevice: flags['blkio-weight-device'].map(weight),
    CapAdd: flags['cap-add'].map(capability),
    CapDrop: flags['cap-drop'].map(capability),
    CgroupParent: flags['cgroup-parent'] ?? '',
    CgroupnsMode: flags.cgroupns ?? '',
    ConsoleSize: [0, 0],
    CpuCount: integer('cpu-count', flags['cpu-count'], 0),
    CpuPercent: integer('cpu-percent', flags['cpu-percent'], 0),
    DeviceCgroupRules: orNull(flags['device-cgroup-rule'].map(cgroupRule)),
    Devices: mappings,
    ...(requests.length === 0 ? {} : { DeviceRequests: requests }),
    Dns: flags.dns,
    DnsOptions: [...flags['dns-option'], ...flags['dns-opt']],
    DnsSearch: flags['dns-search'],
    ExtraHosts: flags['add-host'].map(extraHost),
    GroupAdd: flags['group-add'],
    Init: flags.init ? true : null,
    IOMaximumBandwidth: bytes('io-maxbandwidth', flags['io-maxbandwidth']),
    IOMaximumIOps: integer('io-maxiops', flags['io-maxiops'], 0),
    IpcMode: flags.ipc ?? '',
    ...(flags.isolation === undefined ? {} : { Isolation: flags.isolation }),
    Links: orNull(flags.link),
    LogConfig: { Type: flags['log-driver'] ?? '', Config: pairs(flags['log-opt']) },
    MemorySwappiness: integer('memory-swappiness', flags['memory-swappiness'], -1),
    ...(flags.mount.length === 0 ? {} : { Mounts: flags.mount.map(parseMount) }),
    NetworkMode: mode,
    OomKillDisable: flags['oom-kill-disable'],
    OomScoreAdj: integer('oom-score-adj', flags['oom-score-adj'], 0),
    PidMode: flags.pid ?? '',
    PortBindings: bindings,
    Privileged: flags.privileged,
    PublishAllPorts: flags['publish-all'],
    ReadonlyRootfs: flags['read-only'],
    RestartPolicy: restart,
    ...(flags.runtime === undefined ? {} : { Runtime: flags.runtime }),
    SecurityOpt: flags['security-opt'].map(securityOption),
    ShmSize: bytes('shm-size', flags['shm-size']),
    ...(flags['storage-opt'].length === 0 ? {} : { StorageOpt: pairs(flags['storage-opt']) }),
    Sysctls: pairs(flags.sysctl),
    Tmpfs: tmpfsOf(flags.tmpfs),
    Ulimits: flags.ulimit.map(ulimit),
    UsernsMode: flags.userns ?? '',
    UTSMode: flags.uts ?? '',
    VolumeDriver: flags['volume-driver'] ?? '',
    VolumesFrom: orNull(flags['volumes-from']),
  };
}

/** Docker's client leaves these lists out when they are empty. */
function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

/** The kernel's name of a capability: `sys_time` and `CAP_SYS_TIME` are one. */
function capability(text: string): string {
  const name = text.trim().toUpperCase();
  return name === 'ALL' || name === 'RESET' || name.startsWith('CAP_') ? name : `CAP_${name}`;
}

function cgroupRule(text: string): string {
  if (!/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text))
    throw new UsageError(`invalid device cgroup format '${text}'`);
  return text;
}
