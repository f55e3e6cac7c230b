import { isIP } from 'node:net';

/** Address arithmetic for both families; addresses in text form outside this folder. */

export type Family = 4 | 6;

/** An address as a number. */
interface Address {
  readonly family: Family;
  readonly value: bigint;
}

/** Parses dotted decimal, or RFC 4291 text without a zone. Returns null when it is neither. */
export function parseAddress(text: string): Address | null {
  const family = isIP(text);
  if (family === 4) return { family: 4, value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  return family === 6 && !text.includes('%') ? { family: 6, value: ipv6Value(text) } : null;
}

function ipv6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const groups = (part: string): bigint[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => {
          const embedded = group.includes('.') ? parseAddress(group) : null;
          return embedded === null ? [BigInt(`0x${group}`)] : [embedded.value >> 16n, embedded.value & 0xffffn];
        });
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** Text form: dotted decimal, or RFC 5952. */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const runs = [...`,${groups.join(',')},`.matchAll(/,0(?=,)(?:,0(?=,))+/g)].map((found) => found[0]);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups.join(':');
  const text = `,${groups.join(',')},`;
  const at = text.indexOf(`${longest},`);
  const part = (piece: string): string => piece.split(',').filter(Boolean).join(':');
  return `${part(text.slice(0, at))}::${part(text.slice(at + longest.length))}`;
}

export interface Subnet {
  readonly family: Family;
  /** First address, as a number. */
  readonly base: bigint;
  readonly prefixLength: number;
}

/** Parses `address/n`, clearing host bits. Returns null when it is none. */
export function parseSubnet(text: string): Subnet | null {
  const [, head = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(head);
  if (address === null || Number(prefix) > bits(address.family)) return null;
  const prefixLength = Number(prefix);
  return { family: address.family, base: address.value & ~hostMask(address.family, prefixLength), prefixLength };
}

export function formatSubnet({ family, base, prefixLength }: Subnet): string {
  return `${formatAddress({ family, value: base })}/${prefixLength}`;
}

function bits(family: Family): number {
  return family === 4 ? 32 : 128;
}

function hostMask(family: Family, prefixLength: number): bigint {
  return (1n << BigInt(bits(family) - prefixLength)) - 1n;
}

/** Last address of a subnet, as a number. */
export function lastAddress({ family, base, prefixLength }: Subnet): bigint {
  return base | hostMask(family, prefixLength);
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.family === b.family && a.base <= lastAddress(b) && b.base <= lastAddress(a);
}

export function contains(subnet: Subnet, { family, value }: Address): boolean {
  return subnet.family === family && value >= subnet.base && value <= lastAddress(subnet);
}

/** The locally administered MAC address Docker derives from an IPv4 address: 02:42 and its four bytes. */
export function macForAddress(address: string): string {
  const bytes = (parseAddress(address)?.value ?? 0n).toString(16).padStart(8, '0').slice(-8);
  return `02:42:${bytes.match(/../g)?.join(':') ?? ''}`;
}
