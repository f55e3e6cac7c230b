import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../common/errors.ts';
import { UsageError, type FlagSpecs, type FlagValues } from './flags.ts';
import { parseBytes } from './units.ts';

/** Flags of `create` and `run`, by docker's names. */
export const CONTAINER_FLAGS = {
  'add-host': { kind: 'list', help: 'Add a custom host-to-IP mapping (host:ip)' },
  attach: { kind: 'list', short: 'a', help: 'Attach to STDIN, STDOUT or STDERR' },
  'cap-add': { kind: 'list', help: 'Add Linux capabilities' },
  'cap-drop': { kind: 'list', help: 'Drop Linux capabilities' },
  cidfile: { kind: 'string', help: 'Write the container ID to the file' },
  'cpu-shares': { kind: 'string', short: 'c', help: 'CPU shares (relative weight)' },
  cpus: { kind: 'string', help: 'Number of CPUs', value: 'decimal' },
  'cpuset-cpus': { kind: 'string', help: 'CPUs in which to allow execution (0-3, 0,1)' },
  device: { kind: 'list', help: 'Add a host device to the container' },
  dns: { kind: 'list', help: 'Set custom DNS servers' },
  'dns-search': { kind: 'list', help: 'Set custom DNS search domains' },
  entrypoint: { kind: 'string', help: 'Overwrite the default ENTRYPOINT of the image' },
  env: { kind: 'list', short: 'e', help: 'Set environment variables' },
  'env-file': { kind: 'list', help: 'Read in a file of environment variables' },
  expose: { kind: 'list', help: 'Expose a port or a range of ports' },
  'group-add': { kind: 'list', help: 'Add additional groups to join' },
  hostname: { kind: 'string', short: 'h', help: 'Container host name' },
  init: { kind: 'boolean', help: 'Run an init inside the container that forwards signals and reaps processes' },
  interactive: { kind: 'boolean', short: 'i', help: 'Keep STDIN open even if not attached' },
  ipc: { kind: 'string', help: 'IPC mode to use' },
  label: { kind: 'list', short: 'l', help: 'Set meta data on a container' },
  'log-driver': { kind: 'string', help: 'Logging driver for the container' },
  memory: { kind: 'string', short: 'm', help: 'Memory limit', value: 'bytes' },
  'memory-swap': {
    kind: 'string',
    help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    value: 'bytes',
  },
  name: { kind: 'string', help: 'Assign a name to the container' },
  network: { kind: 'string', help: 'Connect a container to a network' },
  pid: { kind: 'string', help: 'PID namespace to use' },
  'pids-limit': { kind: 'string', help: 'Tune container pids limit (set -1 for unlimited)', value: 'int' },
  privileged: { kind: 'boolean', help: 'Give extended privileges to this container' },
  publish: { kind: 'list', short: 'p', help: "Publish a container's port(s) to the host" },
  'publish-all': { kind: 'boolean', short: 'P', help: 'Publish all exposed ports to random ports' },
  'read-only': { kind: 'boolean', help: "Mount the container's root filesystem as read only" },
  restart: { kind: 'string', help: 'Restart policy to apply when a container exits' },
  rm: { kind: 'boolean', help: 'Automatically remove the container when it exits' },
  'security-opt': { kind: 'list', help: 'Security Options' },
  'shm-size': { kind: 'string', help: 'Size of /dev/shm', value: 'bytes' },
  'stop-signal': { kind: 'string', help: 'Signal to stop the container' },
  'stop-timeout': { kind: 'string', help: 'Timeout (in seconds) to stop a container', value: 'int' },
  sysctl: { kind: 'list', help: 'Sysctl options' },
  tmpfs: { kind: 'list', help: 'Mount a tmpfs directory' },
  tty: { kind: 'boolean', short: 't', help: 'Allocate a pseudo-TTY' },
  ulimit: { kind: 'list', help: 'Ulimit options' },
  user: { kind: 'string', short: 'u', help: 'Username or UID (format: <name|uid>[:<group|gid>])' },
  uts: { kind: 'string', help: 'UTS namespace to use' },
  volume: { kind: 'list', short: 'v', help: 'Bind mount a volume' },
  workdir: { kind: 'string', short: 'w', help: 'Working directory inside the container' },
} as const satisfies FlagSpecs;

export type ContainerFlags = FlagValues<typeof CONTAINER_FLAGS>;

