import { isIP } from 'node:net';
import { UsageError } from '../flags/flags.ts';

type Bindings = Record<string, { HostIp: string; HostPort: string }[]>;

/** Ports from the first to the last. */
interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * `--expose PORT` and `-p [[IP:]HOST:]CONTAINER[/PROTO]`, with ranges of equal length on both sides, or one port that
 * takes any of a range of the host. Throws UsageError.
 */
export function portMaps(flags: { readonly expose: readonly string[]; readonly publish: readonly string[] }): {
  exposed: Record<string, object>;
  bindings: Bindings;
} {
  const exposed: Record<string, object> = {};
  const bindings: Bindings = {};
  for (const text of flags.expose) {
    if (text.includes(':')) throw new UsageError(`invalid port format for --expose: ${text}`);
    const { ports, protocol } = portAndProtocol(text);
    const range = portRange(ports, `invalid range format for --expose: ${text}`);
    for (let port = range.from; port <= range.to; port += 1) exposed[`${port}/${protocol}`] = {};
  }
  for (const given of flags.publish) {
    for (const { key, binding } of bindingsOf(shortPublish(given))) {
      exposed[key] = {};
      bindings[key] = [...(bindings[key] ?? []), binding];
    }
  }
  return { exposed, bindings };
}

function bindingsOf(text: string): { key: string; binding: { HostIp: string; HostPort: string } }[] {
  const parts = text.split(':');
  const { ports, protocol } = portAndProtocol(parts.pop() ?? '');
  const hostPorts = parts.pop() ?? '';
  const address = parts.join(':').replace(/^\[(.*)\]$/, '$1');
  if (ports === '') throw new UsageError(`no port specified: ${text}<empty>`);
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw new UsageError(`invalid proto: ${protocol}`);
  if (address !== '' && isIP(address) === 0) throw new UsageError(`invalid IP address: ${address}`);
  const container = portRange(ports, `invalid containerPort: ${ports}`);
  const host = hostPorts === '' ? null : portRange(hostPorts, `invalid hostPort: ${hostPorts}`);
  const count = container.to - container.from + 1;
  if (host !== null && count > 1 && host.to - host.from + 1 !== count)
    throw new UsageError(`invalid ranges specified for container and host Ports: ${ports} and ${hostPorts}`);
  return Array.from({ length: count }, (_, offset) => ({
    key: `${container.from + offset}/${protocol}`,
    binding: { HostIp: address, HostPort: host === null ? '' : hostPort(host, offset, count) },
  }));
}

/** A lone port of a container may take any of a range. */
function hostPort({ from, to }: PortRange, offset: number, count: number): string {
  return count === 1 && to > from ? `${from}-${to}` : String(from + offset);
}

function portAndProtocol(text: string): { ports: string; protocol: string } {
  const [ports = '', protocol = ''] = text.split('/', 2);
  return { ports, protocol: protocol === '' ? 'tcp' : protocol.toLowerCase() };
}

function portRange(text: string, complaint: string): PortRange {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const from = Number(found?.[1]);
  const to = Number(found?.[2] ?? from);
  if (found === null || to < from || to > 65_535) throw new UsageError(complaint);
  return { from, to };
}

/** The long syntax, `target=80,published=8080,protocol=udp`, in the short one; other fields are swarm's. */
function shortPublish(text: string): string {
  if (!text.includes('=')) return text;
  const fields: Record<string, string> = { protocol: 'tcp' };
  for (const field of text.split(',')) {
    const at = field.indexOf('=');
    if (at < 1) throw new UsageError(`invalid publish opts format (should be name=value but got '${field}')`);
    fields[field.slice(0, at)] = field.slice(at + 1);
  }
  return `${fields['published'] ?? ''}:${fields['target'] ?? ''}/${fields['protocol'] ?? ''}`;
}
