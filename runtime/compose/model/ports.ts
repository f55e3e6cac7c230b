/** A published or only exposed port, in the Compose spec's long form, one of a range. */
export interface PortMapping {
  readonly target: number;
  /** Host port, a range the engine may choose from, or '' for any. */
  readonly published: string;
  readonly hostIp: string;
  readonly protocol: string;
  /** What the service calls it. */
  readonly name?: string;
  /** `ingress` or `host`, which are the same on one machine. */
  readonly mode?: string;
  /** What is spoken on it, as `http`. */
  readonly appProtocol?: string;
}

/** A short port form that cannot be read. */
export class PortError extends Error {}

/** Reads `[[HOST_IP:][HOST_PORT]:]CONTAINER_PORT[/PROTOCOL]`, ports may be ranges of equal length. Throws PortError. */
export function parsePort(text: string): PortMapping[] {
  const wrong = (why: string): PortError => new PortError(`invalid port "${text}": ${why}`);
  const match = /^(?:(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?([^:]*):)?([^:/]+)(?:\/([a-zA-Z]+))?$/.exec(text);
  if (match === null) throw wrong('expected [[HOST_IP:]HOST_PORT:]CONTAINER_PORT[/PROTOCOL]');
  const [, address = '', host = '', container = '', protocol = 'tcp'] = match;
  const targets = range(container);
  if (targets === null) throw wrong(`"${container}" is no port from 1 to 65535, nor a range of some`);
  if (!['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())) throw wrong(`there is no protocol "${protocol}"`);
  const hostIp = address.replace(/^\[(.*)\]$/, '$1');
  const base = { hostIp, protocol: protocol.toLowerCase() };
  if (host === '') return targets.map((target) => ({ ...base, target, published: '' }));
  const published = range(host, 0);
  if (published === null) throw wrong(`"${host}" is no port from 0 to 65535, nor a range of some`);
  if (targets.length === published.length)
    return targets.map((target, at) => ({ ...base, target, published: String(published[at]) }));
  // A range of the host for one port of the container: the first that is free.
  if (targets.length === 1) return [{ ...base, target: targets[0] ?? 0, published: host }];
  throw wrong('the two ranges are not of one length');
}

/** The ports of `N` or `N-M`, or null. */
export function range(text: string, least = 1): number[] | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (first < least || last > 65_535 || last < first) return null;
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
