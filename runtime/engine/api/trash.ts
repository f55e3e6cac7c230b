import type { ContainerRegistry } from '../containers/registry.ts';
import { checkedName } from '../containers/names.ts';
import type { ContainerTrash } from '../containers/trash.ts';
import { containerPaths } from '../containers/container-files.ts';
import { directorySize } from '../system/disk-usage.ts';
import { queryFlag, sendEmpty, sendJson, type Router } from './router.ts';

export interface TrashRouteParts {
  readonly trash: ContainerTrash;
  readonly registry: ContainerRegistry;
  readonly dataRoot: string;
}

/** `/berth/trash`: ours, for the app. To Docker's own API a container in the trash is gone. */
export function registerTrashRoutes(router: Router, { trash, registry, dataRoot }: TrashRouteParts): void {
  /** What the entries of the last list take, by id and time of removal: nothing changes in the trash. */
  let sizes = new Map<string, Promise<number>>();

  router.add('GET', '/berth/trash', async (context) => {
    const known = sizes;
    sizes = new Map();
    const rows = trash.list().map(async ({ record, removedAt }) => {
      const key = `${record.id} ${removedAt}`;
      // Measured once: the app asks again at every container that comes or goes.
      const size = known.get(key) ?? directorySize(containerPaths(dataRoot, record.id).upper);
      sizes.set(key, size);
      return {
        Id: record.id,
        Name: record.name,
        Image: record.imageName,
        RemovedAt: removedAt,
        Size: await size,
      };
    });
    sendJson(context, 200, await Promise.all(rows));
  });

  router.add('POST', '/berth/trash/{id}', async (context) => {
    await trash.put(registry.find(context.params['id'] ?? ''), queryFlag(context.query, 'force'));
    sendEmpty(context, 204);
  });

  router.add('POST', '/berth/trash/{id}/restore', async (context) => {
    const name = context.query.get('name');
    const record = await trash.restore(context.params['id'] ?? '', name === null ? null : checkedName(name));
    sendJson(context, 200, { Id: record.id, Name: record.name });
  });

  router.add('DELETE', '/berth/trash/{id}', async (context) => {
    await trash.delete(context.params['id'] ?? '');
    sendEmpty(context, 204);
  });

  router.add('DELETE', '/berth/trash', async (context) => {
    sendJson(context, 200, { Deleted: await trash.emptyOlderThan(Number.POSITIVE_INFINITY) });
  });
}
