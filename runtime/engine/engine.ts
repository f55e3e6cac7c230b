import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import type { Logger } from '../common/logger.ts';
import { registerAttachRoutes } from './api/attach.ts';
import { registerContainerRoutes } from './api/containers.ts';
import { registerExecRoutes } from './api/exec.ts';
import { registerImageRoutes } from './api/images.ts';
import { registerLogRoutes } from './api/logs.ts';
import { registerNetworkRoutes } from './api/networks.ts';
import { registerRegistryRoutes } from './api/registry.ts';
import { Router } from './api/router.ts';
import { createApiServer } from './api/server.ts';
import { registerSystemRoutes } from './api/system.ts';
import { cgroupPaths } from './containers/cgroup-plan.ts';
import type { ImageDefaults } from './containers/command.ts';
import { Creation } from './containers/creation.ts';
import { Execs } from './containers/exec.ts';
import { Lifecycle } from './containers/lifecycle.ts';
import { ContainerNetworking } from './containers/networking.ts';
import { Planner } from './containers/planner.ts';
import { emptyTrash, recoverContainers } from './containers/recovery.ts';
import { ContainerRegistry } from './containers/registry.ts';
import { CONTAINER_SCHEMA, ContainerRepository } from './containers/repository.ts';
import { ImageStore, type ImageUser } from './images/image-store.ts';
import { IMAGE_SCHEMA } from './images/records.ts';
import type { Launcher } from './launcher/interface.ts';
import { openLauncher } from './launcher/client.ts';
import { BridgeNetwork, bridgeInterfaceName, chooseSubnet, hostSubnets } from './network/bridge-network.ts';
import { DefaultNetworks, networkId } from './network/default-networks.ts';
import { Uplink } from './network/uplink.ts';
import { formatSubnet, overlaps, parseSubnet, type Subnet } from './network/address.ts';
import { openDatabase } from './store/database.ts';
import { probeCgroups } from './system/cgroups.ts';
import { delegatedParent, delegationWrapper } from './system/delegation.ts';
import { EventBus } from './system/events.ts';
import { boundingCapabilities, hostFacts } from './system/host.ts';
import { assertSocketFree, lockDataRoot, type DataRootLock } from './system/lock.ts';
import { monitorSocketPath, type EnginePaths } from './system/paths.ts';
import { VolumeDirectory } from './volumes/volume-directory.ts';

/** Version of the engine, from package.json. */
export const ENGINE_VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** A running engine. */
export interface Engine {
  readonly paths: EnginePaths;
  /** Stops answering. Containers go on; nothing depends on this being called. */
  close(): Promise<void>;
}

/**
 * Starts the engine on `paths` and finds again what a former one left running. Resolves when the socket answers.
 * Throws EngineError `conflict` when the data root or the socket is in use.
 */
