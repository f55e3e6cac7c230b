import { filterPattern, type GoPattern } from '../../common/go-pattern.ts';
import { EngineError } from '../errors.ts';
import type { ContainerHandle } from './handle.ts';
import { linkNames } from './links.ts';
import { mountView } from './mount-view.ts';
import { mountsOf } from './mount-points.ts';
import { networksOf } from './network-settings.ts';
import type { ContainerNetworking } from './networking.ts';
import { parsePort } from './ports.ts';
import { hasLabel } from './prune.ts';
import type { ContainerRegistry } from './registry.ts';
import type { ContainerRecord, ContainerState } from './types.ts';

export interface ListOptions {
  readonly all: boolean;
  /** Newest n, whatever their state; 0 for no limit. */
  readonly limit: number;
  readonly filters: ReadonlyMap<string, readonly string[]>;
}

const FILTERS: ReadonlySet<string> = new Set([
  'ancestor',
  'before',
  'expose',
  'exited',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
]);

const STATUSES: ReadonlySet<string> = new Set([
  'created',
  'restarting',
  'running',
  'removing',
  'paused',
  'exited',
  'dead',
]);

const HEALTHS: ReadonlySet<string> = new Set(['none', 'starting', 'healthy', 'unhealthy']);

/**
 * `GET /containers/json`: newest first, filtered as Docker does. `imageFamily` resolves an `ancestor`; `imageLabel` says how
 * the image is shown of a container that was made by that name from the one of that id.
 */
export async function listContainers(
  registry: ContainerRegistry,
  options: ListOptions,
  networking: ContainerNetworking,
  imageFamily: (reference: string) => ReadonlySet<string>,
  volumePath: (name: string) => string,
  imageLabel: (name: string, id: string) => string,
): Promise<Record<string, unknown>[]> {
  const { filters } = options;
  for (const name of filters.keys()) {
    if (!FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  }
  for (const health of filters.get('health') ?? []) {
    if (!HEALTHS.has(health)) throw new EngineError('invalid', `invalid filter 'health=${health}'`);
  }
  for (const code of filters.get('exited') ?? []) {
    if (!/^-?\d+$/.test(code)) throw new EngineError('invalid', `invalid filter 'exited=${code}'`);
  }
  const statuses = filters.get('status') ?? [];
  for (const status of statuses) {
    if (!STATUSES.has(status)) throw new EngineError('invalid', `invalid filter 'status=${status}'`);
  }
  const showAll = options.all || options.limit > 0 || statuses.length > 0 || filters.has('exited');
  const names = await filterPattern(filters.get('name'));
  const handles = registry.all();
  const linked = linkNames(handles, registry);
  const namesOf = ({ id, name }: ContainerRecord): string[] => [name, ...(linked.get(id) ?? [])];
  const matches = matcher(registry, networking, filters, imageFamily, names, namesOf);
  const chosen = handles
    .filter((handle) => (showAll || handle.running || handle.state.status === 'restarting') && matches(handle))
    .sort((a, b) => (a.record.created < b.record.created ? 1 : -1));
  const limited = options.limit > 0 ? chosen.slice(0, options.limit) : chosen;
  return limited.map((handle) => ({
    ...summarise(handle, namesOf(handle.record), networking, volumePath),
    Image: imageLabel(handle.record.imageName, handle.record.imageId),
  }));
}

function matcher(
  registry: ContainerRegistry,
  networking: ContainerNetworking,
  filters: ReadonlyMap<string, readonly string[]>,
  imageFamily: (reference: string) => ReadonlySet<string>,
  names: GoPattern,
  namesOf: (record: ContainerRecord) => readonly string[],
): (handle: ContainerHandle) => boolean {
  const before = filters.get('before')?.map((reference) => registry.find(reference).record.created) ?? [];
  const since = filters.get('since')?.map((reference) => registry.find(reference).record.created) ?? [];
  const ancestors = filters.get('ancestor')?.map(imageFamily);
  const ports = (key: string): readonly PortRange[] | undefined => filters.get(key)?.map(parseRange);
  const published = ports('publish');
  const exposed = ports('expose');
  return ({ record }) => {
    const any = (key: string, test: (value: string) => boolean): boolean => filters.get(key)?.some(test) ?? true;
    return (
      any('id', (id) => record.id.startsWith(id)) &&
      namesOf(record).some((name) => names.test(name) || names.test(`/${name}`)) &&
      any('status', (status) => record.state.status === status) &&
      any('exited', (code) => record.state.status === 'exited' && record.state.exitCode === Number(code)) &&
      (filters.get('label')?.every((label) => hasLabel(record.config.Labels ?? {}, label)) ?? true) &&
      before.every((created) => record.created < created) &&
      since.every((created) => record.created > created) &&
      (ancestors?.some((family) => family.has(record.imageId)) ?? true) &&
      any(
        'network',
        (network) =>
          network !== '' &&
          networking
            .attachments(record)
            .some(
              ({ networkId }) =>
                networkId.startsWith(network) || networking.parts.networks.nameOf(networkId) === network,
            ),
      ) &&
      any('volume', (volume) =>
        mountsOf(record).some((mount) => mount.source === volume || mount.destination === volume),
      ) &&
      (published === undefined && exposed === undefined
        ? true
        : listedPorts(record).some(
            ({ port, hostPort, protocol }) =>
              (published?.some((range) => hostPort !== null && isIn(range, { port: hostPort, protocol })) ?? false) ||
              (exposed?.some((range) => isIn(range, { port, protocol })) ?? false),
          )) &&
      any('health', (health) => (record.state.health?.status ?? 'none') === health) &&
      any('is-task', (value) => value === 'false' || value === '0')
    );
  };
}

interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly protocol: string;
}

