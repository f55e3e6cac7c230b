import { inDependencyOrder } from '../model/order.ts';
import { ownImage } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import { DockerApiError } from '../../common/docker-api.ts';
import { projectContainers, removeContainer } from '../objects/containers.ts';
import { removeNetworks } from '../objects/networks.ts';
import { removeVolumes } from '../objects/volumes.ts';
import { providersEnd } from '../plugins/providers.ts';
import { reported, type ComposeContext } from './context.ts';
import { stopContainer } from './stop.ts';
import { removeContainers } from './up.ts';

/** How a project is taken down. */
export interface DownChoices {
  /** Seconds before a container is killed; undefined for its own. */
  readonly timeout?: number | undefined;
  readonly volumes: boolean;
  readonly removeOrphans: boolean;
  /** all: every image of a service; local: those without a name of their own. */
  readonly images?: 'all' | 'local' | undefined;
  /** Only these; empty for all, networks and volumes included. */
  readonly services: readonly string[];
}

/**
 * Stops and removes the containers of a project, dependents first, then its networks and, if asked, volumes and
 * images. `project` may know no services when its files are not at hand: then everything of its name goes.
 */
export async function down(context: ComposeContext, project: Project, choices: DownChoices): Promise<void> {
  const containers = await projectContainers(context.api, project.name);
  const isChosen = (service: string): boolean => choices.services.length === 0 || choices.services.includes(service);
  const known = new Set([...project.services.keys(), ...choices.services].filter(isChosen));
  await inDependencyOrder(
    project.services,
    known,
    async (name) => {
      await Promise.all(
        containers
          .filter((one) => one.service === name && !one.oneOff)
          .map(async (container) => {
            await stopContainer(context, container, project.services.get(name), choices.timeout);
            await reported(context, `Container ${container.name}`, ['Removing', 'Removed'], () =>
              removeContainer(context.api, container.id, { force: true, volumes: choices.volumes }),
            );
          }),
      );
    },
    'dependents-first',
  );
  await providersEnd(context, project, known, 'down');
  if (choices.services.length > 0) {
    // The networks go with the last who was on them.
    if (!containers.some(({ service }) => !known.has(service))) await removeNetworks(context, project.name);
    return;
  }
  const isOrphan = (service: string): boolean => !project.services.has(service);
  const rest = containers.filter(
    ({ oneOff, service }) => oneOff || (isOrphan(service) && (choices.removeOrphans || project.services.size === 0)),
  );
  await removeContainers(context, rest, choices.timeout, { volumes: choices.volumes });
  await Promise.all([
    removeNetworks(context, project.name),
    choices.volumes ? removeVolumes(context, project.name) : undefined,
    choices.images === undefined ? undefined : removeImages(context, project, choices.images),
  ]);
}

async function removeImages(context: ComposeContext, project: Project, which: 'all' | 'local'): Promise<void> {
  const names = [...project.services.values()]
    .filter(({ provider }) => provider === undefined)
    .filter(({ image, name }) => which === 'all' || image === ownImage(project, name))
    .map(({ image }) => image);
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const object = `Image ${name}`;
      context.progress({ object, status: 'Removing', state: 'working' });
      try {
        await context.api.json('DELETE', `/images/${name}`);
        context.progress({ object, status: 'Removed', state: 'done' });
      } catch (error) {
        if (!(error instanceof DockerApiError)) throw error;
        context.progress({ object, status: error.message, state: 'warning' });
      }
    }),
  );
}
