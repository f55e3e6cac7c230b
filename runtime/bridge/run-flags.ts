import { runFlag } from '../contract/run-flags.ts';
import { BridgeError } from '../rpc/error.ts';

type Body = Record<string, unknown>;
type Values = readonly string[];

/** Where a flag goes in the body of a create request. */
interface Target {
  readonly config: Body;
  readonly host: Body;
  readonly endpoint: Body;
  readonly query: Record<string, string>;
}
type Put = (target: Target, values: Values) => void;

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

function bytes(text: string): number {
  if (text === '-1') return -1;
  const found = /^(\d+(?:\.\d+)?)([bkmgt]?)(?:i?b)?$/i.exec(text);
  if (found === null) throw invalid(`“${text}” is not a size`);
  return Math.round(Number(found[1]) * (UNITS[(found[2] ?? '').toLowerCase()] ?? 1));
}

function whole(text: string): number {
  if (!/^-?\d+$/.test(text)) throw invalid(`“${text}” is not a whole number`);
  return Number(text);
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };

/** Nanoseconds of a duration like `1m30s`. */
function nanoseconds(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) throw invalid(`“${text}” is not a duration`);
  return Math.round(
    parts.reduce((sum, [, number, unit]) => sum + Number(number) * (SECONDS[unit ?? ''] ?? 0), 0) * 1e9,
  );
}

function invalid(message: string): BridgeError {
  return new BridgeError('invalid', `${message}.`);
}

function pairs(values: Values, separator = '='): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const at = value.indexOf(separator);
      return at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + separator.length)];
    }),
  );
}

const last = (values: Values): string => values.at(-1) ?? '';
const toHost =
  (name: string, read: (values: Values) => unknown): Put =>
  ({ host }, values) => {
    host[name] = read(values);
  };
const toConfig =
  (name: string, read: (values: Values) => unknown): Put =>
  ({ config }, values) => {
    config[name] = read(values);
  };
const all = (values: Values): unknown => [...values];
const yes = (): unknown => true;
const health =
  (name: string, read: (text: string) => unknown): Put =>
  ({ config }, values) => {
    config['Healthcheck'] = { ...(config['Healthcheck'] as Body | undefined), [name]: read(last(values)) };
  };

