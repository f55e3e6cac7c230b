import type { NetworkMember, NetworkSummary } from '../contract/networks.ts';
import type { DockerClient } from './docker-client.ts';
import type { DockerContainerRow } from './docker-types.ts';
import { isHelper } from './helper.ts';
import { timeOf } from './translate.ts';

interface DockerNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Created?: string;
  readonly Internal?: boolean;
  readonly EnableIPv6?: boolean;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Options: Readonly<Record<string, string>> | null;
}

const BUILT_IN: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);

/** The contract's `networks.*` over the Docker Engine API. */
export class NetworkService {
  readonly #docker: DockerClient;

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  async list(signal: AbortSignal): Promise<NetworkSummary[]> {
    // The networks' own answer only knows running members; the containers' knows them all.
    const [networks, containers] = await Promise.all([
      this.#docker.json<DockerNetwork[]>('GET', '/networks', { signal }),
      this.#docker.json<DockerContainerRow[]>('GET', '/containers/json', { query: { all: true }, signal }),
    ]);
    const members = new Map<string, NetworkMember[]>();
    for (const row of containers) {
      if (isHelper(row.Labels)) continue;
      for (const [name, endpoint] of Object.entries(row.NetworkSettings?.Networks ?? {})) {
        const network =
          networks.find((one) => one.Id === endpoint.NetworkID) ?? networks.find((one) => one.Name === name);
        if (network === undefined) continue;
        const member: NetworkMember = {
          id: row.Id,
          name: row.Names?.[0]?.replace(/^\//, '') ?? row.Id.slice(0, 12),
          running: row.State === 'running' || row.State === 'paused',
          paused: row.State === 'paused',
          ipv4: endpoint.IPAddress ?? '',
          ipv6: endpoint.GlobalIPv6Address ?? '',
          mac: endpoint.MacAddress ?? '',
          aliases: endpoint.Aliases ?? [],
        };
        members.set(network.Id, [...(members.get(network.Id) ?? []), member]);
      }
    }
    return networks.map((network) => ({
      id: network.Id,
      name: network.Name,
      driver: network.Driver,
      scope: network.Scope,
      createdAt: timeOf(network.Created ?? '') ?? 0,
      internal: network.Internal ?? false,
      ipv6: network.EnableIPv6 ?? false,
      subnets: (network.IPAM?.Config ?? []).map(({ Subnet, Gateway }) => ({
        subnet: Subnet ?? '',
        gateway: Gateway ?? '',
      })),
      labels: network.Labels ?? {},
      options: network.Options ?? {},
      builtIn: BUILT_IN.has(network.Name),
      members: (members.get(network.Id) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1)),
    }));
  }

  async create(
    input: {
      name: string;
      driver: string;
      internal: boolean;
      ipv6: boolean;
      subnet?: string | undefined;
      gateway?: string | undefined;
      labels: Record<string, string>;
    },
    signal: AbortSignal,
  ): Promise<{ id: string; warning: string }> {
    const config = { Subnet: input.subnet, Gateway: input.gateway };
    const answer = await this.#docker.json<{ Id: string; Warning?: string }>('POST', '/networks/create', {
      body: {
        Name: input.name,
        Driver: input.driver,
        Internal: input.internal,
        EnableIPv6: input.ipv6,
        Labels: input.labels,
        CheckDuplicate: true,
        ...(input.subnet === undefined ? {} : { IPAM: { Driver: 'default', Config: [config] } }),
      },
      signal,
    });
    return { id: answer.Id, warning: answer.Warning ?? '' };
  }

  async remove(id: string, signal: AbortSignal): Promise<Record<string, never>> {
    await this.#docker.json('DELETE', `/networks/${id}`, { signal });
    return {};
  }

  async prune(signal: AbortSignal): Promise<{ deleted: number }> {
    const answer = await this.#docker.json<{ NetworksDeleted: string[] | null }>('POST', '/networks/prune', { signal });
    return { deleted: answer.NetworksDeleted?.length ?? 0 };
  }

  async connect(
    input: { id: string; containerId: string; aliases: string[]; ipv4?: string | undefined },
    signal: AbortSignal,
  ): Promise<Record<string, never>> {
    await this.#docker.json('POST', `/networks/${input.id}/connect`, {
      body: {
        Container: input.containerId,
        EndpointConfig: {
          ...(input.aliases.length === 0 ? {} : { Aliases: input.aliases }),
          ...(input.ipv4 === undefined ? {} : { IPAMConfig: { IPv4Address: input.ipv4 } }),
        },
      },
      signal,
    });
    return {};
  }

  async disconnect(
    input: { id: string; containerId: string; force: boolean },
    signal: AbortSignal,
  ): Promise<Record<string, never>> {
    await this.#docker.json('POST', `/networks/${input.id}/disconnect`, {
      body: { Container: input.containerId, Force: input.force },
      signal,
    });
    return {};
  }
}
