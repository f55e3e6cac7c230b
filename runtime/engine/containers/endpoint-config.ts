import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import { contains, parseAddress, parseSubnet } from '../network/address.ts';
import type { EndpointConfig, NetworkRecord } from '../network/network-record.ts';
import type { EndpointSettings } from './config.ts';
import { endpointSysctls } from './endpoint-sysctls.ts';

/** A place on a network about which nothing was asked. */
export const PLAIN_ENDPOINT: EndpointConfig = {
  aliases: [],
  links: [],
  ipv4: '',
  ipv6: '',
  linkLocal: [],
  macAddress: '',
  driverOptions: {},
  gatewayPriority: 0,
};

/** The option of an endpoint that names its interface in the container. */
export const INTERFACE_NAME_OPTION = 'com.docker.network.endpoint.ifname';

/** True when it asks for nothing, so that it need not be remembered. */
export function isPlain(config: EndpointConfig): boolean {
  return JSON.stringify(config) === JSON.stringify(PLAIN_ENDPOINT);
}

/** What an EndpointSettings of the API asks for. Throws `invalid` for addresses that are none. */
export function endpointConfig(settings: EndpointSettings | null | undefined): EndpointConfig {
  if (settings === null || settings === undefined) return PLAIN_ENDPOINT;
  const ipv4 = settings.IPAMConfig?.IPv4Address ?? '';
  const ipv6 = settings.IPAMConfig?.IPv6Address ?? '';
  const macAddress = (settings.MacAddress ?? '').toLowerCase();
  if (ipv4 !== '' && isIP(ipv4) !== 4) throw new EngineError('invalid', `invalid IPv4 address: ${ipv4}`);
  if (ipv6 !== '' && isIP(ipv6) !== 6) throw new EngineError('invalid', `invalid IPv6 address: ${ipv6}`);
  checkMac(macAddress);
  const driverOptions = settings.DriverOpts ?? {};
  checkInterfaceName(driverOptions[INTERFACE_NAME_OPTION]);
  endpointSysctls(driverOptions);
  return {
    aliases: [...new Set(settings.Aliases ?? [])],
    links: settings.Links ?? [],
    ipv4,
    ipv6,
    linkLocal: settings.IPAMConfig?.LinkLocalIPs ?? [],
    macAddress,
    driverOptions,
    gatewayPriority: settings.GwPriority ?? 0,
  };
}

/** Throws `invalid` for what the kernel takes for no name of an interface. */
function checkInterfaceName(name: string | undefined): void {
  if (name === undefined || (/^[^/\s:]{1,15}$/.test(name) && name !== '.' && name !== '..' && name !== 'lo')) return;
  throw new EngineError('invalid', `invalid interface name: ${JSON.stringify(name)}`);
}

/** Throws `invalid` for what cannot be a unicast address of an interface. */
function checkMac(text: string): void {
  if (text === '') return;
  const first = Number.parseInt(text.slice(0, 2), 16);
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(text) || (first & 1) === 1) {
    throw new EngineError('invalid', `invalid MAC address: ${text}`);
  }
}

/** Checks what was asked for against the network it is for. Throws `invalid`. */
export function checkEndpoint(config: EndpointConfig, network: NetworkRecord, userDefined: boolean): void {
  const addresses = [config.ipv4, config.ipv6].filter((text) => text !== '');
  if (!userDefined) {
    if (addresses.length > 0) {
      throw new EngineError('invalid', 'user specified IP address is supported on user defined networks only');
    }
    if (config.aliases.length > 0) {
      throw new EngineError(
        'invalid',
        'network-scoped alias is supported only for containers in user defined networks',
      );
    }
    return;
  }
  for (const text of addresses) {
    if (!network.ipam.chosen) {
      throw new EngineError(
        'invalid',
        'user specified IP address is supported only when connecting to networks with user configured subnets',
      );
    }
    const address = parseAddress(text);
    const covered = network.ipam.config.some(({ Subnet: subnetText }) => {
      const subnet = parseSubnet(subnetText);
      return subnet !== null && address !== null && contains(subnet, address);
    });
    if (!covered) throw new EngineError('invalid', `no configured subnet or ip-range contain the IP address ${text}`);
  }
}

/** A legacy link, `container:alias` or `container`, with the slashes and paths that older clients put in. */
export function parseLink(text: string): { container: string; alias: string } {
  const [container = '', alias = ''] = text.split(':');
  const last = (path: string): string => path.split('/').at(-1) ?? '';
  if (last(container) === '') throw new EngineError('invalid', `invalid link format ${text}`);
  return { container: last(container), alias: last(alias) === '' ? last(container) : last(alias) };
}