export async function startEngine(paths: EnginePaths, logger: Logger): Promise<Engine> {
  makeRoots(paths);
  const lock = lockDataRoot(paths.dataRoot);
  try {
    await assertSocketFree(paths.socket);
    let restore: () => Promise<void> = () => Promise.resolve();
    const uid = process.getuid?.() ?? 0;
    const wrapper = uid === 0 ? undefined : delegationWrapper(process.env, uid);
    const launcher = await openLauncher({
      runDirectory: paths.execRoot,
      onRestart: () => restore(),
      ...(wrapper === undefined ? {} : { wrapper }),
    });
    const composed = await compose(paths, launcher, lock, logger);
    restore = composed.restoreNetworks;
    return composed.engine;
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeRoots(paths: EnginePaths): void {
  // Other users must not reach set-id files inside layers (CVE-2021-41091), also by a path they can guess. Rootless, the
  // containers' root is this user, who passes as the owner.
  mkdirSync(paths.dataRoot, { recursive: true, mode: 0o700 });
  chmodSync(paths.dataRoot, 0o700);
  for (const name of ['containers', 'volumes', 'trash'])
    mkdirSync(join(paths.dataRoot, name), { recursive: true, mode: 0o711 });
  mkdirSync(paths.execRoot, { recursive: true, mode: 0o700 });
  mkdirSync(join(paths.execRoot, 'm'), { recursive: true, mode: 0o700 });
  mkdirSync(dirname(paths.socket), { recursive: true, mode: 0o700 });
}

interface Composed {
  readonly engine: Engine;
  /** Makes again what a launcher that had to be started anew may have lost. */
  readonly restoreNetworks: () => Promise<void>;
}

async function compose(paths: EnginePaths, launcher: Launcher, lock: DataRootLock, logger: Logger): Promise<Composed> {
  const host = hostFacts();
  const cgroups = probeCgroups(launcher.rootless, launcher.rootless ? delegatedParent(launcher.pid) : null);
  const database = openDatabase(join(paths.dataRoot, 'berth.db'), [CONTAINER_SCHEMA, IMAGE_SCHEMA]);
  const events = new EventBus();
  const registry = new ContainerRegistry();
  const repository = new ContainerRepository(database);
  const imageUsers = (imageId: string): ImageUser[] =>
    registry
      .all()
      .filter(({ record }) => record.imageId === imageId)
      .map(({ id, record, running }) => ({ containerId: id, name: record.name, running }));
  const images = await ImageStore.open({
    dataRoot: paths.dataRoot,
    database,
    launcher,
    events,
    imageUsers,
    onWarning: (message) => {
      logger.warn(message);
    },
  });
  // An image removed by force lives on, nameless, until the last container made from it is gone.
  events.subscribe((event) => {
    if (event.Type !== 'container' || event.Action !== 'destroy') return;
    if (!images.catalog.allImages().some((image) => image.removed)) return;
    images.gc().catch((error: unknown) => {
      logger.warn('removed images could not be collected', { error });
    });
  });
  const uplink = new Uplink(launcher, logger, paths.dataRoot);
  const networks = defaultNetworks(paths, launcher, uplink);
  const volumes = new VolumeDirectory(paths.dataRoot, launcher);
  const planner = new Planner({
    paths,
    layers: images,
    registry,
    volumes,
    cgroups,
    host,
    rootless: launcher.rootless,
    capabilities: boundingCapabilities(),
  });
  const networking = new ContainerNetworking(networks);
  const lifecycle = new Lifecycle({
    dataRoot: paths.dataRoot,
    registry,
    repository,
    launcher,
    planner,
    networking,
    events,
    logger,
    tidyUpLost: async (id) => {
      await rm(monitorSocketPath(paths.execRoot, id), { force: true });
      await launcher.removeCgroups(cgroupPaths(cgroups, id));
    },
  });
  await recoverContainers({ paths, registry, repository, launcher, lifecycle, networking, logger });
  emptyTrash(paths.dataRoot, launcher).catch((error: unknown) => {
    logger.warn('the trash could not be emptied', { error });
  });
  const creation = new Creation({
    dataRoot: paths.dataRoot,
    images: { resolve: (reference) => imageDefaults(images, reference) },
    registry,
    repository,
    planner,
    launcher,
    events,
  });
  const execs = new Execs({ launcher, planner, events, cgroups, execRoot: paths.execRoot, hostName: host.hostname });

  const router = new Router();
  registerSystemRoutes(router, {
    version: ENGINE_VERSION,
    host,
    cgroups,
    registry,
    events,
    dataRoot: paths.dataRoot,
    engineId: networkId(paths.dataRoot, 'engine'),
    rootless: launcher.rootless,
    warnings:
      cgroups.mode === 'none'
        ? ['No control groups can be used: containers run without limits on memory, processors and processes']
        : [],
    imageCount: () => images.list().length,
  });
  registerContainerRoutes(router, {
    registry,
    repository,
    creation,
    lifecycle,
    networks,
    events,
    inspect: { dataRoot: paths.dataRoot, hostName: host.hostname, networks, volumePath: (name) => volumes.path(name) },
    imageIdOf: (reference) => imageIdOrNull(images, reference),
  });
  registerAttachRoutes(router, { registry, events, dataRoot: paths.dataRoot });
  registerLogRoutes(router, { registry, dataRoot: paths.dataRoot });
  registerExecRoutes(router, { registry, execs });
  registerNetworkRoutes(router, { networks, registry });
  registerImageRoutes(router, { images, imageUsers });
  registerRegistryRoutes(router, images);

  const server = createApiServer(router, ENGINE_VERSION, logger);
  await listen(server, paths.socket);
  const restoreNetworks = async (): Promise<void> => {
    if (!networks.bridge.made) return;
    networks.bridge.forget();
    await networks.ensureBridge();
  };
  const engine: Engine = {
    paths,
    close: async () => {
      server.close();
      server.closeAllConnections();
      rmSync(paths.socket, { force: true });
      const idle = registry.all().every((handle) => !handle.running);
      // Rootless, the interface is in the launcher's namespace and goes with it; the host's must be removed, also one
      // that a killed engine has left.
      if (idle && existsSync(`/sys/class/net/${networks.bridge.interfaceName}`)) {
        await uplink.disconnect();
        await launcher.removeBridge(networks.bridge.interfaceName);
      }
      for (const handle of registry.all()) handle.supervised?.release();
      await images.close();
      await launcher.close();
      database.close();
      lock.release();
    },
  };
  return { engine, restoreNetworks };
}

/** An image as a container is made from it. */
function imageDefaults(images: ImageStore, reference: string): { id: string; defaults: ImageDefaults } {
  const image = images.resolve(reference);
  return { id: image.id, defaults: image.document.config };
}

function imageIdOrNull(images: ImageStore, reference: string): string | null {
  try {
    return images.resolve(reference).id;
  } catch {
    return null; // A filter on an image that is not there matches nothing.
  }
}

/** Listens with nobody but the owner able to connect. */
async function listen(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  server.listen(path);
  process.umask(before);
  await once(server, 'listening');
  chmodSync(path, 0o600);
}

function defaultNetworks(paths: EnginePaths, launcher: Launcher, uplink: Uplink): DefaultNetworks {
  const isDefaultRoot = paths.dataRoot === '/var/lib/berth' || launcher.rootless;
  const interfaceName = bridgeInterfaceName(paths.dataRoot, isDefaultRoot);
  const bridge = new BridgeNetwork({
    id: networkId(paths.dataRoot, 'bridge'),
    name: 'bridge',
    interfaceName,
    subnet: persistentSubnet(paths.dataRoot, interfaceName),
  });
  return new DefaultNetworks({
    bridge,
    seed: paths.dataRoot,
    created: new Date().toISOString(),
    launcher,
    uplink: (network) => uplink.connect(network),
  });
}

/** The default bridge's subnet, chosen once per data root so that addresses stay what they were. */
function persistentSubnet(dataRoot: string, interfaceName: string): Subnet {
  const path = join(dataRoot, 'bridge-subnet');
  const known = parseSubnet(readOrEmpty(path).trim());
  const taken = hostSubnets(interfaceName);
  if (known !== null && !taken.some((subnet) => overlaps(subnet, known))) return known;
  const chosen = chooseSubnet(taken);
  writeFileSync(path, `${formatSubnet(chosen)}\n`);
  return chosen;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The first start on this data root.
  }
}
