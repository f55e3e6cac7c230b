import { DockerApiError } from '../../common/docker-api.ts';
import { ComposeError } from '../errors.ts';
import type { Project, ProjectNetwork } from '../model/project.ts';
import { networkHash } from '../plan/hash.ts';
import { LABELS, objectLabels, projectFilter } from '../plan/labels.ts';
import { reported, type ComposeContext } from '../operations/context.ts';
import { divergedKeys, type Comparison } from './diverged-keys.ts';

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/**
 * Makes the networks that these services need and that are not there. Returns the keys of those that were made of
 * something else than the files say now. Throws ComposeError.
 */
export function ensureNetworks(context: ComposeContext, project: Project, keys: Iterable<string>): Promise<string[]> {
  return divergedKeys(project.networks, keys, (key, network) => ensureNetwork(context, project, key, network));
}

async function ensureNetwork(
  context: ComposeContext,
  project: Project,
  key: string,
  network: ProjectNetwork,
): Promise<Comparison> {
  const existing = await find(context, network.name);
  if (network.external) {
    if (existing === null && !['host', 'none', 'bridge'].includes(network.name))
      throw new ComposeError(`network ${network.name} declared as external, but could not be found`);
    return 'as written';
  }
  if (existing !== null) {
    const owner = existing.Labels?.[LABELS.project];
    if (owner !== project.name)
      context.progress({
        object: `Network ${network.name}`,
        status: 'exists already, made by somebody else; say `external: true` to use it without this notice',
        state: 'warning',
      });
    const hash = existing.Labels?.[LABELS.hash];
    // Who made it without saying of what is believed.
    return owner !== project.name || hash === undefined || hash === networkHash(network) ? 'as written' : 'diverged';
  }
  await createNetwork(context, project, key, network);
  return 'as written';
}

/** Makes a network of a project, by its key in the file. */
export async function createNetwork(
  context: ComposeContext,
  project: Project,
  key: string,
  network: ProjectNetwork,
): Promise<void> {
  await reported(context, `Network ${network.name}`, ['Creating', 'Created'], () =>
    context.api.json('POST', '/networks/create', { body: createBody(project, key, network) }),
  );
}

async function find({ api }: ComposeContext, name: string): Promise<Inspected | null> {
  const listed = await api.json<readonly Inspected[]>('GET', '/networks', {
    query: { filters: JSON.stringify({ name: [name] }) },
  });
  return listed.find((one) => one.Name === name) ?? null;
}

function createBody(project: Project, key: string, network: ProjectNetwork): Record<string, unknown> {
  const { ipam } = network;
  return {
    Name: network.name,
    CheckDuplicate: true,
    ...(network.driver === undefined ? {} : { Driver: network.driver }),
    Options: network.driver_opts ?? {},
    Internal: network.internal ?? false,
    Attachable: network.attachable ?? false,
    ...(network.enable_ipv4 === undefined ? {} : { EnableIPv4: network.enable_ipv4 }),
    EnableIPv6: network.enable_ipv6 ?? false,
    ...(ipam === undefined
      ? {}
      : {
          IPAM: {
            ...(ipam.driver === undefined ? {} : { Driver: ipam.driver }),
            Options: ipam.options ?? {},
            Config: (ipam.config ?? []).map((pool) => ({
              ...(pool.subnet === undefined ? {} : { Subnet: pool.subnet }),
              ...(pool.ip_range === undefined ? {} : { IPRange: pool.ip_range }),
              ...(pool.gateway === undefined ? {} : { Gateway: pool.gateway }),
              ...(pool.aux_addresses === undefined ? {} : { AuxiliaryAddresses: pool.aux_addresses }),
            })),
          },
        }),
    Labels: objectLabels(project, 'network', key, network.labels, networkHash(network)),
  };
}

/** Removes every network that was made for a project. One that others still use is left, with a notice. */
export async function removeNetworks(context: ComposeContext, project: string): Promise<void> {
  const { api } = context;
  const listed = await api.json<readonly Inspected[]>('GET', '/networks', {
    query: { filters: projectFilter(project) },
  });
  await Promise.all(
    listed.map(async ({ Id, Name }) => {
      const object = `Network ${Name}`;
      context.progress({ object, status: 'Removing', state: 'working' });
      try {
        await api.json('DELETE', `/networks/${Id}`);
        context.progress({ object, status: 'Removed', state: 'done' });
      } catch (error) {
        if (!(error instanceof DockerApiError)) throw error;
        const isGone = error.status === 404;
        context.progress({
          object,
          status: isGone ? 'Removed' : 'Resource is still in use',
          state: isGone ? 'done' : 'warning',
        });
      }
    }),
  );
}
