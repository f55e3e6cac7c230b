import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../common/logger.ts';
import type { Host } from './api/hosts.ts';
import { BuildCache } from './build/cache/cache.ts';
import { CacheCollector } from './build/cache/collector.ts';
import type { Disk } from './build/cache/prune-plan.ts';
import { BuildRecords, BUILD_SCHEMA } from './build/cache/records.ts';
import { Builder } from './build/builder.ts';
import type { ControlParts } from './build/buildkit/control.ts';
import { KeptFiles } from './build/buildkit/kept-files.ts';
import { BuildSessions } from './build/buildkit/session.ts';
import { workerInfo } from './build/buildkit/worker.ts';
import { BuildHistory, HISTORY_SCHEMA } from './build/history/store.ts';
import { Builds } from './build/history/builds.ts';
import { CacheMounts } from './build/execute/cache-mounts.ts';
import { cgroupPaths } from './containers/cgroup-plan.ts';
import { containerPaths } from './containers/container-files.ts';
import { ContainerCommit } from './containers/commit.ts';
import { ContainerContent } from './containers/container-content.ts';
import { CopyUp } from './containers/copy-up.ts';
import { Creation } from './containers/creation.ts';
import { Execs } from './containers/exec.ts';
import { HealthMonitor } from './containers/health-monitor.ts';
import { Isolation } from './containers/isolation.ts';
import { Lifecycle } from './containers/lifecycle.ts';
import { tellLinked } from './containers/linked-hosts.ts';
import { LogCompressor } from './containers/log-compressor.ts';
import { MountPoints, mountsImage, volumesOf } from './containers/mount-points.ts';
import { NetworkChanges } from './containers/network-changes.ts';
import { ContainerNetworking } from './containers/networking.ts';
import { hostnameOf, Planner } from './containers/planner.ts';
import { Settings } from './configuration/settings.ts';
import { ContainerRegistry } from './containers/registry.ts';
import { SelinuxLabels } from './containers/selinux-labels.ts';
import { CONTAINER_SCHEMA, ContainerRepository } from './containers/repository.ts';
import { TRASH_SCHEMA, TrashRepository } from './containers/trash-repository.ts';
import { ContainerTrash } from './containers/trash.ts';
import { Updates } from './containers/update.ts';
import { containerImage } from './images/container-image.ts';
import { ImageStore, type ImageUser } from './images/image-store.ts';
import { IMAGE_SCHEMA } from './images/records.ts';
import { builtLauncher } from './launcher/client.ts';
import type { Launcher } from './launcher/interface.ts';
import { createNetworks } from './network/create-networks.ts';
import { NameTables } from './network/name-tables.ts';
import { NETWORK_SCHEMA, NetworkRepository } from './network/network-record.ts';
import type { Networks } from './network/networks.ts';
import { Uplink } from './network/uplink.ts';
import { openDatabase } from './store/database.ts';
import type { EngineDatabase } from './store/engine-database.ts';
import type { Digest } from './store/digest.ts';
import { AppArmor } from './system/apparmor.ts';
import { Selinux } from './system/selinux.ts';
import { cgroupParentName, probeCgroups, type CgroupHost } from './system/cgroups.ts';
import { probeCgroupFeatures } from './system/cgroup-features.ts';
import { delegatedParent } from './system/delegation.ts';
import { EVENT_SCHEMA, EventStore } from './system/event-store.ts';
import { EventBus, HISTORY_LENGTH } from './system/events.ts';
import { boundingCapabilities, hostFacts, type HostFacts } from './system/host.ts';
import { OciRuntimes, type AddedRuntime } from './system/runtimes.ts';
import { probeStorageDriver, type StorageDriver } from './system/storage-driver.ts';
import { parseStorageSize } from './configuration/storage-size.ts';
import { DiskLimit } from './system/disk-limit.ts';
import { monitorSocketPath, SYSTEM_DATA_ROOT, type EnginePaths } from './system/paths.ts';
import { VOLUME_SCHEMA } from './volumes/records.ts';
import { VolumeStore } from './volumes/volume-store.ts';

