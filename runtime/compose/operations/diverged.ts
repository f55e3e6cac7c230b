import type { Project } from '../model/project.ts';
import { projectContainers, removeContainer, unlessGone, type ProjectContainer } from '../objects/containers.ts';
import { createNetwork } from '../objects/networks.ts';
import { createVolume } from '../objects/volumes.ts';
import { reported, type ComposeContext } from './context.ts';
import { stopContainer } from './stop.ts';

/**
 * Makes networks anew whose description has changed. What a project has on one is stopped and taken off it first: its
 * services are made anew afterwards, since they are not on the network that they should be on.
 */
export async function recreateNetworks(
  context: ComposeContext,
  project: Project,
  keys: readonly string[],
  timeout: number | undefined,
): Promise<void> {
  const networks = keys.flatMap((key) => {
    const network = project.networks.get(key);
    return network === undefined ? [] : [{ key, network }];
  });
  if (networks.length === 0) return;
  const containers = await projectContainers(context.api, project.name);
  const names = new Set(networks.map(({ network }) => network.name));
  const on = containers.filter((one) => one.networks.some((name) => names.has(name)));
  await stopAll(context, project, on, timeout);
  await Promise.all(
    networks.map(async ({ key, network }) => {
      const { name } = network;
      await Promise.all(
        on
          .filter((one) => one.networks.includes(name))
          .map(({ id }) =>
            unlessGone(
              context.api.json('POST', `/networks/${encodeURIComponent(name)}/disconnect`, {
                body: { Container: id, Force: true },
              }),
            ),
          ),
      );
      await reported(context, `Network ${name}`, ['Removing', 'Removed'], () =>
        context.api.json('DELETE', `/networks/${encodeURIComponent(name)}`),
      );
      await createNetwork(context, project, key, network);
    }),
  );
}

/** Makes volumes anew, with nothing in them: the containers that have them are removed, to be made anew afterwards. */
export async function recreateVolumes(
  context: ComposeContext,
  project: Project,
  keys: readonly string[],
  timeout: number | undefined,
): Promise<void> {
  const volumes = keys.flatMap((key) => {
    const volume = project.volumes.get(key);
    return volume === undefined ? [] : [{ key, volume }];
  });
  if (volumes.length === 0) return;
  const containers = await projectContainers(context.api, project.name);
  const names = new Set(volumes.map(({ volume }) => volume.name));
  const having = containers.filter(({ mounts }) => mounts.some((name) => names.has(name)));
  await stopAll(context, project, having, timeout);
  await Promise.all(
    having.map(({ id, name }) =>
      reported(context, `Container ${name}`, ['Removing', 'Removed'], () =>
        removeContainer(context.api, id, { force: true, volumes: false }),
      ),
    ),
  );
  await Promise.all(
    volumes.map(async ({ key, volume }) => {
      await reported(context, `Volume ${volume.name}`, ['Removing', 'Removed'], () =>
        context.api.json('DELETE', `/volumes/${encodeURIComponent(volume.name)}`),
      );
      await createVolume(context, project, key, volume);
    }),
  );
}

async function stopAll(
  context: ComposeContext,
  project: Project,
  containers: readonly ProjectContainer[],
  timeout: number | undefined,
): Promise<void> {
  await Promise.all(containers.map((one) => stopContainer(context, one, project.services.get(one.service), timeout)));
}
