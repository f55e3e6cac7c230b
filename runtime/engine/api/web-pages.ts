import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { EngineError } from '../errors.ts';
import type { Host } from './hosts.ts';

/**
 * Ends of names that nobody can have in the public DNS (RFC 6761, 6762, 8375, and ICANN's `internal`), so that no page
 * can make one of its own lead here.
 */
const LOCAL_NAMES = /\.(?:localhost|local|internal|test|home\.arpa)$/;

/** What clients may call an engine that listens on these: the names that it was given, and the machine's. */
export function ownNames(hosts: readonly Host[]): ReadonlySet<string> {
  const given = hosts.flatMap((host) => (host.kind === 'tcp' ? [host.address] : []));
  return new Set([hostname(), ...given].map((name) => name.toLowerCase()));
}

/**
 * Keeps web pages out. A browser on a machine that can connect sends what any page asks it to: to an address, with the
 * page's Origin, or to a name of the page's own that has come to lead here (DNS rebinding). No page reaches a unix socket.
 * Throws `forbidden`.
 */
export function assertNoPage({ socket, headers }: IncomingMessage, names: ReadonlySet<string>): void {
  if (socket.remoteAddress === undefined) return;
  // The certificate has a name, and a browser goes by it.
  const isNamed = 'encrypted' in socket;
  const complaint = isNamed ? senderComplaint(headers) : pageComplaint(headers, names);
  if (complaint !== null) throw new EngineError('forbidden', complaint);
}

/** Why a request by plain TCP may be a page's; null when it is not. */
export function pageComplaint(headers: IncomingMessage['headers'], names: ReadonlySet<string>): string | null {
  const host = (headers.host ?? '').toLowerCase();
  const name = /^(?:\[([^[\]]+)\]|([^:[\]]+))(?::\d+)?$/.exec(host);
  if (!isOurs(name?.[1] ?? name?.[2] ?? '', names))
    return `${host.slice(0, 100)} is not a name of this engine. Ask by its address, or start it with --host tcp://NAME:PORT`;
  return senderComplaint(headers);
}

function isOurs(name: string, names: ReadonlySet<string>): boolean {
  // An IPv6 address in brackets may have its zone behind a percent sign, encoded.
  if (isIP(name.replace(/%.*$/, '')) !== 0 || names.has(name)) return true;
  return /^[\w-]+$/.test(name) || (/^[\w.-]+$/.test(name) && LOCAL_NAMES.test(name));
}

function senderComplaint({ host = '', origin, 'sec-fetch-site': site }: IncomingMessage['headers']): string | null {
  const isSame =
    origin === undefined || (URL.canParse(origin) && new URL(origin).host.toLowerCase() === host.toLowerCase());
  if (isSame && (site === undefined || site === 'same-origin' || site === 'none')) return null;
  return `web pages may not use the engine (Origin ${(origin ?? 'of another place').slice(0, 100)})`;
}