/** The engine's domains, wired to each other. */
export interface EngineParts {
  readonly paths: EnginePaths;
  readonly host: HostFacts;
  readonly cgroups: CgroupHost;
  readonly launcher: Launcher;
  readonly database: EngineDatabase;
  readonly storage: StorageDriver;
  readonly events: EventBus;
  readonly images: ImageStore;
  readonly imageUsers: (imageId: string) => readonly ImageUser[];
  readonly volumes: VolumeStore;
  readonly mountPoints: MountPoints;
  readonly content: ContainerContent;
  readonly commit: ContainerCommit;
  readonly uplink: Uplink;
  readonly networks: Networks;
  readonly names: NameTables;
  readonly networking: ContainerNetworking;
  readonly networkChanges: NetworkChanges;
  readonly settings: Settings;
  readonly registry: ContainerRegistry;
  readonly repository: ContainerRepository;
  readonly lifecycle: Lifecycle;
  readonly trash: ContainerTrash;
  readonly creation: Creation;
  readonly execs: Execs;
  readonly planner: Planner;
  readonly updates: Updates;
  readonly eventStore: EventStore;
  readonly runtimes: OciRuntimes;
  readonly builder: Builder;
  readonly buildkit: ControlParts;
  readonly buildHistory: BuildHistory;
  readonly buildCache: BuildCache;
  readonly cacheCollector: CacheCollector;
  readonly cacheMounts: CacheMounts;
  readonly diskLimit: DiskLimit;
  readonly apparmor: AppArmor;
  readonly selinux: Selinux;
  readonly labels: SelinuxLabels;
}

/** Where the control group of an ordinary user's launcher is written down. */
export function scopeRecord({ execRoot }: EnginePaths): string {
  return join(execRoot, 'scope');
}

