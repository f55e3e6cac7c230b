/** IPv4 arithmetic on 32-bit numbers; addresses in dotted form outside this file. */

/** Parses dotted decimal. Returns null when it is none. */
export function parseIpv4(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

export interface Subnet {
  /** First address, as a number. */
  readonly base: number;
  readonly prefixLength: number;
}

/** Parses `a.b.c.d/n`, clearing host bits. Returns null when it is none. */
export function parseSubnet(text: string): Subnet | null {
  const [address = '', prefix = ''] = text.split('/');
  const value = parseIpv4(address);
  if (value === null || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return null;
  const prefixLength = Number(prefix);
  return { base: (value & netmask(prefixLength)) >>> 0, prefixLength };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatIpv4(subnet.base)}/${subnet.prefixLength}`;
}

function netmask(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const mask = netmask(Math.min(a.prefixLength, b.prefixLength));
  return ((a.base ^ b.base) & mask) === 0;
}

/** Number of addresses, network and broadcast included. */
export function subnetSize(subnet: Subnet): number {
  return 2 ** (32 - subnet.prefixLength);
}

/** The locally administered MAC address Docker derives from an IPv4 address: 02:42 and its four bytes. */
export function macForAddress(address: string): string {
  const bytes = (parseIpv4(address) ?? 0).toString(16).padStart(8, '0');
  return `02:42:${bytes.match(/../g)?.join(':') ?? ''}`;
}
