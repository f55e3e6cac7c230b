import { allCdiDevices } from '../containers/cdi.ts';
import { readdirSync } from 'node:fs';
import { registryConfig } from '../configuration/registry-config.ts';
import type { Settings } from '../configuration/settings.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { parseTimestamp } from '../../common/time.ts';
import { EngineError } from '../errors.ts';
import { maskedProxy } from '../registry/proxy.ts';
import { probeCgroupFeatures } from '../system/cgroup-features.ts';
import type { CgroupHost } from '../system/cgroups.ts';
import type { EngineEvent, EventBus } from '../system/events.ts';
import type { HostFacts } from '../system/host.ts';
import type { OciRuntimes } from '../system/runtimes.ts';
import type { StorageDriver } from '../system/storage-driver.ts';
import { checkEventFilters, eventMatches } from './event-filter.ts';
import { parseFilters } from './filters.ts';
import { sendJson, speaksBefore, type ApiContext, type Router } from './router.ts';
import { API_VERSION, MINIMUM_API_VERSION } from './version.ts';

export interface SystemRouteParts {
  readonly runtimes: OciRuntimes;
  readonly version: string;
  readonly host: HostFacts;
  readonly cgroups: CgroupHost;
  readonly registry: ContainerRegistry;
  readonly events: EventBus;
  readonly dataRoot: string;
  readonly engineId: string;
  readonly rootless: boolean;
  readonly storage: StorageDriver;
  /** What the person should know about this engine's limits, shown by `docker info`. */
  readonly warnings: () => readonly string[];
  imageCount(): number;
  readonly settings: Pick<Settings, 'current' | 'proxies'>;
}

/** `/_ping`, `/version`, `/info`, `/events`. */
export function registerSystemRoutes(router: Router, parts: SystemRouteParts): void {
  const eventStreams = new Set<ApiContext>();
  for (const method of ['GET', 'HEAD']) {
    router.add(method, '/_ping', ({ response }) => {
      const body = method === 'HEAD' ? '' : 'OK';
      // Builder-Version 2: clients that know BuildKit use it without being told.
      response.writeHead(200, {
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': 'no-cache, no-store, must-revalidate',
        Pragma: 'no-cache',
        'Builder-Version': '2',
        Swarm: 'inactive',
        'Content-Length': body.length,
      });
      response.end(body);
    });
  }
  router.add('GET', '/version', (context) => {
    sendJson(context, 200, version(parts));
  });
  router.add('GET', '/info', (context) => {
    sendJson(context, 200, {
      ...info(parts),
      NEventsListener: eventStreams.size,
      ...(speaksBefore(context, 50) ? { DiscoveredDevices: undefined } : {}),
      ...(speaksBefore(context, 49) ? { FirewallBackend: undefined } : {}),
      ...(speaksBefore(context, 50) ? { BridgeNfIptables: false, BridgeNfIp6tables: false } : {}),
      ...(speaksBefore(context, 25) ? { SecurityOptions: olderSecurityOptions(parts.host) } : {}),
    });
  });
  router.add('GET', '/events', (context) => {
    streamEvents(context, parts.events, eventStreams);
  });
}

/** Without what says more than a name. */
function olderSecurityOptions(host: HostFacts): string[] {
  return [...(host.apparmor?.defaultProfile ? ['apparmor'] : []), 'seccomp', ...(hasSelinux(host) ? ['selinux'] : [])];
}

function hasSelinux({ selinux }: HostFacts): boolean {
  return (selinux?.contexts ?? null) !== null;
}

function version({ version: own, host }: SystemRouteParts): Record<string, unknown> {
  const common = { Os: 'linux', Arch: host.architecture, KernelVersion: host.kernelRelease };
  return {
    Platform: { Name: 'Berth' },
    Components: [
      {
        Name: 'Engine',
        Version: own,
        Details: { ...common, ApiVersion: API_VERSION, MinAPIVersion: MINIMUM_API_VERSION, Experimental: 'false' },
      },
    ],
    Version: own,
    ApiVersion: API_VERSION,
    MinAPIVersion: MINIMUM_API_VERSION,
    GitCommit: '',
    GoVersion: '',
    ...common,
    BuildTime: '',
  };
}

