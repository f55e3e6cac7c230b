import type {
  ContainerDetails,
  ContainerState,
  ContainerSummary,
  EngineEvent,
  Health,
  HealthCheck,
  ImageSummary,
  PortBinding,
  RunSpec,
} from '../contract/contract.ts';
import type { ImageDetails } from '../contract/images.ts';
import type {
  DockerContainer,
  DockerContainerRow,
  DockerEvent,
  DockerImage,
  DockerImageRow,
  DockerPort,
} from './docker-types.ts';
import { plainSentence } from './plain-sentences.ts';
import { putFlags } from './run-flags.ts';

const STATES: ReadonlySet<string> = new Set<ContainerState>([
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
]);

function stateOf(value: string): ContainerState {
  return STATES.has(value) ? (value as ContainerState) : 'dead';
}

/** Docker shows a port bound on IPv4 and IPv6 twice; a person wants to see it once. */
function uniquePorts(ports: readonly PortBinding[]): PortBinding[] {
  const seen = new Map<string, PortBinding>();
  for (const port of ports) {
    const key = `${String(port.hostPort)}:${String(port.containerPort)}/${port.protocol}`;
    const known = seen.get(key);
    if (known === undefined || known.hostIp.includes(':')) seen.set(key, port);
  }
  return [...seen.values()].sort((a, b) => a.containerPort - b.containerPort || a.hostPort - b.hostPort);
}

function portOf(port: DockerPort): PortBinding {
  return {
    containerPort: port.PrivatePort,
    protocol: port.Type,
    hostIp: port.IP ?? '',
    hostPort: port.PublicPort ?? 0,
  };
}

const UNITS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};

/**
 * When a running container started, read from words like "Up 3 minutes". The list answer holds nothing better; rows
 * that matter get the exact time from inspect.
 */
export function startedFromStatus(status: string, now: number): number | null {
  const found = /^Up (?:(Less than a second)|(?:About )?(an?|\d+) (second|minute|hour|day|week|month|year)s?)/.exec(
    status,
  );
  if (found === null) return null;
  if (found[1] !== undefined) return now;
  const count = found[2] === 'a' || found[2] === 'an' ? 1 : Number(found[2]);
  return now - count * (UNITS[found[3] ?? ''] ?? 0) * 1000;
}

function healthOf(word: string | undefined): Health {
  return word === 'starting' || word === 'healthy' || word === 'unhealthy' ? word : 'none';
}

/** What the health check says, read from words like "Up 3 minutes (unhealthy)" or "Up 2 seconds (health: starting)". */
function healthFromStatus(status: string): Health {
  return healthOf(/^Up .*\((?:health: )?(\w+)\)$/.exec(status)?.[1]);
}

/** Docker keeps the last five runs; what a check leaves open is the engine's own: 30 s, 30 s and 3 (`HEALTHCHECK`). */
const CHECK_INTERVAL_NS = 30e9;
const CHECK_RETRIES = 3;

function healthCheckOf({ Config: config, State: state }: DockerContainer): HealthCheck | null {
  const [form, ...words] = config.Healthcheck?.Test ?? [];
  if (config.Healthcheck === undefined || form === undefined || form === 'NONE') return null;
  const { Interval, Timeout, Retries } = config.Healthcheck;
  const orUsual = (nanoseconds: number | undefined) =>
    (nanoseconds === undefined || nanoseconds === 0 ? CHECK_INTERVAL_NS : nanoseconds) / 1e6;
  return {
    command: words.join(' '),
    intervalMs: orUsual(Interval),
    timeoutMs: orUsual(Timeout),
    retries: Retries === undefined || Retries === 0 ? CHECK_RETRIES : Retries,
    failingStreak: state.Health?.FailingStreak ?? 0,
    runs: (state.Health?.Log ?? [])
      .map(({ Start, ExitCode, Output }) => ({ at: timeOf(Start), exitCode: ExitCode, output: Output.trimEnd() }))
      .reverse(),
  };
}

