import type { EngineParts } from '../engine-parts.ts';
import type { ImageStore } from '../images/image-store.ts';
import { networkId } from '../network/default-networks.ts';
import { registerAttachRoutes } from './attach.ts';
import { registerContainerRoutes } from './containers.ts';
import { registerDiskUsageRoutes, volumeUsage } from './disk-usage.ts';
import { registerExecRoutes } from './exec.ts';
import { registerImageRoutes } from './images.ts';
import { registerLogRoutes } from './logs.ts';
import { registerNetworkRoutes } from './networks.ts';
import { registerRegistryRoutes } from './registry.ts';
import { Router } from './router.ts';
import { registerStatsRoutes } from './stats.ts';
import { registerSystemRoutes } from './system.ts';

/** Every route of the Docker Engine API, on the engine's parts. */
export function createRouter(parts: EngineParts, version: string): Router {
  const { registry, networks, events, images, imageUsers, volumes, host, cgroups, launcher } = parts;
  const { dataRoot } = parts.paths;
  const router = new Router();
  registerSystemRoutes(router, {
    version,
    host,
    cgroups,
    registry,
    events,
    dataRoot,
    engineId: networkId(dataRoot, 'engine'),
    rootless: launcher.rootless,
    warnings: cgroups.mode === 'none' ? [NO_CGROUPS] : [],
    imageCount: () => images.list().length,
  });
  registerContainerRoutes(router, {
    registry,
    repository: parts.repository,
    creation: parts.creation,
    lifecycle: parts.lifecycle,
    updates: parts.updates,
    networks,
    events,
    inspect: { dataRoot, hostName: host.hostname, networks, volumePath: (name) => volumes.path(name) },
    dataRoot,
    imageFamily: (reference) => imageFamily(images, reference),
  });
  registerAttachRoutes(router, { registry, events, dataRoot });
  registerLogRoutes(router, { registry, dataRoot });
  registerExecRoutes(router, { registry, execs: parts.execs });
  registerStatsRoutes(router, {
    registry,
    planner: parts.planner,
    host: { cgroups, memoryTotal: host.memoryTotal, cpuCount: host.cpuCount },
  });
  registerDiskUsageRoutes(router, {
    dataRoot,
    registry,
    networks,
    images,
    imageUsers,
    volumes: () => volumeUsage(dataRoot, registry, (name) => volumes.path(name)),
  });
  registerNetworkRoutes(router, { networks, registry });
  registerImageRoutes(router, { images, imageUsers });
  registerRegistryRoutes(router, images);
  return router;
}

const NO_CGROUPS = 'No control groups can be used: containers run without limits on memory, processors and processes';

function imageFamily(images: ImageStore, reference: string): Set<string> {
  const family = new Set<string>();
  try {
    family.add(images.resolve(reference).id);
  } catch {
    return family; // A filter on an image that is not there matches nothing.
  }
  // `family` grows while it is walked: each image brings those made from it.
  for (const id of family) for (const image of images.list()) if (image.parent === id) family.add(image.id);
  return family;
}
