import { readOrEmpty } from '../store/files.ts';
import type { Subnet } from './address.ts';

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

function littleEndian(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE(0);
}