/**
 * The body of `POST /containers/create` for a command line. Reads env files; throws UsageError for what docker's own
 * client refuses before it asks the engine.
 */
export function createBody(
  flags: ContainerFlags,
  image: string,
  words: readonly string[],
  detach: boolean,
  environment: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const attached = (name: string): boolean =>
    !detach &&
    (flags.attach.length === 0
      ? name !== 'stdin' || flags.interactive
      : flags.attach.some((one) => one.toLowerCase() === name));
  const { exposed, bindings } = portMaps(flags);
  return {
    Hostname: flags.hostname ?? '',
    User: flags.user ?? '',
    AttachStdin: attached('stdin'),
    AttachStdout: attached('stdout'),
    AttachStderr: attached('stderr'),
    ExposedPorts: exposed,
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && !detach,
    Env: [
      ...flags['env-file'].flatMap((path) => readEnvFile(path, environment)),
      ...flags.env.map((entry) => withValue(entry, environment)).filter((entry) => entry !== null),
    ],
    Cmd: words.length === 0 ? null : words,
    Entrypoint: flags.entrypoint === undefined ? null : [flags.entrypoint],
    Image: image,
    WorkingDir: flags.workdir ?? '',
    Labels: Object.fromEntries(flags.label.map(pair)),
    ...(flags['stop-signal'] === undefined ? {} : { StopSignal: flags['stop-signal'] }),
    ...(flags['stop-timeout'] === undefined ? {} : { StopTimeout: integer('stop-timeout', flags['stop-timeout']) }),
    HostConfig: {
      Binds: flags.volume.map(absoluteBind),
      Tmpfs: Object.fromEntries(
        flags.tmpfs.map((entry) => [
          entry.split(':', 1)[0] ?? '',
          entry.includes(':') ? entry.slice(entry.indexOf(':') + 1) : '',
        ]),
      ),
      NetworkMode: flags.network ?? 'default',
      PortBindings: bindings,
      PublishAllPorts: flags['publish-all'],
      RestartPolicy: restartPolicy(flags.restart ?? 'no'),
      AutoRemove: flags.rm,
      CapAdd: flags['cap-add'],
      CapDrop: flags['cap-drop'],
      SecurityOpt: flags['security-opt'].map(securityOption),
      Privileged: flags.privileged,
      ReadonlyRootfs: flags['read-only'],
      Init: flags.init ? true : null,
      GroupAdd: flags['group-add'],
      ExtraHosts: flags['add-host'],
      Dns: flags.dns,
      DnsSearch: flags['dns-search'],
      IpcMode: flags.ipc ?? '',
      PidMode: flags.pid ?? '',
      UTSMode: flags.uts ?? '',
      Ulimits: flags.ulimit.map(ulimit),
      Devices: flags.device.map(device),
      Sysctls: Object.fromEntries(flags.sysctl.map(pair)),
      ShmSize: flags['shm-size'] === undefined ? 0 : parseBytes(flags['shm-size']),
      Memory: flags.memory === undefined ? 0 : parseBytes(flags.memory),
      MemorySwap:
        flags['memory-swap'] === undefined ? 0 : flags['memory-swap'] === '-1' ? -1 : parseBytes(flags['memory-swap']),
      NanoCpus: flags.cpus === undefined ? 0 : nanoCpus(flags.cpus),
      CpuShares: flags['cpu-shares'] === undefined ? 0 : integer('cpu-shares', flags['cpu-shares']),
      CpusetCpus: flags['cpuset-cpus'] ?? '',
      PidsLimit: flags['pids-limit'] === undefined ? null : integer('pids-limit', flags['pids-limit']),
      LogConfig: { Type: flags['log-driver'] ?? '', Config: {} },
    },
  };
}

function pair(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** `NAME` alone takes the value from this environment, or is left out when it has none. */
function withValue(entry: string, environment: NodeJS.ProcessEnv): string | null {
  if (entry.startsWith('=') || entry === '') throw new UsageError(`invalid environment variable: ${entry}`);
  if (entry.includes('=')) return entry;
  const value = environment[entry];
  return value === undefined ? null : `${entry}=${value}`;
}

function readEnvFile(path: string, environment: NodeJS.ProcessEnv): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, '').trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      if (/\s/.test(line.split('=', 1)[0] ?? ''))
        throw new UsageError(`poorly formatted environment: variable '${line}' contains whitespaces`);
      return withValue(line, environment);
    })
    .filter((line) => line !== null);
}

