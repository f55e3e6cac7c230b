import type { EndpointConfig } from '../network/network-record.ts';
import { PLAIN_ENDPOINT } from './endpoint-config.ts';
import { dnsNames, networkMode, type ContainerNetworking } from './networking.ts';
import type { ContainerRecord, EndpointState, PublishedPort } from './types.ts';

/** NetworkSettings of inspect. */
export function networkSettings(record: ContainerRecord, networking: ContainerNetworking): Record<string, unknown> {
  const { state } = record;
  const [first] = state.endpoints;
  return {
    Bridge: '',
    SandboxID: first?.endpointId ?? '',
    SandboxKey: state.pid === 0 ? '' : `/proc/${state.pid}/ns/net`,
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    Ports: portMap(record),
    ...defaultBridgeFields(state.endpoints.find(({ networkId }) => networkId === networking.parts.networks.bridge.id)),
    Networks: networksOf(record, networking),
  };
}

/** The fields from before there were networks: they speak of the default bridge only. */
function defaultBridgeFields(endpoint: EndpointState | undefined): Record<string, unknown> {
  return {
    EndpointID: endpoint?.endpointId ?? '',
    Gateway: endpoint?.gateway ?? '',
    GlobalIPv6Address: endpoint?.address6 ?? '',
    GlobalIPv6PrefixLen: endpoint?.prefixLength6 ?? 0,
    IPAddress: endpoint?.address ?? '',
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    IPv6Gateway: endpoint?.gateway6 ?? '',
    MacAddress: endpoint?.macAddress ?? '',
  };
}

/** EndpointSettings by network name, of a running container or of one that will be there when it runs. */
export function networksOf(record: ContainerRecord, networking: ContainerNetworking): Record<string, unknown> {
  const { networks } = networking.parts;
  const entries = networking.attachments(record).map(({ networkId, config }): [string, unknown] => {
    const endpoint = record.state.endpoints.find((one) => one.networkId === networkId) ?? null;
    const name = endpoint?.networkName ?? networks.nameOf(networkId) ?? networkMode(record);
    const network = networks.leasedById(networkId);
    const isUserDefined = network !== null && network !== networks.bridge;
    return [name, endpointSettings(endpoint, networkId, config, isUserDefined ? dnsNames(record, config) : null)];
  });
  return Object.fromEntries(entries);
}

/** EndpointSettings of the API. */
export function endpointSettings(
  endpoint: EndpointState | null,
  networkId: string,
  config: EndpointConfig = PLAIN_ENDPOINT,
  names: readonly string[] | null = null,
): Record<string, unknown> {
  return {
    IPAMConfig: ipamConfig(config),
    Links: config.links.length === 0 ? null : config.links,
    Aliases: config.aliases.length === 0 ? null : config.aliases,
    DriverOpts: Object.keys(config.driverOptions).length === 0 ? null : config.driverOptions,
    GwPriority: config.gatewayPriority,
    NetworkID: networkId,
    EndpointID: endpoint?.endpointId ?? '',
    Gateway: endpoint?.gateway ?? '',
    IPAddress: endpoint?.address ?? '',
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    MacAddress: endpoint?.macAddress ?? config.macAddress,
    IPv6Gateway: endpoint?.gateway6 ?? '',
    GlobalIPv6Address: endpoint?.address6 ?? '',
    GlobalIPv6PrefixLen: endpoint?.prefixLength6 ?? 0,
    DNSNames: names,
  };
}

function ipamConfig({ ipv4, ipv6, linkLocal }: EndpointConfig): Record<string, unknown> | null {
  if (ipv4 === '' && ipv6 === '' && linkLocal.length === 0) return null;
  return {
    ...(ipv4 === '' ? {} : { IPv4Address: ipv4 }),
    ...(ipv6 === '' ? {} : { IPv6Address: ipv6 }),
    ...(linkLocal.length === 0 ? {} : { LinkLocalIPs: linkLocal }),
  };
}

/** Published ports, and while it runs the exposed ones that are not. */
function portMap(record: ContainerRecord): Record<string, { HostIp: string; HostPort: string }[] | null> {
  const map: Record<string, { HostIp: string; HostPort: string }[] | null> = {};
  if (record.state.pid !== 0 && record.state.endpoints.length > 0) {
    for (const key of Object.keys(record.config.ExposedPorts ?? {})) map[key.includes('/') ? key : `${key}/tcp`] = null;
  }
  for (const port of record.state.ports satisfies readonly PublishedPort[]) {
    const key = `${port.containerPort}/${port.protocol}`;
    const HostPort = port.open === true ? '' : String(port.hostPort);
    map[key] = [...(map[key] ?? []), { HostIp: port.hostAddress, HostPort }];
  }
  return map;
}
