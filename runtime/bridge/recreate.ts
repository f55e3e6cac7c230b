import { randomBytes } from 'node:crypto';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';
import type { DockerImage } from './docker-types.ts';
import { ownConfig } from './own-config.ts';

/** What inspect answers, as far as a container is made from it again. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly State: { readonly Running?: boolean; readonly Paused?: boolean };
  readonly Config: Readonly<Record<string, unknown>> & { readonly Hostname?: string; readonly Image: string };
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Mounts?:
    | readonly { readonly Type: string; readonly Name?: string; readonly Destination: string; readonly RW: boolean }[]
    | null;
  readonly NetworkSettings: {
    readonly Networks?: Readonly<
      Record<string, { readonly Aliases?: readonly string[] | null; readonly IPAMConfig?: unknown }>
    > | null;
  };
}

/** What is to be in the place of a container. */
interface Replacement {
  /** Of the create request. */
  readonly body: unknown;
  /** Whether it joins all the networks that the old one was in. */
  readonly keepsNetworks: boolean;
  /** The old one's when it is not given. */
  readonly name?: string;
}

/** The body of a create request that makes a container like this one, whose settings are its own alone, from an image. */
export function bodyLike(container: Inspected, image: string): Record<string, unknown> {
  const { Config, HostConfig, Mounts, NetworkSettings } = container;
  const binds = (HostConfig['Binds'] as readonly string[] | null | undefined) ?? [];
  const mounts = (HostConfig['Mounts'] as readonly { Target: string }[] | null | undefined) ?? [];
  const covered = new Set([...binds.map((bind) => bind.split(':')[1] ?? ''), ...mounts.map(({ Target }) => Target)]);
  // Volumes that the container made for itself are named nowhere in its settings; they go on with it.
  const own = (Mounts ?? [])
    .filter(({ Type, Name, Destination }) => Type === 'volume' && Name !== undefined && !covered.has(Destination))
    .map(({ Name, Destination, RW }) => `${Name ?? ''}:${Destination}${RW ? '' : ':ro'}`);
  const { Hostname, ...config } = Config;
  const madeUp = Hostname === undefined || Hostname === container.Id.slice(0, 12);
  return {
    ...config,
    ...(madeUp ? {} : { Hostname }),
    Image: image,
    HostConfig: { ...HostConfig, Binds: [...binds, ...own] },
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(
        Object.entries(NetworkSettings.Networks ?? {})
          .filter(([name]) => !['bridge', 'host', 'none'].includes(name))
          .slice(0, 1)
          .map(([name, { Aliases, IPAMConfig }]) => [
            name,
            { Aliases: (Aliases ?? []).filter((alias) => alias !== container.Id.slice(0, 12)), IPAMConfig },
          ]),
      ),
    },
  };
}

/**
 * Puts a new container in the place of one: same name unless another is given, running if it ran. The old one is only
 * removed once the new one is there; when anything fails it is back as it was. Rejects with BridgeError.
 */
export async function replaceContainer(
  docker: DockerClient,
  id: string,
  bodyFor: (container: Inspected) => Replacement,
): Promise<{ id: string }> {
  const container = await inspectOwn(docker, id);
  const oldName = container.Name.replace(/^\//, '');
  const { body, keepsNetworks, name = oldName } = bodyFor(container);
  const running = container.State.Running === true;
  const aside = `${oldName}-old-${randomBytes(3).toString('hex')}`;
  if (running) await docker.json('POST', `/containers/${container.Id}/stop`);
  await docker.json('POST', `/containers/${container.Id}/rename`, { query: { name: aside } });
  let created: string | undefined;
  try {
    ({ Id: created } = await docker.json<{ Id: string }>('POST', '/containers/create', { query: { name }, body }));
    if (keepsNetworks) await joinOthers(docker, container, created);
    if (running) await docker.json('POST', `/containers/${created}/start`);
  } catch (error) {
    if (created !== undefined) await docker.json('DELETE', `/containers/${created}`, { query: { force: true } });
    await docker.json('POST', `/containers/${container.Id}/rename`, { query: { name: oldName } });
    if (running) await docker.json('POST', `/containers/${container.Id}/start`);
    throw error;
  }
  // It may have been asked to remove itself when it stopped.
  await docker.json('DELETE', `/containers/${container.Id}`, { query: { force: true } }).catch((error: unknown) => {
    if (!(error instanceof BridgeError) || error.code !== 'not-found') throw error;
  });
  return { id: created };
}

/** What inspect says of a container but for what it has from its image. */
export async function inspectOwn(docker: DockerClient, id: string): Promise<Inspected> {
  const container = await docker.json<Inspected>('GET', `/containers/${id}/json`);
  const image = await docker
    .json<Pick<DockerImage, 'Config'>>('GET', `/images/${container.Image}/json`)
    .catch((error: unknown) => {
      // Removed by force: nobody knows any more what was its.
      if (error instanceof BridgeError && error.code === 'not-found') return null;
      throw error;
    });
  return { ...container, Config: ownConfig(container.Config, { ...image?.Config }) };
}

async function joinOthers(docker: DockerClient, container: Inspected, created: string): Promise<void> {
  const names = Object.entries(container.NetworkSettings.Networks ?? {}).filter(
    ([name]) => !['bridge', 'host', 'none'].includes(name),
  );
  for (const [name, { Aliases, IPAMConfig }] of names.slice(1)) {
    const aliases = (Aliases ?? []).filter((alias) => alias !== container.Id.slice(0, 12));
    await docker.json('POST', `/networks/${name}/connect`, {
      body: { Container: created, EndpointConfig: { Aliases: aliases, IPAMConfig } },
    });
  }
}
