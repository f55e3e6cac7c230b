import { EngineError } from '../errors.ts';
import { contains, formatSubnet, overlaps, parseAddress, parseSubnet, type Family } from './address.ts';
import { AddressPool, DEFAULT_GATEWAY, type PoolConfig } from './ipam.ts';

/** How the default bridge is to be, by the names of dockerd's options. Empty texts: as it comes. */
export interface DefaultBridge {
  /** One of the host's that somebody else has made; `none`: there is no such network. */
  readonly bridge: string;
  /** The bridge's own address, with the length of the subnet's prefix. */
  readonly bip: string;
  readonly bip6: string;
  /** Where containers' addresses are from. */
  readonly 'fixed-cidr': string;
  readonly 'fixed-cidr-v6': string;
  readonly 'default-gateway': string;
  readonly 'default-gateway-v6': string;
  readonly ipv6: boolean;
  readonly icc: boolean;
  readonly 'ip-masq': boolean;
  /** The host's address that ports are published on. */
  readonly ip: string;
  /** 0: the engine's own. */
  readonly mtu: number;
}

/** The name of a bridge that is none. */
export const NO_BRIDGE = 'none';

/** As it is when nothing is said. */
export const USUAL_BRIDGE: DefaultBridge = {
  bridge: '',
  bip: '',
  bip6: '',
  'fixed-cidr': '',
  'fixed-cidr-v6': '',
  'default-gateway': '',
  'default-gateway-v6': '',
  ipv6: false,
  icc: true,
  'ip-masq': true,
  ip: '0.0.0.0',
  mtu: 0,
};

const KEYS = {
  4: { own: 'bip', range: 'fixed-cidr', gateway: 'default-gateway' },
  6: { own: 'bip6', range: 'fixed-cidr-v6', gateway: 'default-gateway-v6' },
} as const;

/** The fields that say something of a family's addresses. */
export function addressFields(family: Family): readonly (keyof DefaultBridge)[] {
  return Object.values(KEYS[family]);
}

/** The default bridge's subnet in a family, or null when nothing was said of it. Throws `invalid`. */
export function askedPool(options: DefaultBridge, family: Family): PoolConfig | null {
  const keys = KEYS[family];
  const [own, range, gateway] = [options[keys.own], options[keys.range], options[keys.gateway]];
  const network = own === '' ? range : own;
  if (network === '') return null;
  for (const [key, text] of [
    [keys.own, own],
    [keys.range, range],
  ] as const)
    checkSubnet(key, text, family);
  const subnet = parseSubnet(network);
  if (subnet === null) return null;
  const config: PoolConfig = {
    Subnet: formatSubnet(subnet),
    ...(range === '' ? {} : { IPRange: range }),
    ...(own === '' ? {} : { Gateway: own.split('/')[0] ?? '' }),
  };
  checkGateway(keys.gateway, gateway, config);
  const auxiliary = gateway === '' ? {} : { AuxiliaryAddresses: { [DEFAULT_GATEWAY[family]]: gateway } };
  return { ...config, Gateway: new AddressPool({ ...config, ...auxiliary }).gateway, ...auxiliary };
}

function checkSubnet(key: string, text: string, family: Family): void {
  if (text === '') return;
  const subnet = parseSubnet(text);
  if (subnet === null) throw new EngineError('invalid', `parse ${key} failed: invalid CIDR address: ${text}`);
  if (subnet.family !== family) throw new EngineError('invalid', `parse ${key} failed: ${text} is not of IPv${family}`);
  const linkLocal = parseSubnet('fe80::/64');
  if (linkLocal !== null && overlaps(subnet, linkLocal) && formatSubnet(subnet) !== formatSubnet(linkLocal))
    throw new EngineError('invalid', `invalid ${key}: '${text}' clashes with the Link-Local prefix 'fe80::/64'`);
  const multicast = parseSubnet('ff00::/8');
  if (multicast !== null && overlaps(subnet, multicast))
    throw new EngineError('invalid', `invalid ${key}: multicast subnet '${text}' is not allowed`);
}

function checkGateway(key: string, text: string, { Subnet: network }: PoolConfig): void {
  if (text === '') return;
  const [subnet, address] = [parseSubnet(network), parseAddress(text)];
  if (subnet === null || address === null || !contains(subnet, address))
    throw new EngineError('invalid', `invalid ${key} ${text}: default gateway ip must be part of the network`);
}