/** `80`, `80/tcp` or `8000-9000/udp`. Throws `invalid`. */
function parseRange(text: string): PortRange {
  const [, first = text, last = '', suffix = ''] = /^(\d+)-(\d+)(\/\w+)?$/.exec(text) ?? [];
  const { port, protocol } = parsePort(`${first}${suffix}`);
  return { first: port, last: last === '' ? port : parsePort(last).port, protocol };
}

function isIn({ first, last, protocol }: PortRange, one: { port: number; protocol: string }): boolean {
  return one.port >= first && one.port <= last && one.protocol === protocol;
}

/** A port as a list shows it; `hostPort` is null when it is exposed alone. */
interface ListedPort {
  readonly address: string;
  readonly port: number;
  readonly hostPort: number | null;
  readonly protocol: string;
}

/** Published ports, then those that are exposed alone, of a container that runs. */
function listedPorts({ state, config }: ContainerRecord): ListedPort[] {
  // One that is open is nowhere on the host: it is shown as one that is exposed.
  const open = state.ports.filter((one) => one.open === true);
  const published = state.ports
    .filter((one) => one.open !== true)
    .map((one) => ({
      address: one.hostAddress,
      port: one.containerPort,
      hostPort: one.hostPort,
      protocol: one.protocol,
    }));
  if (state.status !== 'running' && state.status !== 'paused') return published;
  const known = new Set([
    ...Object.keys(config.ExposedPorts ?? {}),
    ...open.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`),
  ]);
  const exposed = [...known]
    .map(parsePort)
    .filter(({ port, protocol }) => !published.some((one) => one.port === port && one.protocol === protocol));
  return [...published, ...exposed.map((one) => ({ ...one, address: '', hostPort: null }))];
}

function summarise(
  { record }: ContainerHandle,
  names: readonly string[],
  networking: ContainerNetworking,
  volumePath: (name: string) => string,
): Record<string, unknown> {
  const { state } = record;
  const ports = listedPorts(record).map(({ address, port, hostPort, protocol }) => ({
    ...(address === '' ? {} : { IP: address }),
    PrivatePort: port,
    ...(hostPort === null ? {} : { PublicPort: hostPort }),
    Type: protocol,
  }));
  return {
    Id: record.id,
    Names: names.map((name) => `/${name}`),
    Image: record.imageName,
    ImageID: record.imageId,
    Command: commandText(record.args),
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: ports,
    Labels: record.config.Labels ?? {},
    State: state.status,
    Status: statusText(state, Date.now()),
    HostConfig: {
      NetworkMode: record.hostConfig.NetworkMode ?? 'default',
      ...(Object.keys(record.hostConfig.Annotations ?? {}).length > 0
        ? { Annotations: record.hostConfig.Annotations }
        : {}),
    },
    NetworkSettings: {
      Networks: networksOf(record, networking),
    },
    Mounts: mountView(record, volumePath),
  };
}

/** A command in one line, in which a word with spaces is one. */
export function commandText(words: readonly string[]): string {
  return words.map((word, at) => (at > 0 && word.includes(' ') ? `'${word}'` : word)).join(' ');
}

/** `Up 5 minutes`, `Exited (0) 2 hours ago`: what `docker ps` prints. `now` is in milliseconds since the epoch. */
export function statusText(state: ContainerState, now: number): string {
  const since = (time: string): string => humanDuration((now - Date.parse(time)) / 1000);
  switch (state.status) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${since(state.startedAt)}${healthText(state)}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'dead':
      return 'Dead';
  }
}

function healthText({ health }: ContainerState): string {
  if (health === undefined) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}

/** go-units' HumanDuration, whose words scripts match on. */
export function humanDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.round(whole / 3600);
  if (whole < 1) return 'Less than a second';
  if (whole === 1) return '1 second';
  if (whole < 60) return `${whole} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}
