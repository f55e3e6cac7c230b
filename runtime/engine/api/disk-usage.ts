import type { BuildCache } from '../build/cache/cache.ts';
import type { ContainerHandle } from '../containers/handle.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { listContainers } from '../containers/summary.ts';
import { EngineError } from '../errors.ts';
import { imageLabels } from '../images/image-labels.ts';
import type { ImageStore, ImageUser } from '../images/image-store.ts';
import { imageSummary } from '../images/views.ts';
import type { ContainerNetworking } from '../containers/networking.ts';
import type { VolumeStore } from '../volumes/volume-store.ts';
import { sendJson, type Router } from './router.ts';
import { volumeView } from './volumes.ts';

export interface DiskUsageParts {
  readonly registry: ContainerRegistry;
  readonly networking: ContainerNetworking;
  readonly images: ImageStore;
  readonly imageUsers: (imageId: string) => readonly ImageUser[];
  readonly volumes: VolumeStore;
  readonly buildCache: BuildCache;
  /** Bytes a container has written, and those with its image. */
  sizesOf(handle: ContainerHandle): Promise<{ SizeRw: number; SizeRootFs: number }>;
}

const TYPES: ReadonlySet<string> = new Set(['container', 'image', 'volume', 'build-cache']);

/** `GET /system/df`. */
export function registerDiskUsageRoutes(router: Router, parts: DiskUsageParts): void {
  router.add('GET', '/system/df', async (context) => {
    const asked = context.query.getAll('type');
    for (const type of asked) if (!TYPES.has(type)) throw new EngineError('invalid', `unknown object type: ${type}`);
    const wants = (type: string): boolean => asked.length === 0 || asked.includes(type);
    sendJson(context, 200, {
      LayersSize: wants('image') ? parts.images.layersSize() : 0,
      Images: wants('image') ? imageUsage(parts) : null,
      Containers: wants('container') ? await containerUsage(parts) : null,
      Volumes: wants('volume') ? await volumeUsage(parts) : null,
      BuildCache: wants('build-cache') ? await parts.buildCache.entries() : null,
    });
  });
}

function imageUsage({ images, imageUsers }: DiskUsageParts): object[] {
  return images.list().map((image) => imageSummary(images, image, imageUsers(image.id).length, true));
}

async function containerUsage(parts: DiskUsageParts): Promise<object[]> {
  const { registry, networking, volumes, images } = parts;
  const options = { all: true, limit: 0, filters: new Map<string, string[]>() };
  const listed = await listContainers(
    registry,
    options,
    networking,
    () => new Set(),
    (name) => volumes.path(name),
    imageLabels(images),
  );
  return Promise.all(
    listed.map(async (summary) => ({
      ...summary,
      ...(await parts.sizesOf(registry.find(String(summary['Id'])))),
    })),
  );
}

function volumeUsage({ volumes }: DiskUsageParts): Promise<object[]> {
  return Promise.all(
    volumes.all().map(async (record) => ({
      ...volumeView(record, volumes),
      UsageData: { Size: await volumes.sizeOf(record.name), RefCount: volumes.usersOf(record.name).length },
    })),
  );
}