/** A row of `GET /containers/json` as the page wants it. `startedAt` is the exact start time when it is known. */
export function containerRow(row: DockerContainerRow, startedAt: number | null, now: number): ContainerSummary {
  const exit = /^Exited \((-?\d+)\)/.exec(row.Status);
  const name = row.Names?.find((one) => one.lastIndexOf('/') === 0) ?? row.Names?.[0] ?? row.Id.slice(0, 12);
  return {
    id: row.Id,
    name: name.replace(/^\//, ''),
    image: row.Image,
    imageId: row.ImageID,
    command: row.Command,
    state: stateOf(row.State),
    status: row.Status,
    exitCode: exit === null ? null : Number(exit[1]),
    health: healthFromStatus(row.Status),
    createdAt: row.Created * 1000,
    startedAt: startedAt ?? startedFromStatus(row.Status, now),
    ports: uniquePorts((row.Ports ?? []).map(portOf)),
    labels: row.Labels ?? {},
  };
}

/** Docker's zero time means never. */
export function timeOf(value: string): number | null {
  const time = Date.parse(value);
  return Number.isNaN(time) || time <= 0 ? null : time;
}

/** The answer of `GET /containers/{id}/json` as the page wants it. */
export function containerDetails(container: DockerContainer, raw: unknown): ContainerDetails {
  const { State: state, Config: config, HostConfig: host, NetworkSettings: network } = container;
  const entrypoint = typeof config.Entrypoint === 'string' ? [config.Entrypoint] : (config.Entrypoint ?? []);
  // One that is about to be started again has ended, too, and people want to know how.
  const exited = ['exited', 'dead', 'restarting'].includes(state.Status);
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    image: config.Image,
    imageId: container.Image,
    command: [container.Path, ...(container.Args ?? [])].join(' '),
    state: stateOf(state.Status),
    status: state.Status,
    exitCode: exited ? state.ExitCode : null,
    health: state.Status === 'running' ? healthOf(state.Health?.Status) : 'none',
    createdAt: timeOf(container.Created) ?? 0,
    startedAt: timeOf(state.StartedAt),
    finishedAt: timeOf(state.FinishedAt),
    ports: uniquePorts(portsOf(network.Ports ?? {})),
    labels: config.Labels ?? {},
    entrypoint,
    arguments: config.Cmd ?? [],
    workingDir: config.WorkingDir ?? '',
    user: config.User ?? '',
    env: (config.Env ?? []).map(variable),
    mounts: (container.Mounts ?? []).map((mount) => ({
      type: mount.Type,
      source: mount.Type === 'volume' ? (mount.Name ?? mount.Source) : mount.Source,
      destination: mount.Destination,
      readWrite: mount.RW,
    })),
    networks: Object.entries(network.Networks ?? {}).map(([name, endpoint]) => ({
      name,
      address: endpoint.IPAddress ?? '',
      gateway: endpoint.Gateway ?? '',
    })),
    hostname: config.Hostname ?? '',
    tty: config.Tty ?? false,
    openStdin: config.OpenStdin ?? false,
    autoRemove: host.AutoRemove ?? false,
    restartPolicy:
      host.RestartPolicy?.Name === undefined || host.RestartPolicy.Name === '' ? 'no' : host.RestartPolicy.Name,
    restartCount: container.RestartCount ?? 0,
    privileged: host.Privileged ?? false,
    readonlyRoot: host.ReadonlyRootfs ?? false,
    limits: { memoryBytes: host.Memory ?? 0, cpus: cpusOf(host), pids: Math.max(0, host.PidsLimit ?? 0) },
    pid: state.Pid,
    oomKilled: state.OOMKilled ?? false,
    error: plainSentence(state.Error ?? '')?.sentence ?? state.Error ?? '',
    healthCheck: healthCheckOf(container),
    raw,
  };
}

function cpusOf(host: DockerContainer['HostConfig']): number {
  if (host.NanoCpus !== undefined && host.NanoCpus > 0) return host.NanoCpus / 1e9;
  if (host.CpuQuota !== undefined && host.CpuQuota > 0) return host.CpuQuota / (host.CpuPeriod ?? 100_000);
  return 0;
}

function portsOf(ports: NonNullable<DockerContainer['NetworkSettings']['Ports']>): PortBinding[] {
  return Object.entries(ports).flatMap(([name, bindings]) => {
    const [port, protocol] = name.split('/');
    const containerPort = Number(port);
    if (bindings === null || bindings.length === 0) {
      return [{ containerPort, protocol: protocol ?? 'tcp', hostIp: '', hostPort: 0 }];
    }
    return bindings.map((binding) => ({
      containerPort,
      protocol: protocol ?? 'tcp',
      hostIp: binding.HostIp,
      hostPort: Number(binding.HostPort),
    }));
  });
}

/** `NAME=value` in its two parts. */
function variable(entry: string): { name: string; value: string } {
  const equals = entry.indexOf('=');
  return equals < 0 ? { name: entry, value: '' } : { name: entry.slice(0, equals), value: entry.slice(equals + 1) };
}

