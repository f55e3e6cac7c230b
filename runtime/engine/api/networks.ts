import type { ContainerRegistry } from '../containers/registry.ts';
import { subnetText } from '../network/bridge-network.ts';
import type { DefaultNetworks } from '../network/default-networks.ts';
import { parseFilters } from './filters.ts';
import { sendJson, type Router } from './router.ts';

/** `GET /networks` and `/networks/{id}`: the three predefined networks. */
export function registerNetworkRoutes(
  router: Router,
  parts: { networks: DefaultNetworks; registry: ContainerRegistry },
): void {
  const { networks, registry } = parts;

  router.add('GET', '/networks', (context) => {
    const filters = parseFilters(context.query);
    const matches = ({ id, name }: { id: string; name: string }): boolean =>
      (filters.get('name')?.some((wanted) => name.includes(wanted)) ?? true) &&
      (filters.get('id')?.some((wanted) => id.startsWith(wanted)) ?? true) &&
      (filters.get('driver')?.includes(name === 'none' ? 'null' : name) ?? true) &&
      (filters.get('type')?.includes('builtin') ?? true) &&
      (filters.get('scope')?.includes('local') ?? true) &&
      !filters.has('label');
    sendJson(
      context,
      200,
      networks
        .list()
        .filter(matches)
        .map((network) => describe(networks, network)),
    );
  });

  router.add('GET', '/networks/{id}', (context) => {
    const network = networks.find(context.params['id'] ?? '');
    const members = registry.all().flatMap(({ record }) =>
      record.state.endpoints
        .filter(({ networkId }) => networkId === network.id)
        .map((endpoint) => [
          record.id,
          {
            Name: record.name,
            EndpointID: '',
            MacAddress: endpoint.macAddress,
            IPv4Address: `${endpoint.address}/${endpoint.prefixLength}`,
            IPv6Address: '',
          },
        ]),
    );
    sendJson(context, 200, { ...describe(networks, network), Containers: Object.fromEntries(members) as unknown });
  });
}

function describe(networks: DefaultNetworks, { id, name }: { id: string; name: string }): Record<string, unknown> {
  const { bridge } = networks;
  return {
    Name: name,
    Id: id,
    Created: networks.created,
    Scope: 'local',
    Driver: name === 'none' ? 'null' : name,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: null,
      Config: name === 'bridge' ? [{ Subnet: subnetText(bridge), Gateway: bridge.gateway }] : [],
    },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: {},
    Options:
      name === 'bridge'
        ? {
            'com.docker.network.bridge.default_bridge': 'true',
            'com.docker.network.bridge.name': bridge.interfaceName,
            'com.docker.network.driver.mtu': String(bridge.mtu),
          }
        : {},
    Labels: {},
  };
}
