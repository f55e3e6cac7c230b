import type { EndpointStep } from '../launcher/types.ts';
import { EngineError } from '../errors.ts';
import type { LeasedNetwork } from '../network/leased-network.ts';
import type { Attachment, EndpointConfig } from '../network/network-record.ts';
import type { Networks } from '../network/networks.ts';
import { NETWORK_OPTION } from '../network/options.ts';
import { INTERFACE_NAME_OPTION } from './endpoint-config.ts';
import { advertisingSteps, sysctlSteps } from './endpoint-sysctls.ts';
import type { EndpointState } from './types.ts';

/** A place on a network that is to get an interface. */
interface Place {
  readonly network: LeasedNetwork;
  readonly config: EndpointConfig;
}

/**
 * The name that an interface is to have, or the first free one that no other of the places asks for: `eth0`, `eth1`, or
 * with the prefix that the network asks for. Throws `invalid`.
 */
export function interfaceName(
  { network, config }: Place,
  endpoints: readonly EndpointState[],
  places: readonly Place[] = [],
): string {
  const asked = config.driverOptions[INTERFACE_NAME_OPTION];
  if (asked !== undefined) {
    if (endpoints.some((one) => one.interfaceName === asked))
      throw new EngineError('invalid', `error renaming interface to ${JSON.stringify(asked)}: file exists`);
    return asked;
  }
  const prefix = network.record.options[NETWORK_OPTION.interfacePrefix] ?? 'eth';
  const taken = new Set([
    ...endpoints.map((one) => one.interfaceName),
    ...places.map((one) => one.config.driverOptions[INTERFACE_NAME_OPTION]),
  ]);
  let number = 0;
  while (taken.has(`${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
}

/** The endpoint that leads out: of those not internal the one of highest priority, then first by network name. */
export function gatewayEndpoint(
  endpoints: readonly EndpointState[],
  attachments: readonly Attachment[],
  networks: Networks,
): EndpointState | null {
  const priority = (endpoint: EndpointState): number =>
    attachments.find(({ networkId }) => networkId === endpoint.networkId)?.config.gatewayPriority ?? 0;
  const [best] = endpoints
    .filter(({ networkId }) => networks.leasedById(networkId)?.hasWayOut === true)
    .sort((a, b) => priority(b) - priority(a) || (a.networkName < b.networkName ? -1 : 1));
  return best ?? null;
}

/** The launcher's step for one endpoint; only one endpoint of a container gets default routes. */
export function endpointStep({ network, config }: Place, endpoint: EndpointState, isGateway: boolean): EndpointStep {
  return {
    bridge: network.interfaceName,
    interfaceName: endpoint.interfaceName,
    hostInterfaceName: endpoint.hostInterfaceName,
    addresses: [
      ...(endpoint.address === '' ? [] : [`${endpoint.address}/${endpoint.prefixLength}`]),
      ...(endpoint.address6 === '' ? [] : [`${endpoint.address6}/${endpoint.prefixLength6}`]),
    ],
    macAddress: endpoint.macAddress,
    link: network.link,
    gateways: isGateway ? network.routesOf(endpoint) : [],
    mtu: network.mtu,
    sysctls: [
      ...(network.link.kind === 'macvlan' ? advertisingSteps(endpoint, endpoint.interfaceName) : []),
      ...sysctlSteps(config.driverOptions, endpoint.interfaceName),
    ],
  };
}