/** A relative source beginning with a dot is a path, as the shell would have it. */
function absoluteBind(bind: string): string {
  return bind.startsWith('.') ? resolve(bind.split(':', 1)[0] ?? '') + bind.slice(bind.indexOf(':')) : bind;
}

function restartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [name = '', count] = text.split(':');
  if (count !== undefined && (name !== 'on-failure' || !/^\d+$/.test(count))) {
    throw new UsageError('maximum retry count cannot be used with restart policy ' + `'${name}'`);
  }
  return { Name: name, MaximumRetryCount: Number(count ?? 0) };
}

/** `seccomp=FILE` carries the file's content to the engine. */
function securityOption(option: string): string {
  const [, key, value = ''] = /^(seccomp)[=:](.*)$/.exec(option) ?? [];
  if (key === undefined || ['unconfined', 'builtin'].includes(value)) return option;
  try {
    return `seccomp=${JSON.stringify(JSON.parse(readFileSync(value, 'utf8')))}`;
  } catch (error) {
    throw new UsageError(`opening seccomp profile (${value}) failed: ${messageOf(error)}`);
  }
}

function ulimit(text: string): { Name: string; Soft: number; Hard: number } {
  const found = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(text);
  if (found === null) throw new UsageError(`invalid ulimit argument: ${text}`);
  const soft = Number(found[2]);
  return { Name: found[1] ?? '', Soft: soft, Hard: Number(found[3] ?? soft) };
}

function device(text: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host = '', second, third] = text.split(':');
  const isMode = second !== undefined && /^[rwm]{1,3}$/.test(second);
  return {
    PathOnHost: host,
    PathInContainer: second === undefined || isMode ? host : second,
    CgroupPermissions: third ?? (isMode ? second : 'rwm'),
  };
}

function nanoCpus(text: string): number {
  const cpus = Number(text);
  if (!Number.isFinite(cpus) || cpus < 0) throw new UsageError(`invalid argument "${text}" for "--cpus" flag`);
  return Math.round(cpus * 1e9);
}

function integer(name: string, text: string): number {
  if (!/^-?\d+$/.test(text)) throw new UsageError(`invalid argument "${text}" for "--${name}" flag`);
  return Number(text);
}

type Bindings = Record<string, { HostIp: string; HostPort: string }[]>;

/** `-p [[IP:]HOST:]CONTAINER[/PROTO]` with ranges of equal length on both sides. */
function portMaps(flags: ContainerFlags): { exposed: Record<string, object>; bindings: Bindings } {
  const exposed: Record<string, object> = {};
  const bindings: Bindings = {};
  for (const text of flags.expose) {
    const { from, to, protocol } = portRange(text);
    for (let port = from; port <= to; port += 1) exposed[`${port}/${protocol}`] = {};
  }
  for (const text of flags.publish) {
    const found = /^(?:(?:\[([\da-f:]+)\]|([\d.]+)):)?(?:(\d*(?:-\d+)?):)?([\d-]+(?:\/\w+)?)$/i.exec(text);
    if (found === null) throw new UsageError(`invalid publish opts format: ${text}`);
    const container = portRange(found[4] ?? '');
    const host = (found[3] ?? '') === '' ? null : portRange(found[3] ?? '');
    if (host !== null && host.to - host.from !== container.to - container.from) {
      throw new UsageError(`invalid ranges specified for container and host Ports: ${text}`);
    }
    for (let offset = 0; offset <= container.to - container.from; offset += 1) {
      const key = `${container.from + offset}/${container.protocol}`;
      exposed[key] = {};
      bindings[key] = [
        ...(bindings[key] ?? []),
        { HostIp: found[1] ?? found[2] ?? '', HostPort: host === null ? '' : String(host.from + offset) },
      ];
    }
  }
  return { exposed, bindings };
}

function portRange(text: string): { from: number; to: number; protocol: string } {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text);
  const from = Number(found?.[1] ?? 0);
  const to = Number(found?.[2] ?? from);
  if (found === null || from < 1 || to < from || to > 65_535) throw new UsageError(`invalid containerPort: ${text}`);
  return { from, to, protocol: found[3] ?? 'tcp' };
}
