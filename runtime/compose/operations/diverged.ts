import { DockerApiError } from '../../common/docker-api.ts';
import type { Project } from '../model/project.ts';
import {
  inspectContainer,
  projectContainers,
  removeContainer,
  unlessGone,
  type ProjectContainer,
} from '../objects/containers.ts';
import { createNetwork } from '../objects/networks.ts';
import { createVolume } from '../objects/volumes.ts';
import { reported, type ComposeContext } from './context.ts';
import { startContainer } from './converge-service.ts';
import { stopContainer } from './stop.ts';

/** What is done of a network's or volume's change. */
export interface Divergence {
  readonly keys: readonly string[];
  /** Seconds before a container is killed; undefined for its own. */
  readonly timeout: number | undefined;
  /** Services that are started afterwards anyway. */
  readonly services: ReadonlySet<string>;
}

/**
 * Makes networks anew whose description has changed. What a project has on one is stopped and taken off it first, and
 * put on the new one as it was. Who cannot be, as with an address of the former subnet, is made anew afterwards, since
 * it is not on the network that it should be on.
 */
export async function recreateNetworks(
  context: ComposeContext,
  project: Project,
  { keys, timeout, services }: Divergence,
): Promise<void> {
  if (keys.length === 0) return;
  const all = await projectContainers(context.api, project.name);
  for (const key of keys) {
    const network = project.networks.get(key);
    if (network === undefined) continue;
    const { name } = network;
    const path = `/networks/${encodeURIComponent(name)}`;
    const on = all.filter(({ networks }) => networks.includes(name));
    const places = await Promise.all(on.map((one) => placeOn(context, one, name)));
    await stopAll(context, project, on, timeout);
    await Promise.all(
      on.map(({ id }) =>
        unlessGone(context.api.json('POST', `${path}/disconnect`, { body: { Container: id, Force: true } })),
      ),
    );
    await reported(context, `Network ${name}`, ['Removing', 'Removed'], () => context.api.json('DELETE', path));
    await createNetwork(context, project, key, network);
    await Promise.all(
      on.map(({ id }, index) =>
        unlessRefused(
          context.api.json('POST', `${path}/connect`, { body: { Container: id, EndpointConfig: places[index] } }),
        ),
      ),
    );
  }
  const left = all.filter(
    ({ service, state, networks }) =>
      state === 'running' && !services.has(service) && keys.some((key) => isOn(project, key, networks)),
  );
  await Promise.all(left.map((one) => startContainer(context, project.services.get(one.service), one)));
}

function isOn(project: Project, key: string, networks: readonly string[]): boolean {
  return networks.includes(project.networks.get(key)?.name ?? key);
}

/** What a person has said of a container's place on a network. */
async function placeOn({ api }: ComposeContext, { id }: ProjectContainer, network: string): Promise<object> {
  const place = (await inspectContainer(api, id)).NetworkSettings.Networks?.[network];
  const { Aliases, Links, IPAMConfig, DriverOpts, GwPriority } = place ?? {};
  // An engine adds the beginning of the id by itself.
  return { Aliases: Aliases?.filter((alias) => !id.startsWith(alias)), Links, IPAMConfig, DriverOpts, GwPriority };
}

async function unlessRefused(action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!(error instanceof DockerApiError)) throw error;
  }
}

/** Makes volumes anew, with nothing in them: the containers that have them are removed, to be made anew afterwards. */
export async function recreateVolumes(
  context: ComposeContext,
  project: Project,
  { keys, timeout }: Omit<Divergence, 'services'>,
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
