import { parseConnectRequest } from '../containers/config.ts';
import type { NetworkChanges } from '../containers/network-changes.ts';
import type { Settings } from '../configuration/settings.ts';
import type { ContainerNetworking } from '../containers/networking.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { EngineError } from '../errors.ts';
import { createWarning, newNetwork } from '../network/create-request.ts';
import { listFilter, pruneFilter } from '../network/filters.ts';
import type { NetworkRecord } from '../network/network-record.ts';
import type { Networks } from '../network/networks.ts';
import { networkRequestOf } from './compatibility.ts';
import { parseFilters } from './filters.ts';
import { queryFlag, sendEmpty, sendJson, type ApiContext, type Handler, type Router } from './router.ts';

export interface NetworkRouteParts {
  readonly networks: Networks;
  readonly settings: Settings;
  readonly registry: ContainerRegistry;
  readonly networking: ContainerNetworking;
  readonly changes: NetworkChanges;
  /** What the engine's own address ranges are derived from. */
  readonly seed: string;
}

/** `/networks/*`. */
export function registerNetworkRoutes(router: Router, parts: NetworkRouteParts): void {
  const { networks, registry } = parts;
  const find = (context: ApiContext): NetworkRecord => networks.find(context.params['id'] ?? '');

  const list: Handler = async (context) => {
    const matches = await listFilter(
      parseFilters(context.query),
      (network) => networks.isPredefined(network),
      (network) => activeEndpoints(parts, network.id).length > 0,
    );
    // With the containers in it only for clients older than 1.28, as Docker.
    const detailed = context.version[0] === 1 && context.version[1] < 28;
    sendJson(
      context,
      200,
      networks
        .list()
        .filter(matches)
        .map((network) => describe(network, detailed ? members(parts, network.id) : {})),
    );
  };
  // dockerd answers to both, and clients of it ask for either.
  for (const path of ['/networks', '/networks/']) router.add('GET', path, list);

  router.add('POST', '/networks/create', async (context) => {
    const body = await context.json();
    const record = newNetwork(networkRequestOf(context, body), {
      used: networks.usedSubnets(),
      taken: networks.takenSubnets(),
      seed: parts.seed,
      pools: parts.settings.current['default-address-pools'],
      options: parts.settings.current['default-network-opts'],
      configuration: (name) => networks.configuration(name),
    });
    await networks.create(record);
    sendJson(context, 201, { Id: record.id, Warning: createWarning(record, networks.rootless) });
  });

  router.add('POST', '/networks/prune', async (context) => {
    const matches = pruneFilter(parseFilters(context.query), Date.now());
    const used = new Set(
      registry.all().flatMap(({ record }) => parts.networking.attachments(record).map(({ networkId }) => networkId)),
    );
    const unused = networks
      .list()
      .filter((network) => !networks.isPredefined(network) && !used.has(network.id) && matches(network))
      // Those that others are made from come after these.
      .sort((one, other) => Number(one.configOnly === true) - Number(other.configOnly === true));
    const deleted: string[] = [];
    for (const network of unused) {
      if (networks.isFollowed(network)) continue;
      await networks.remove(network);
      deleted.push(network.name);
    }
    sendJson(context, 200, { NetworksDeleted: deleted });
  });

  router.add('GET', '/networks/{id}', (context) => {
    const scope = context.query.get('scope') ?? '';
    if (scope !== '' && scope !== 'local') {
      throw new EngineError('not-found', `network ${context.params['id'] ?? ''} not found`);
    }
    const network = find(context);
    sendJson(context, 200, {
      ...describe(network, members(parts, network.id)),
      ...(queryFlag(context.query, 'verbose') ? { Services: {} } : {}),
    });
  });

  router.add('DELETE', '/networks/{id}', async (context) => {
    const network = find(context);
    if (networks.isPredefined(network)) {
      throw new EngineError('forbidden', `${network.name} is a pre-defined network and cannot be removed`);
    }
    const active = activeEndpoints(parts, network.id);
    // A container that is being started has its address before it is known to run.
    if (active.length > 0 || networks.leasedById(network.id)?.isLeased === true) {
      const list = active.map(({ name, endpointId }) => `name:"${name}" id:"${endpointId.slice(0, 12)}"`).join(', ');
      throw new EngineError(
        'forbidden',
        `error while removing network: network ${network.name} has active endpoints (${list})`,
      );
    }
    await networks.remove(network);
    sendEmpty(context, 204);
  });

  router.add('POST', '/networks/{id}/connect', async (context) => {
    const request = parseConnectRequest(await context.json());
    const network = find(context);
    await parts.changes.connect(registry.find(request.container), network, request.settings);
    sendEmpty(context, 200);
  });

  router.add('POST', '/networks/{id}/disconnect', async (context) => {
    const request = parseConnectRequest(await context.json());
    const network = find(context);
    await parts.changes.disconnect(registry.find(request.container), network);
    sendEmpty(context, 200);
  });
}

function activeEndpoints(parts: NetworkRouteParts, networkId: string): { name: string; endpointId: string }[] {
  return parts.registry
    .all()
    .flatMap(({ record }) =>
      record.state.endpoints
        .filter((endpoint) => endpoint.networkId === networkId)
        .map(({ endpointId }) => ({ name: record.name, endpointId })),
    );
}

/** The running containers on a network, by id (NetworkContainer). */
function members(parts: NetworkRouteParts, networkId: string): Record<string, unknown> {
  const entries = parts.registry.all().flatMap(({ record }) =>
    record.state.endpoints
      .filter((endpoint) => endpoint.networkId === networkId)
      .map((endpoint) => [
        record.id,
        {
          Name: record.name,
          EndpointID: endpoint.endpointId,
          MacAddress: endpoint.macAddress,
          IPv4Address: endpoint.address === '' ? '' : `${endpoint.address}/${endpoint.prefixLength}`,
          IPv6Address: endpoint.address6 === '' ? '' : `${endpoint.address6}/${endpoint.prefixLength6}`,
        },
      ]),
  );
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function describe(network: NetworkRecord, containers: Record<string, unknown>): Record<string, unknown> {
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: network.enableIpv4,
    EnableIPv6: network.enableIpv6,
    IPAM: { Driver: 'default', Options: network.ipam.options, Config: network.ipam.config },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: network.configFrom ?? '' },
    ConfigOnly: network.configOnly === true,
    Containers: containers,
    Options: network.options,
    Labels: network.labels,
  };
}