/** Opens the stores and makes every domain's objects. Containers are not looked for yet. */
export async function buildParts(
  paths: EnginePaths,
  launcher: Launcher,
  logger: Logger,
  choice: {
    readonly runtimes?: readonly AddedRuntime[];
    readonly defaultRuntime?: string;
    readonly hosts?: readonly Host[];
  } = {},
  settings: Settings = Settings.none(),
): Promise<EngineParts> {
  const { dataRoot, execRoot } = paths;
  const apparmor = AppArmor.find(launcher.rootless, launcher.pid);
  apparmor.prepare();
  const selinux = Selinux.find(launcher.pid, settings.current['selinux-enabled']);
  const host = {
    ...hostFacts(),
    cdiDirectories: settings.current['cdi-spec-dirs'].filter((path) => path !== ''),
    apparmor: apparmor.facts,
    selinux: selinux.facts,
  };
  const cgroups = probeCgroups(
    launcher.rootless,
    launcher.rootless ? delegatedParent(launcher.pid, scopeRecord(paths)) : null,
    cgroupParentName(dataRoot, dataRoot === SYSTEM_DATA_ROOT),
  );
  const storage = await probeStorageDriver(dataRoot, launcher, process.env);
  if (storage.warning !== '') logger.warn(storage.warning);
  const database = openDatabase(join(dataRoot, 'berth.db'), [
    CONTAINER_SCHEMA,
    TRASH_SCHEMA,
    IMAGE_SCHEMA,
    NETWORK_SCHEMA,
    VOLUME_SCHEMA,
    EVENT_SCHEMA,
    BUILD_SCHEMA,
    HISTORY_SCHEMA,
  ]);
  const buildRecords = new BuildRecords(database);
  const resourceHost = { features: probeCgroupFeatures(cgroups), cpuCount: host.cpuCount };
  const configuredRuntime = settings.current['default-runtime'] || undefined;
  const runtimes = OciRuntimes.find(
    process.env['PATH'] ?? '',
    choice.runtimes,
    // A flag has the last word, but for what the administrator says.
    settings.managed.options['default-runtime'] === undefined
      ? (choice.defaultRuntime ?? configuredRuntime)
      : configuredRuntime,
  );
  const eventStore = new EventStore(database, HISTORY_LENGTH);
  const events = new EventBus(eventStore.load());
  eventStore.follow(events);
  const registry = new ContainerRegistry();
  const repository = new ContainerRepository(database);
  const imageUsers = (imageId: string): ImageUser[] => usersOf(registry, imageId);
  const onWarning = (message: string): void => {
    logger.warn(message);
  };
  const otherRoots = (): Iterable<Digest> => buildRecords.roots();
  const trashRepository = new TrashRepository(database, repository);
  const keepsImage = (imageId: string): boolean => trashRepository.keepsImage(imageId);
  const diskLimit = new DiskLimit({
    limit: () => parseStorageSize(settings.current.resources.disk) ?? 0,
    measure: () => launcher.storage.usage(dataRoot),
    now: () => performance.now(),
    onWarning: (message, error) => {
      logger.warn(message, { error });
    },
  });
  const images = await ImageStore.open({
    room: diskLimit,
    dataRoot,
    database,
    launcher,
    events,
    imageUsers,
    keepsImage,
    otherRoots,
    onWarning,
    registry: settings.registry,
  });
  collectWithContainers(images, events, logger);
  const uplink = new Uplink(launcher, logger, dataRoot);
  const networkRepository = new NetworkRepository(database);
  const networks = await createNetworks(
    dataRoot,
    { launcher, uplink, repository: networkRepository, events },
    settings.current['default-address-pools'],
    settings.current,
  );
  const names = new NameTables(join(execRoot, 'names'));
  const volumes = new VolumeStore({
    dataRoot,
    database,
    launcher,
    events,
    usersOf: (name) =>
      registry
        .all()
        // One that goes has no say in what becomes of its volumes.
        .filter(({ record, state }) => state.status !== 'removing' && volumesOf(record).includes(name))
        .map(({ id }) => id),
    onWarning: (message, error) => {
      logger.warn(message, { error });
    },
  });
  const mountPoints = new MountPoints(volumes, registry, (reference) => images.resolve(reference).id);
  const hosts = (choice.hosts ?? []).flatMap((one) => (one.kind === 'unix' ? [one.path] : []));
  const own = [
    dataRoot,
    execRoot,
    paths.socket,
    ...hosts,
    settings.path ?? dataRoot,
    settings.managed.path || dataRoot,
  ];
  const labels = new SelinuxLabels({
    facts: selinux.facts,
    registry,
    removed: () => trashRepository.all().map(({ record }) => record),
    keep: (id, given) => {
      repository.setLabels(id, given);
    },
  });
  const isolation = new Isolation({ settings, registry, volumes, own });
  const planner = new Planner({
    isolation,
    apparmor,
    labels,
    storage: launcher.storage,
    paths,
    layers: images,
    registry,
    volumes,
    cgroups,
    host,
    rootless: launcher.rootless,
    capabilities: boundingCapabilities(),
    runtimes,
    launcherBinary: process.env['BERTH_LAUNCHER'] ?? builtLauncher,
    hasSwap: resourceHost.features.swap,
  });
  const networking = new ContainerNetworking({ networks, repository: networkRepository, names, registry, events });
  const execs = new Execs({
    isolation,
    apparmor,
    launcher,
    planner,
    events,
    execRoot,
    linkVariables: (record) => networking.linkVariables(record),
  });
  const health = new HealthMonitor({
    execs,
    events,
    logger,
    setState: (handle, state) => {
      lifecycle.setState(handle, state);
    },
  });
  /** What another runtime has left of a container whose monitor was killed, its process included. */
  const deleteByRuntime = async (id: string): Promise<void> => {
    const { record } = registry.find(id);
    const program = runtimes.program(record.hostConfig.Runtime ?? '');
    if (program === null) return;
    const directory = join(containerPaths(dataRoot, id).directory, 'runtime');
    await launcher.runHelper([program, '--root', join(directory, 'state'), 'delete', '--force', id], '');
    await launcher.removeTree(directory);
  };
  const compressor = new LogCompressor(dataRoot, logger);
  const lifecycle: Lifecycle = new Lifecycle({
    dataRoot,
    registry,
    repository,
    launcher,
    planner,
    networking,
    mountPoints,
    events,
    logger,
    companions: {
      initialHealth: (handle) => health.initialHealth(handle),
      started: (handle) => {
        health.started(handle);
        compressor.started(handle);
        tellLinked(dataRoot, registry, handle.record, networks.bridge.id);
      },
      ended: (handle) => {
        health.ended(handle);
        execs.ended(handle);
        compressor.ended(handle);
      },
    },
    tidyUpLost: async (id) => {
      await deleteByRuntime(id);
      await launcher.removeCgroups(cgroupPaths(cgroups, id, registry.find(id).record.hostConfig.CgroupParent ?? ''));
      // Where a launcher that is started again looks for monitors; rootless only.
      await rm(join(execRoot, 'monitors', id), { force: true });
      // Last: by it a next engine sees that there is something to tidy up.
      await rm(monitorSocketPath(execRoot, id), { force: true });
    },
  });
  const trash = new ContainerTrash({
    dataRoot,
    repository: trashRepository,
    registry,
    lifecycle,
    networking,
    volumes,
    launcher,
    events,
    logger,
    collectImages: () => images.gc(),
    hasNetwork: (id) => networks.nameOf(id) !== null,
  });
  const viewParts = { dataRoot, planner, layers: images };
  const content = new ContainerContent(viewParts, launcher, events);
  const commit = new ContainerCommit(images, content, lifecycle, events);
  const networkChanges = new NetworkChanges({
    networking,
    launcher,
    dataRoot,
    hostnameOf: ({ record }) => hostnameOf(record, host.hostname),
    setEndpoints: (handle, endpoints) => {
      lifecycle.setState(handle, { ...handle.state, endpoints });
    },
  });
  const creation = new Creation({
    room: diskLimit,
    dataRoot,
    images: { resolve: (reference, platform) => containerImage(images, reference, platform) },
    registry,
    repository,
    planner,
    mountPoints,
    labels,
    copyUp: new CopyUp(viewParts, launcher),
    networking,
    layers: images,
    storage,
    launcher,
    events,
    resourceHost,
    runtimes,
    cdiDirectories: host.cdiDirectories,
    settings,
  });
  const cacheMounts = new CacheMounts(dataRoot, launcher, buildRecords);
  const kept = new KeptFiles(dataRoot);
  const buildCache = new BuildCache(buildRecords, images, cacheMounts, kept, events, () => diskOf(dataRoot));
  const cacheCollector = new CacheCollector(buildCache, () => settings.current.builder.gc, logger);
  buildCache.onIdle = () => {
    cacheCollector.buildsEnded();
  };
  const builder = new Builder({
    room: diskLimit,
    isolation,
    apparmor,
    labels,
    registry,
    paths,
    dataRoot,
    execRoot,
    launcher,
    networking,
    cgroups,
    host,
    capabilities: boundingCapabilities(),
    storage,
    cacheMounts,
    content: images.content,
    images,
    cache: buildCache,
    diffs: (layers) => images.content.diffs(layers),
    proxies: () => settings.proxies,
    onWarning: (message, error) => {
      logger.warn(message, { error });
    },
  });
  const buildHistory = new BuildHistory(database);
  const buildkit: ControlParts = {
    dataRoot,
    execRoot,
    launcher,
    storage,
    proxies: () => settings.proxies,
    onWarning: (message, error) => {
      logger.warn(message, { error });
    },
    cache: buildCache,
    builds: new Builds(builder, buildHistory),
    sessions: new BuildSessions(),
    kept,
    images,
    worker: workerInfo('berth', host.hostname, ''),
  };
  const updates = new Updates({ repository, planner, launcher, events, resourceHost, isolation });
  return {
    paths,
    settings,
    host,
    cgroups,
    launcher,
    database,
    storage,
    events,
    images,
    imageUsers,
    volumes,
    mountPoints,
    content,
    commit,
    uplink,
    networks,
    names,
    networking,
    networkChanges,
    registry,
    repository,
    lifecycle,
    trash,
    creation,
    execs,
    planner,
    updates,
    eventStore,
    runtimes,
    builder,
    buildkit,
    buildHistory,
    buildCache,
    cacheCollector,
    cacheMounts,
    diskLimit,
    apparmor,
    selinux,
    labels,
  };
}

/** The disk of a directory. */
async function diskOf(directory: string): Promise<Disk> {
  const { blocks, bavail, bsize } = await statfs(directory);
  return { total: blocks * bsize, free: bavail * bsize };
}

function usersOf(registry: ContainerRegistry, imageId: string): ImageUser[] {
  return registry
    .all()
    .filter(({ record }) => record.imageId === imageId || mountsImage(record, imageId))
    .map(({ id, record, running }) => ({ containerId: id, name: record.name, running }));
}

/** An image removed by force lives on, nameless, until the last container made from it is gone. */
function collectWithContainers(images: ImageStore, events: EventBus, logger: Logger): void {
  events.subscribe((event) => {
    if (event.Type === 'container' && event.Action === 'destroy') collectRemovedImages(images, logger);
  });
}

/**
 * Deletes the images that were removed by force and that no container uses any more, in the background. Only when all
 * containers are known. A former engine may have died between the removal of a container and this.
 */
export function collectRemovedImages(images: ImageStore, logger: Logger): void {
  if (!images.catalog.allImages().some((image) => image.removed)) return;
  images.gc().catch((error: unknown) => {
    logger.warn('removed images could not be collected', { error });
  });
}
