import { isIP } from 'node:net';
import type { PortStep } from '../launcher/types.ts';
import type { BridgeNetwork, OpenPort } from '../network/bridge-network.ts';
import { NETWORK_OPTION } from '../network/options.ts';
import type { PortRequest } from './ports.ts';
import type { EndpointState, PublishedPort } from './types.ts';

/** A published port, and its listener on the host unless it is open. */
export interface Publication {
  readonly port: PublishedPort;
  readonly step: PortStep | null;
}

/**
 * Where the requested ports are published. One without a host address is in both families, under one number where there
 * are listeners, unless its network says otherwise; traffic of either reaches the container by its first address. In a
 * family in which the network is routed the port is open instead, where the container has an address of it.
 */
export function publications(
  requests: readonly PortRequest[],
  endpoint: Pick<EndpointState, 'address' | 'address6'>,
  network: Pick<BridgeNetwork, 'record' | 'gatewayMode'>,
): Publication[] {
  const binding = network.record.options[NETWORK_OPTION.hostBinding] ?? '0.0.0.0';
  const first = endpoint.address === '' ? endpoint.address6 : endpoint.address;
  const publication = (request: PortRequest, hostAddress: string, containerAddress: string): Publication => {
    const { protocol, containerPort } = request;
    const family = isIP(hostAddress) === 6 ? 6 : 4;
    const own = family === 6 ? endpoint.address6 : endpoint.address;
    if (own !== '' && network.gatewayMode(family) === 'routed')
      return { port: { protocol, containerPort, hostAddress, hostPort: 0, open: true }, step: null };
    return {
      port: { protocol, containerPort, hostAddress, hostPort: request.hostPort },
      step: { ...request, hostAddress, containerAddress, tied: false },
    };
  };
  return requests.flatMap((request) => {
    if (request.hostAddress !== '' || binding !== '0.0.0.0')
      return [publication(request, request.hostAddress === '' ? binding : request.hostAddress, first)];
    const four = publication(request, binding, first);
    // Nobody is to come in by the other family either.
    if (four.step === null && endpoint.address6 === '') return [four];
    const six = publication(request, '::', endpoint.address6 === '' ? first : endpoint.address6);
    if (four.step === null || six.step === null) return [four, six];
    return [four, { ...six, step: { ...six.step, tied: true } }];
  });
}

/** What others reach by the addresses of that endpoint. */
export function openPortsOf(
  ports: readonly PublishedPort[],
  endpoint: Pick<EndpointState, 'address' | 'address6'>,
): OpenPort[] {
  return ports.flatMap(({ open, hostAddress, protocol, containerPort }) => {
    const address = isIP(hostAddress) === 6 ? endpoint.address6 : endpoint.address;
    return open === true && address !== '' ? [{ address, protocol, port: containerPort }] : [];
  });
}

/** Ports with the numbers that their listeners got, without those of an address family that the host does not have (0). */
export function listenedPorts(ports: readonly PublishedPort[], hostPorts: readonly number[]): PublishedPort[] {
  let at = 0;
  return ports.flatMap((port) => {
    if (port.open === true) return [port];
    const hostPort = hostPorts[at] ?? port.hostPort;
    at += 1;
    return hostPort === 0 ? [] : [{ ...port, hostPort }];
  });
}
