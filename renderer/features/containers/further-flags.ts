import type { ContainerDetails } from '../../../runtime/contract/contract.ts';

type Texts = readonly string[] | null;
type Named = Readonly<Record<string, string>> | null;

/** Of inspect's answer: what `docker run` has flags for and the details have no field of their own for. */
interface RawContainer {
  readonly Config?: {
    readonly Domainname?: string;
    readonly StopSignal?: string;
    readonly StopTimeout?: number | null;
  };
  readonly HostConfig?: {
    readonly BlkioWeight?: number;
    readonly CapAdd?: Texts;
    readonly CapDrop?: Texts;
    readonly CgroupParent?: string;
    readonly CpuShares?: number;
    readonly CpusetCpus?: string;
    readonly CpusetMems?: string;
    readonly DeviceCgroupRules?: Texts;
    readonly Devices?:
      | readonly {
          readonly PathOnHost: string;
          readonly PathInContainer: string;
          readonly CgroupPermissions: string;
        }[]
      | null;
    readonly Dns?: Texts;
    readonly DnsOptions?: Texts;
    readonly DnsSearch?: Texts;
    readonly ExtraHosts?: Texts;
    readonly GroupAdd?: Texts;
    readonly Init?: boolean | null;
    readonly IpcMode?: string;
    readonly LogConfig?: { readonly Type?: string; readonly Config?: Named };
    readonly MemoryReservation?: number;
    readonly NetworkMode?: string;
    readonly OomScoreAdj?: number;
    readonly PidMode?: string;
    readonly SecurityOpt?: Texts;
    readonly ShmSize?: number;
    readonly Sysctls?: Named;
    readonly Tmpfs?: Named;
    readonly UTSMode?: string;
    readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | null;
    readonly UsernsMode?: string;
  };
}

/** Bytes of `/dev/shm` when nobody says otherwise: 64 MiB. */
const SHM_SIZE = 64 * 1024 ** 2;
/** What stands for a setting that nobody made. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  '--network': ['default', 'bridge'],
  '--ipc': ['private', 'shareable'],
  '--log-driver': ['json-file'],
};

/** Flags of `docker run` for what inspect tells beyond the details' own fields, each with its value. */
export function furtherFlags(details: ContainerDetails): string[] {
  const { Config: config = {}, HostConfig: host = {} } = (details.raw ?? {}) as RawContainer;
  const words: string[] = [];
  const one = (flag: string, value: string | number | null | undefined): void => {
    const text = String(value ?? '');
    if (text !== '' && text !== '0' && USUAL[flag]?.includes(text) !== true) words.push(flag, text);
  };
  const each = (flag: string, values: readonly string[] | null | undefined): void => {
    for (const value of values ?? []) words.push(flag, value);
  };
  const pairs = (flag: string, values: Named | undefined, separator = '='): void => {
    each(
      flag,
      Object.entries(values ?? {}).map(([name, value]) => (value === '' ? name : `${name}${separator}${value}`)),
    );
  };
  one('--network', host.NetworkMode);
  each('--cap-add', host.CapAdd);
  each('--cap-drop', host.CapDrop);
  each('--dns', host.Dns);
  each('--dns-option', host.DnsOptions);
  each('--dns-search', host.DnsSearch);
  each('--add-host', host.ExtraHosts);
  each('--security-opt', host.SecurityOpt);
  if (host.Init === true) words.push('--init');
  if (details.hostname !== details.id.slice(0, 12)) one('--hostname', details.hostname);
  one('--domainname', config.Domainname);
  pairs('--tmpfs', host.Tmpfs, ':');
  each(
    '--tmpfs',
    details.mounts.flatMap(({ type, destination }) =>
      type === 'tmpfs' && !isIn(host.Tmpfs, destination) ? [destination] : [],
    ),
  );
  each(
    '--device',
    host.Devices?.map((device) => `${device.PathOnHost}:${device.PathInContainer}:${device.CgroupPermissions}`),
  );
  each('--device-cgroup-rule', host.DeviceCgroupRules);
  each(
    '--ulimit',
    host.Ulimits?.map(({ Name, Soft, Hard }) => `${Name}=${String(Soft)}:${String(Hard)}`),
  );
  pairs('--sysctl', host.Sysctls);
  each('--group-add', host.GroupAdd);
  if (host.ShmSize !== SHM_SIZE) one('--shm-size', host.ShmSize);
  one('--pid', host.PidMode);
  one('--ipc', host.IpcMode);
  one('--uts', host.UTSMode);
  one('--userns', host.UsernsMode);
  one('--cgroup-parent', host.CgroupParent);
  one('--cpu-shares', host.CpuShares);
  one('--cpuset-cpus', host.CpusetCpus);
  one('--cpuset-mems', host.CpusetMems);
  one('--blkio-weight', host.BlkioWeight);
  one('--memory-reservation', host.MemoryReservation);
  one('--oom-score-adj', host.OomScoreAdj);
  one('--log-driver', host.LogConfig?.Type);
  pairs('--log-opt', host.LogConfig?.Config);
  one('--stop-signal', config.StopSignal);
  one('--stop-timeout', config.StopTimeout);
  pairs('--label', details.labels);
  return words;
}

const isIn = (names: Named | undefined, name: string): boolean => Object.hasOwn(names ?? {}, name);
