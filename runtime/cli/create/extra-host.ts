import { isIP } from 'node:net';
import { UsageError } from '../flags/flags.ts';

/** `--add-host`: `HOST:IP` or `HOST=IP`; an IPv6 address may stand in brackets. Throws UsageError. */
export function extraHost(text: string): string {
  const [, host, address = ''] = /^([^:=]+)[:=](.*)$/.exec(text) ?? [];
  if (host === undefined) throw new UsageError(`bad format for add-host: "${text}"`);
  const plain = address.replace(/^\[(.+)\]$/, '$1');
  if (plain !== 'host-gateway' && isIP(plain) === 0)
    throw new UsageError(`invalid IP address in add-host: "${address}"`);
  return `${host}:${plain}`;
}
