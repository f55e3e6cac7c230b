import { UsageError } from '../flags/flags.ts';
import { commaFields } from '../../common/fields.ts';
import { pairs } from '../flags/values.ts';

type Bindings = Record<string, { HostIp: string; HostPort: string }[]>;

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
    const { from, to, protocol } = portRange(text);
    for (let port = from; port <= to; port += 1) exposed[`${port}/${protocol}`] = {};
  }
  for (const given of flags.publish) {
    const text = shortPublish(given);
    const found = /^(?:(?:\[([\da-f:]+)\]|([\d.]+)):)?(?:(\d*(?:-\d+)?):)?([\d-]+(?:\/\w+)?)$/i.exec(text);
    if (found === null) throw new UsageError(`invalid publish opts format: ${text}`);
    const container = portRange(found[4] ?? '');
    const host = (found[3] ?? '') === '' ? null : portRange(found[3] ?? '', 0);
    const isOneOfRange = host !== null && container.from === container.to && host.to > host.from;
    if (host !== null && !isOneOfRange && host.to - host.from !== container.to - container.from) {
      throw new UsageError(`invalid ranges specified for container and host Ports: ${text}`);
    }
    for (let offset = 0; offset <= container.to - container.from; offset += 1) {
      const key = `${container.from + offset}/${container.protocol}`;
      exposed[key] = {};
      bindings[key] = [
        ...(bindings[key] ?? []),
        {
          HostIp: found[1] ?? found[2] ?? '',
          HostPort: host === null ? '' : isOneOfRange ? `${host.from}-${host.to}` : String(host.from + offset),
        },
      ];
    }
  }
  return { exposed, bindings };
}

function portRange(text: string, least = 1): { from: number; to: number; protocol: string } {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const from = Number(found?.[1] ?? 0);
  const to = Number(found?.[2] ?? from);
  if (found === null || from < least || to < from || to > 65_535)
    throw new UsageError(`invalid containerPort: ${text}`);
  return { from, to, protocol: (found[3] ?? 'tcp').toLowerCase() };
}

/** The long syntax, `target=80,published=8080,protocol=udp`, in the short one. */
function shortPublish(text: string): string {
  if (!text.includes('=')) return text;
  const fields = pairs(commaFields(text));
  const { target, published, protocol = 'tcp' } = fields;
  const unknown = Object.keys(fields).find((name) => !['target', 'published', 'protocol', 'mode'].includes(name));
  if (unknown !== undefined) throw new UsageError(`invalid field key ${unknown}`);
  if (target === undefined) throw new UsageError('missing mandatory field "target"');
  return `${published === undefined ? '' : `${published}:`}${target}/${protocol}`;
}
