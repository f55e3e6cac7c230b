import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { containerPaths } from '../containers/container-files.ts';
import { userMounts } from '../containers/mounts.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { listContainers } from '../containers/summary.ts';
import { EngineError } from '../errors.ts';
import type { ImageStore, ImageUser } from '../images/image-store.ts';
import { imageSummary } from '../images/views.ts';
import type { DefaultNetworks } from '../network/default-networks.ts';
import { directorySize } from '../system/disk-usage.ts';
import { sendJson, type Router } from './router.ts';

export interface DiskUsageParts {
  readonly dataRoot: string;
  readonly registry: ContainerRegistry;
  readonly networks: DefaultNetworks;
  readonly images: ImageStore;
  readonly imageUsers: (imageId: string) => readonly ImageUser[];
  /** Every volume in the API's shape, with UsageData. */
  readonly volumes: () => Promise<readonly object[]>;
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
      Volumes: wants('volume') ? await parts.volumes() : null,
      // There is no builder yet, so nothing is cached for one.
      BuildCache: wants('build-cache') ? [] : null,
    });
  });
}

function imageUsage({ images, imageUsers }: DiskUsageParts): object[] {
  return images.list().map((image) => imageSummary(images, image, imageUsers(image.id).length, true));
}

async function containerUsage(parts: DiskUsageParts): Promise<object[]> {
  const { dataRoot, registry, networks, images } = parts;
  const listed = listContainers(registry, { all: true, limit: 0, filters: new Map() }, networks, () => new Set());
  return Promise.all(
    listed.map(async (summary) => {
      const { record } = registry.find(String(summary['Id']));
      const written = await directorySize(containerPaths(dataRoot, record.id).upper);
      const image = images.list().find(({ id }) => id === record.imageId);
      return { ...summary, SizeRw: written, SizeRootFs: written + (image === undefined ? 0 : images.sizeOf(image)) };
    }),
  );
}

/** Usage of the volumes that lie in the data root. `path` gives the directory of a volume's content. */
export async function volumeUsage(
  dataRoot: string,
  registry: ContainerRegistry,
  path: (name: string) => string,
): Promise<object[]> {
  const names = await readdir(`${dataRoot}/volumes`);
  const used = registry
    .all()
    .flatMap(({ record }) =>
      userMounts(record.hostConfig).map((mount) => (mount.type === 'volume' ? mount.source : '')),
    );
  return Promise.all(
    names.map(async (name) => ({
      Name: name,
      Driver: 'local',
      Mountpoint: path(name),
      Labels: null,
      Options: null,
      Scope: 'local',
      UsageData: {
        Size: await directorySize(dirname(path(name))),
        RefCount: used.filter((one) => one === name).length,
      },
    })),
  );
}
