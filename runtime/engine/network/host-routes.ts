import { readOrEmpty } from '../store/files.ts';
import { contains, formatAddress, parseAddress, type Family, type Subnet } from './address.ts';

/** Subnets that the host routes itself, but for those of `own` interfaces: an address pool must not hide them. */
export function hostSubnets(own: ReadonlySet<string>): Subnet[] {
  return [...ipv4Routes(readOrEmpty('/proc/net/route'), own), ...ipv6Routes(readOrEmpty('/proc/net/ipv6_route'), own)];
}

/** Subnets of a text like /proc/net/route. The default route overlaps everything and forbids nothing. */
export function ipv4Routes(text: string, own: ReadonlySet<string>): Subnet[] {
  return routesOf(text).flatMap(({ name, subnet }) => (own.has(name) || subnet.prefixLength === 0 ? [] : [subnet]));
}

/** The routes of a text like /proc/net/route, with its heading or without. */
export function routesOf(text: string): { name: string; subnet: Subnet }[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', destination, , , , , , mask = ''] = line.split('\t');
    if (destination === undefined || !/^[0-9A-F]{8}$/.test(mask)) return [];
    const prefixLength = littleEndian(mask).toString(2).replaceAll('0', '').length;
    return [{ name, subnet: { family: 4, base: BigInt(littleEndian(destination)), prefixLength } }];
  });
}

/** Subnets of a text like /proc/net/ipv6_route, without loopback and link-local ones. */
export function ipv6Routes(text: string, own: ReadonlySet<string>): Subnet[] {
  return text.split('\n').flatMap((line): Subnet[] => {
    const [destination = '', prefix = '', , , , , , , , name = ''] = line.trim().split(/\s+/);
    if (destination.length !== 32 || prefix === '00' || name === 'lo' || own.has(name)) return [];
    if (/^f[ef]/.test(destination)) return [];
    return [{ family: 6, base: BigInt(`0x${destination}`), prefixLength: Number.parseInt(prefix, 16) }];
  });
}

/** The first address of an interface of the host with the length of its prefix, as `10.0.0.1/24`; '' without one. */
export function interfaceAddress(name: string, family: Family): string {
  return family === 4
    ? ipv4Address(name, readOrEmpty('/proc/net/route'), readOrEmpty('/proc/net/fib_trie'))
    : ipv6Address(name, readOrEmpty('/proc/net/if_inet6'));
}

/**
 * From texts like /proc/net/route and /proc/net/fib_trie: of the addresses that are the host's own the one in the subnet
 * that the interface leads to.
 */
export function ipv4Address(name: string, routes: string, trie: string): string {
  const connected = routes
    .split('\n')
    .filter((line) => line.startsWith(`${name}\t`) && line.split('\t')[2] === '00000000')
    .flatMap((line) => ipv4Routes(line, new Set()));
  const local = [...trie.matchAll(/\|-- ([\d.]+)\n\s*\/32 host LOCAL/g)].map(([, address = '']) => address);
  for (const subnet of connected) {
    const own = local.find((text) => {
      const address = parseAddress(text);
      return address !== null && contains(subnet, address);
    });
    if (own !== undefined) return `${own}/${subnet.prefixLength}`;
  }
  return '';
}

/** From a text like /proc/net/if_inet6, without those of the link. */
export function ipv6Address(name: string, text: string): string {
  for (const line of text.split('\n')) {
    const [digits = '', , prefix = '', scope, , device] = line.trim().split(/\s+/);
    if (device !== name || scope === '20') continue;
    const address = formatAddress({ family: 6, value: BigInt(`0x${digits}`) });
    return `${address}/${Number.parseInt(prefix, 16)}`;
  }
  return '';
}

function littleEndian(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE(0);
}