function info(parts: SystemRouteParts): Record<string, unknown> {
  const { host, cgroups, registry } = parts;
  const { current: settings, proxies } = parts.settings;
  const all = registry.all();
  const count = (...statuses: string[]): number => all.filter(({ state }) => statuses.includes(state.status)).length;
  const features = probeCgroupFeatures(cgroups);
  const warnings = parts.warnings();
  return {
    ID: parts.engineId,
    Containers: all.length,
    ContainersRunning: count('running'),
    ContainersPaused: count('paused'),
    ContainersStopped: count('created', 'exited', 'dead', 'restarting', 'removing'),
    Images: parts.imageCount(),
    Driver: parts.storage.name,
    DriverStatus: parts.storage.status,
    Plugins: {
      Volume: ['local'],
      // Who shares an interface of the host has to be its root.
      Network: parts.rootless ? ['bridge', 'host', 'null'] : ['bridge', 'host', 'ipvlan', 'macvlan', 'null'],
      Authorization: null,
      Log: ['json-file', 'local', 'none'],
    },
    CDISpecDirs: parts.host.cdiDirectories ?? [],
    DiscoveredDevices: allCdiDevices(parts.host.cdiDirectories).map((ID) => ({ Source: 'cdi', ID })),
    MemoryLimit: features.memory,
    SwapLimit: features.swap,
    CpuCfsPeriod: features.cpu,
    CpuCfsQuota: features.cpu,
    CPUShares: features.cpu,
    CPUSet: features.cpuset,
    PidsLimit: features.pids,
    OomKillDisable: features.oomKillDisable,
    IPv4Forwarding: true,
    Debug: settings.debug,
    NFd: readdirSync('/proc/self/fd').length,
    // What comes closest to goroutines here: what the engine's process waits for.
    NGoroutines: process.getActiveResourcesInfo().length,
    SystemTime: new Date().toISOString(),
    LoggingDriver: settings['log-driver'],
    CgroupDriver: cgroups.mode === 'none' ? 'none' : 'cgroupfs',
    CgroupVersion: String(cgroups.version),
    KernelVersion: host.kernelRelease,
    OperatingSystem: host.operatingSystem,
    OSVersion: host.osVersion,
    OSType: 'linux',
    Architecture: host.machine,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(settings),
    NCPU: host.cpuCount,
    MemTotal: host.memoryTotal,
    GenericResources: null,
    DockerRootDir: parts.dataRoot,
    HttpProxy: maskedProxy(proxies.http),
    HttpsProxy: maskedProxy(proxies.https),
    NoProxy: proxies.no,
    Name: host.hostname,
    Labels: settings.labels,
    ExperimentalBuild: false,
    ServerVersion: parts.version,
    Runtimes: parts.runtimes.list(),
    DefaultRuntime: parts.runtimes.defaultName,
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: 'berth-launcher',
    FirewallBackend: { Driver: 'nftables' },
    SecurityOptions: [
      ...((host.apparmor?.defaultProfile ?? '') === '' ? [] : ['name=apparmor']),
      'name=seccomp,profile=builtin',
      ...(hasSelinux(host) ? ['name=selinux'] : []),
      'name=cgroupns',
      ...(parts.rootless ? ['name=rootless'] : []),
      ...(settings['no-new-privileges'] || settings.isolation === 'strict' ? ['name=no-new-privileges'] : []),
    ],
    ProductLicense: '',
    DefaultAddressPools: settings['default-address-pools'].map(({ base, size }) => ({ Base: base, Size: size })),
    Warnings: warnings.length === 0 ? null : warnings,
  };
}

/** A client that leaves this many bytes unread is cut off: it can come back and ask for what it missed with `since`. */
const UNREAD_EVENTS_MAX = 4 * 1024 * 1024;
/** The longest that a timer of Node lasts, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Tools begin `docker events --filter event=start` and `docker run` side by side and then wait for the event, for ever
 * (the Dev Containers CLI does). Docker's starts are slow enough to hide that; ours would be over before the question
 * has come. So who asks for starts is told of those of the last half second too. In nanoseconds.
 */
const START_GRACE = 500_000_000n;

function beginning(asked: bigint | null, filters: ReadonlyMap<string, readonly string[]>): bigint | null {
  if (asked !== null || filters.get('event')?.includes('start') !== true) return asked;
  return BigInt(Date.now()) * 1_000_000n - START_GRACE;
}

function streamEvents(context: ApiContext, events: EventBus, streams: Set<ApiContext>): void {
  const { query, response, signal } = context;
  const filters = parseFilters(query);
  checkEventFilters(filters);
  const since = beginning(moment(query, 'since'), filters);
  const until = moment(query, 'until');
  if (since !== null && until !== null && until < since)
    throw new EngineError(
      'invalid',
      `\`since\` time (${query.get('since') ?? ''}) cannot be after \`until\` time (${query.get('until') ?? ''})`,
    );
  const matches = (event: EngineEvent): boolean => eventMatches(event, filters);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  const write = (event: EngineEvent): void => {
    if (!matches(event)) return;
    response.write(JSON.stringify(withLegacyFields(event)) + '\n');
    if (response.writableLength > UNREAD_EVENTS_MAX) response.destroy();
  };
  // Who only says when it ends wants all that is still known.
  if (since !== null || until !== null) {
    for (const event of events.history()) {
      const time = BigInt(event.timeNano);
      if (time >= (since ?? 0n) && (until === null || time <= until)) write(event);
    }
  }
  const remaining = until === null ? null : Number(until / 1_000_000n) - Date.now();
  if (remaining !== null && remaining <= 0) {
    response.end();
    return;
  }
  const unsubscribe = events.subscribe(write);
  streams.add(context);
  const timer = remaining === null ? undefined : setTimeout(() => response.end(), Math.min(remaining, LONGEST_TIMER));
  signal.addEventListener('abort', () => {
    streams.delete(context);
    unsubscribe();
    clearTimeout(timer);
  });
}

/** `status`, `id` and `from` are how API versions before 1.22 named things; the CLI still prints from them. */
function withLegacyFields(event: EngineEvent): Record<string, unknown> {
  if (event.Type !== 'container' && event.Type !== 'image') return { ...event };
  const image = event.Actor.Attributes['image'];
  return { status: event.Action, id: event.Actor.ID, ...(image === undefined ? {} : { from: image }), ...event };
}

function moment(query: URLSearchParams, name: string): bigint | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  const time = parseTimestamp(text);
  if (time === null) throw new EngineError('invalid', `invalid value for "${name}": ${JSON.stringify(text)}`);
  return time;
}
