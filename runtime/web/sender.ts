import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import type { Socket } from 'node:net';

/** The end of a TCP connection. */
interface End {
  readonly address: string;
  readonly port: number;
}

/** The user at the other end of a connection by IPv4 within this machine; null when it is not to be found. */
export function senderOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): number | null {
  if (localAddress === undefined || localPort === undefined) return null;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  try {
    const table = readFileSync('/proc/net/tcp', 'latin1');
    return ownerIn(table, { address: remoteAddress, port: remotePort }, { address: localAddress, port: localPort });
  } catch {
    return null;
  }
}

/** The user id that a table of the kernel's (proc(5), /proc/net/tcp) has for the connection from one end to another. */
export function ownerIn(table: string, from: End, to: End, order = endianness()): number | null {
  const ends = `${written(from, order)} ${written(to, order)} `;
  const line = table.split('\n').find((one) => one.replace(/^\s*\d+: /, '').startsWith(ends));
  const user = line?.trim().split(/\s+/)[7];
  return user === undefined || !/^\d+$/.test(user) ? null : Number(user);
}

/** `0100007F:5CC6`: the address as a number of this machine's byte order, the port as one that is read. */
function written({ address, port }: End, order: 'BE' | 'LE'): string {
  const bytes = address.split('.').map((part) => hex(Number(part), 2));
  return `${(order === 'LE' ? bytes.reverse() : bytes).join('')}:${hex(port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