/** Everything about one image. */
export function imageDetails(image: DockerImage): ImageDetails {
  const config = image.Config ?? {};
  const createdAt = Date.parse(image.Created ?? '');
  return {
    id: image.Id,
    tags: image.RepoTags ?? [],
    digests: image.RepoDigests ?? [],
    // Reproducible builds say 0, and some tools the year 1.
    createdAt: createdAt > 0 ? createdAt : null,
    size: image.Size,
    platform: [image.Os, image.Architecture, image.Variant]
      .filter((part) => part !== undefined && part !== '')
      .join('/'),
    author: image.Author ?? '',
    layers: image.RootFS?.Layers ?? [],
    entrypoint: config.Entrypoint ?? [],
    command: config.Cmd ?? [],
    workingDir: config.WorkingDir ?? '',
    user: config.User ?? '',
    ports: Object.keys(config.ExposedPorts ?? {}),
    volumes: Object.keys(config.Volumes ?? {}),
    env: (config.Env ?? []).map(variable),
    labels: config.Labels ?? {},
    raw: image,
  };
}

/** One row per tag; an image without one gets a single row with empty names. */
export function imageRows(row: DockerImageRow, usedBy: readonly string[]): ImageSummary[] {
  const tags = (row.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
  const shared = {
    id: row.Id,
    createdAt: row.Created * 1000,
    size: row.Size,
    usedBy,
    labels: row.Labels ?? {},
  };
  if (tags.length === 0) {
    const digest = (row.RepoDigests ?? []).find((one) => !one.startsWith('<none>'));
    const repository = digest?.slice(0, digest.indexOf('@')) ?? '';
    return [{ ...shared, repository, tag: '', digest: digest?.slice(digest.indexOf('@') + 1) ?? '' }];
  }
  return tags.map((reference) => {
    const cut = reference.lastIndexOf(':');
    const repository = reference.slice(0, cut);
    const digest = (row.RepoDigests ?? []).find((one) => one.startsWith(`${repository}@`));
    return { ...shared, repository, tag: reference.slice(cut + 1), digest: digest?.slice(repository.length + 1) ?? '' };
  });
}

/** The body of `POST /containers/create`, and what goes into its address. Throws BridgeError for a bad value. */
export function createRequest(spec: RunSpec): { body: Record<string, unknown>; query: Record<string, string> } {
  const { HostConfig: host, ...config } = baseBody(spec);
  const endpoint: Record<string, unknown> = {};
  const query: Record<string, string> = {};
  putFlags(spec.flags, { config, host, endpoint, query });
  const named = !['default', 'none', 'host', 'bridge'].includes(spec.network) && !spec.network.includes(':');
  const networking =
    Object.keys(endpoint).length > 0 || named
      ? { NetworkingConfig: { EndpointsConfig: { [spec.network]: endpoint } } }
      : {};
  return { body: { ...config, HostConfig: host, ...networking }, query };
}

function baseBody(spec: RunSpec): Record<string, unknown> & { HostConfig: Record<string, unknown> } {
  const exposed = [...new Set(spec.ports.map((port) => `${String(port.containerPort)}/${port.protocol}`))];
  return {
    Image: spec.image,
    ...(spec.command.length > 0 ? { Cmd: spec.command } : {}),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint }),
    Env: spec.env.map(({ name, value }) => `${name}=${value}`),
    Tty: spec.tty,
    OpenStdin: spec.interactive,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(spec.workingDir === undefined ? {} : { WorkingDir: spec.workingDir }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])),
    HostConfig: {
      NetworkMode: spec.network,
      AutoRemove: spec.autoRemove,
      RestartPolicy: {
        Name: spec.restartPolicy,
        ...(spec.restartPolicy === 'on-failure' && spec.maxRetries > 0 ? { MaximumRetryCount: spec.maxRetries } : {}),
      },
      Binds: spec.volumes.map(
        ({ source, destination, readOnly }) => `${source}:${destination}${readOnly ? ':ro' : ''}`,
      ),
      PortBindings: Object.fromEntries(
        exposed.map((name) => [
          name,
          spec.ports
            .filter((port) => `${String(port.containerPort)}/${port.protocol}` === name)
            .map((port) => ({ HostIp: port.hostIp, HostPort: port.hostPort === 0 ? '' : String(port.hostPort) })),
        ]),
      ),
      ...(spec.memoryBytes > 0 ? { Memory: spec.memoryBytes } : {}),
      ...(spec.cpus > 0 ? { NanoCpus: Math.round(spec.cpus * 1e9) } : {}),
      ...(spec.pids > 0 ? { PidsLimit: spec.pids } : {}),
    },
  };
}

/** An event as the page wants it, or null for one that carries nothing. */
export function engineEvent(event: DockerEvent): EngineEvent | null {
  if (event.Type === undefined || event.Action === undefined) return null;
  return {
    kind: 'event',
    type: event.Type,
    action: event.Action,
    id: event.Actor?.ID ?? '',
    attributes: event.Actor?.Attributes ?? {},
    timeNano: event.timeNano === undefined ? `${String(event.time ?? 0)}000000000` : String(event.timeNano),
  };
}