const PUTS: Readonly<Record<string, Put>> = {
  'add-host': toHost('ExtraHosts', (values) => values.map((one) => one.replace('=', ':'))),
  'blkio-weight': toHost('BlkioWeight', (values) => whole(last(values))),
  'cap-add': toHost('CapAdd', all),
  'cap-drop': toHost('CapDrop', all),
  'cgroup-parent': toHost('CgroupParent', last),
  cgroupns: toHost('CgroupnsMode', last),
  'cpu-period': toHost('CpuPeriod', (values) => whole(last(values))),
  'cpu-quota': toHost('CpuQuota', (values) => whole(last(values))),
  'cpu-shares': toHost('CpuShares', (values) => whole(last(values))),
  'cpuset-cpus': toHost('CpusetCpus', last),
  'cpuset-mems': toHost('CpusetMems', last),
  device: toHost('Devices', (values) =>
    values.map((one) => {
      const [source = '', target = source, permissions = 'rwm'] = one.split(':');
      return { PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions };
    }),
  ),
  'device-cgroup-rule': toHost('DeviceCgroupRules', all),
  dns: toHost('Dns', all),
  'dns-option': toHost('DnsOptions', all),
  'dns-search': toHost('DnsSearch', all),
  domainname: toConfig('Domainname', last),
  expose: ({ config }, values) => {
    const ports = Object.fromEntries(values.map((one) => [one.includes('/') ? one : `${one}/tcp`, {}]));
    config['ExposedPorts'] = { ...(config['ExposedPorts'] as Body | undefined), ...ports };
  },
  gpus: toHost('DeviceRequests', (values) => [
    last(values) === 'all'
      ? { Driver: '', Count: -1, Capabilities: [['gpu']] }
      : { Driver: '', Count: whole(last(values)), Capabilities: [['gpu']] },
  ]),
  'group-add': toHost('GroupAdd', all),
  'health-cmd': health('Test', (text) => ['CMD-SHELL', text]),
  'health-interval': health('Interval', nanoseconds),
  'health-retries': health('Retries', whole),
  'health-start-period': health('StartPeriod', nanoseconds),
  'health-timeout': health('Timeout', nanoseconds),
  hostname: toConfig('Hostname', last),
  init: toHost('Init', yes),
  ip: ({ endpoint }, values) => {
    endpoint['IPAMConfig'] = { ...(endpoint['IPAMConfig'] as Body | undefined), IPv4Address: last(values) };
  },
  ip6: ({ endpoint }, values) => {
    endpoint['IPAMConfig'] = { ...(endpoint['IPAMConfig'] as Body | undefined), IPv6Address: last(values) };
  },
  ipc: toHost('IpcMode', last),
  label: toConfig('Labels', (values) => pairs(values)),
  link: toHost('Links', all),
  'log-driver': ({ host }, values) => {
    host['LogConfig'] = { ...(host['LogConfig'] as Body | undefined), Type: last(values) };
  },
  'log-opt': ({ host }, values) => {
    host['LogConfig'] = { ...(host['LogConfig'] as Body | undefined), Config: pairs(values) };
  },
  'mac-address': ({ config, endpoint }, values) => {
    config['MacAddress'] = last(values);
    endpoint['MacAddress'] = last(values);
  },
  'memory-reservation': toHost('MemoryReservation', (values) => bytes(last(values))),
  'memory-swap': toHost('MemorySwap', (values) => bytes(last(values))),
  'memory-swappiness': toHost('MemorySwappiness', (values) => whole(last(values))),
  mount: toHost('Mounts', (values) => values.map(mount)),
  'network-alias': ({ endpoint }, values) => {
    endpoint['Aliases'] = [...values];
  },
  'no-healthcheck': toConfig('Healthcheck', () => ({ Test: ['NONE'] })),
  'oom-kill-disable': toHost('OomKillDisable', yes),
  'oom-score-adj': toHost('OomScoreAdj', (values) => whole(last(values))),
  pid: toHost('PidMode', last),
  platform: ({ query }, values) => {
    query['platform'] = last(values);
  },
  privileged: toHost('Privileged', yes),
  'publish-all': toHost('PublishAllPorts', yes),
  'read-only': toHost('ReadonlyRootfs', yes),
  runtime: toHost('Runtime', last),
  'security-opt': toHost('SecurityOpt', all),
  'shm-size': toHost('ShmSize', (values) => bytes(last(values))),
  'stop-signal': toConfig('StopSignal', last),
  'stop-timeout': toConfig('StopTimeout', (values) => whole(last(values))),
  'storage-opt': toHost('StorageOpt', (values) => pairs(values)),
  sysctl: toHost('Sysctls', (values) => pairs(values)),
  tmpfs: toHost('Tmpfs', (values) => pairs(values, ':')),
  ulimit: toHost('Ulimits', (values) =>
    values.map((one) => {
      const [name = '', limits = ''] = one.split('=');
      const [soft = '', hard = soft] = limits.split(':');
      return { Name: name, Soft: whole(soft), Hard: whole(hard) };
    }),
  ),
  userns: toHost('UsernsMode', last),
  uts: toHost('UTSMode', last),
  'volumes-from': toHost('VolumesFrom', all),
};

function mount(text: string): Body {
  const fields = pairs(text.split(','));
  const pick = (...names: readonly string[]) => names.map((name) => fields[name]).find((one) => one !== undefined);
  const readOnly = pick('readonly', 'ro');
  return {
    Type: pick('type') ?? 'volume',
    Source: pick('source', 'src') ?? '',
    Target: pick('target', 'destination', 'dst') ?? '',
    ReadOnly: readOnly !== undefined && readOnly !== 'false' && readOnly !== '0',
  };
}

/** Puts further flags of `docker run` into a create request. Throws BridgeError for a value that is none. */
export function putFlags(flags: Readonly<Record<string, Values>>, target: Target): void {
  for (const [name, values] of Object.entries(flags)) {
    const put = PUTS[name];
    if (put === undefined || runFlag(name) === undefined) throw invalid(`There is no flag --${name}`);
    put(target, values);
  }
}

/** Names of the flags that are understood, to hold against the contract's. */
export const understoodFlags: readonly string[] = Object.keys(PUTS);
