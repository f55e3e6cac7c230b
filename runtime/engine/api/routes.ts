import type { EngineParts } from '../engine-parts.ts';
import type { ImageStore } from '../images/image-store.ts';
import { networkId } from '../network/networks.ts';
import { registerAttachRoutes } from './attach.ts';
import { registerBuildRoutes } from './build.ts';
import { registerContentRoutes } from './container-content.ts';
import { registerContainerRoutes } from './containers.ts';
import { registerExecRoutes } from './exec.ts';
import { registerImageRoutes } from './images.ts';
import { registerLogRoutes } from './logs.ts';
import { registerNetworkRoutes } from './networks.ts';
import { registerPluginRoutes } from './plugins.ts';
import { registerRegistryRoutes } from './registry.ts';
import { Router } from './router.ts';
import { registerSwarmRoutes } from './swarm.ts';
import { registerSystemRoutes } from './system.ts';
import { registerVolumeRoutes } from './volumes.ts';

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
    warnings: [cgroups.mode === 'none' ? NO_CGROUPS : '', parts.storage.warning].filter((text) => text !== ''),
    storage: parts.storage,
    imageCount: () => images.list().length,
  });
  registerContainerRoutes(router, {
    registry,
    repository: parts.repository,
    creation: parts.creation,
    lifecycle: parts.lifecycle,
    changes: parts.networkChanges,
    events,
    inspect: {
      dataRoot,
      hostName: host.hostname,
      networking: parts.networking,
      volumePath: (name) => volumes.path(name),
    },
    imageIdOf: (reference) => imageIdOrNull(images, reference),
    sizesOf: async (handle) => {
      const imageBytes = images.sizeOf(images.get(handle.record.imageId));
      const SizeRw = await parts.content.writtenBytes(handle, imageBytes);
      return { SizeRw, SizeRootFs: SizeRw + imageBytes };
    },
  });
  registerAttachRoutes(router, { registry, events, dataRoot });
  registerLogRoutes(router, { registry, dataRoot });
  registerExecRoutes(router, { registry, execs: parts.execs });
  registerNetworkRoutes(router, {
    networks,
    registry,
    networking: parts.networking,
    changes: parts.networkChanges,
    seed: dataRoot,
  });
  registerImageRoutes(router, { images, imageUsers });
  registerRegistryRoutes(router, images);
  registerVolumeRoutes(router, volumes);
  registerContentRoutes(router, { registry, content: parts.content, commit: parts.commit });
  registerBuildRoutes(router);
  registerSwarmRoutes(router);
  registerPluginRoutes(router);
  return router;
}

const NO_CGROUPS = 'No control groups can be used: containers run without limits on memory, processors and processes';

function imageIdOrNull(images: ImageStore, reference: string): string | null {
  try {
    return images.resolve(reference).id;
  } catch {
    return null; // A filter on an image that is not there matches nothing.
  }
}
