import type { ContainerHandle } from '../containers/handle.ts';
import type { ReloadParts } from '../configuration/reload.ts';
import type { EngineParts } from '../engine-parts.ts';
import { imageLabels } from '../images/image-labels.ts';
import type { ImageStore } from '../images/image-store.ts';
import { NO_APPARMOR } from '../system/apparmor.ts';

import { registerAttachRoutes } from './attach.ts';
import { registerBuildRoutes } from './build.ts';
import { registerBuildsRoutes } from './builds.ts';
import { registerCheckpointRoutes } from './checkpoints.ts';
import { registerConfigurationRoutes } from './configuration.ts';
import { registerContentRoutes } from './container-content.ts';
import { registerContainerRoutes } from './containers.ts';
import { registerDiskUsageRoutes } from './disk-usage.ts';
import { registerExecRoutes } from './exec.ts';
import { registerImageRoutes } from './images.ts';
import { registerLogRoutes } from './logs.ts';
import { registerNetworkRoutes } from './networks.ts';
import { registerPluginRoutes } from './plugins.ts';
import { registerRegistryRoutes } from './registry.ts';
import { Router } from './router.ts';
import { registerStatsRoutes } from './stats.ts';
import { registerSwarmRoutes } from './swarm.ts';
import { registerSystemRoutes } from './system.ts';
import { registerTrashRoutes } from './trash.ts';
import { registerVolumeRoutes } from './volumes.ts';

/**
 * Every route of the Docker Engine API, on the engine's parts. `warnings`: what is to be known of where it listens, and of
 * limits it cannot keep.
 */
export function createRouter(
  parts: EngineParts,
  version: string,
  reload: ReloadParts,
  warnings: () => readonly string[],
): Router {
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
    engineId: reload.engineId,
    rootless: launcher.rootless,
    warnings: () =>
      [...warnings(), cgroups.mode === 'none' ? NO_CGROUPS : '', parts.storage.warning].filter((text) => text !== ''),
    storage: parts.storage,
    runtimes: parts.runtimes,
    imageCount: () => images.list().length,
    settings: parts.settings,
  });
  const sizesOf = async (handle: ContainerHandle): Promise<{ SizeRw: number; SizeRootFs: number }> => {
    const imageBytes = images.sizeOf(images.get(handle.record.imageId));
    const SizeRw = await parts.content.writtenBytes(handle, imageBytes);
    return { SizeRw, SizeRootFs: SizeRw + imageBytes };
  };
  // Before the containers', whose names in a path may have slashes.
  registerCheckpointRoutes(router);
  registerContainerRoutes(router, {
    registry,
    repository: parts.repository,
    creation: parts.creation,
    lifecycle: parts.lifecycle,
    changes: parts.networkChanges,
    updates: parts.updates,
    events,
    inspect: {
      dataRoot,
      hostName: host.hostname,
      apparmor: host.apparmor ?? NO_APPARMOR,
      labels: parts.labels,
      networking: parts.networking,
      volumePath: (name) => volumes.path(name),
    },
    dataRoot,
    imageFamily: (reference) => imageFamily(images, reference),
    imageLabels: () => imageLabels(images),
    sizesOf,
  });
  registerAttachRoutes(router, { registry, events, dataRoot });
  registerLogRoutes(router, { registry, dataRoot, trash: parts.trash });
  registerExecRoutes(router, { registry, execs: parts.execs });
  registerStatsRoutes(router, {
    registry,
    planner: parts.planner,
    host: { cgroups, memoryTotal: host.memoryTotal, cpuCount: host.cpuCount },
  });
  registerDiskUsageRoutes(router, {
    registry,
    networking: parts.networking,
    images,
    imageUsers,
    volumes,
    sizesOf,
    buildCache: parts.buildCache,
  });
  registerNetworkRoutes(router, {
    networks,
    settings: parts.settings,
    registry,
    networking: parts.networking,
    changes: parts.networkChanges,
    seed: dataRoot,
  });
  registerImageRoutes(router, { images, imageUsers });
  registerRegistryRoutes(router, images);
  registerVolumeRoutes(router, volumes);
  registerContentRoutes(router, { registry, content: parts.content, commit: parts.commit });
  registerBuildRoutes(router, { buildkit: parts.buildkit, cache: parts.buildCache });
  registerBuildsRoutes(router, { builds: parts.buildkit.builds, history: parts.buildHistory });
  registerTrashRoutes(router, { trash: parts.trash, registry, dataRoot });
  registerConfigurationRoutes(router, reload, parts.runtimes);
  registerSwarmRoutes(router);
  registerPluginRoutes(router);
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
