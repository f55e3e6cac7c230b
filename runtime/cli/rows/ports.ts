/** One published or exposed port of a container. */
export interface PortRow {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

interface Run {
  readonly ip: string;
  readonly type: string;
  readonly published: boolean;
  first: number;
  last: number;
  offset: number;
}

/** Ports as `ps` shows them: neighbours that are mapped alike are joined. */
export function portsText(ports: readonly PortRow[]): string {
  const order = [...ports].sort(
    (a, b) =>
      a.PrivatePort - b.PrivatePort ||
      (a.IP ?? '').localeCompare(b.IP ?? '') ||
      (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
      a.Type.localeCompare(b.Type),
  );
  const runs: Run[] = [];
  const single: string[] = [];
  for (const port of order) {
    const offset = (port.PublicPort ?? 0) === 0 ? 0 : (port.PublicPort ?? 0) - port.PrivatePort;
    const published = (port.PublicPort ?? 0) !== 0;
    // Ports that move to another number on the host are shown one by one.
    if (published && offset !== 0) {
      single.push(`${address(port.IP)}${String(port.PublicPort)}->${port.PrivatePort}/${port.Type}`);
      continue;
    }
    const run = runs.find(
      (one) =>
        one.ip === (port.IP ?? '') &&
        one.type === port.Type &&
        one.published === published &&
        one.last === port.PrivatePort - 1,
    );
    if (run === undefined)
      runs.push({
        ip: port.IP ?? '',
        type: port.Type,
        published,
        first: port.PrivatePort,
        last: port.PrivatePort,
        offset,
      });
    else run.last = port.PrivatePort;
  }
  const joined = runs
    .sort((a, b) => `${a.ip}/${a.type}`.localeCompare(`${b.ip}/${b.type}`) || a.first - b.first)
    .map(({ ip, type, published, first, last }) => {
      const range = first === last ? String(first) : `${first}-${last}`;
      return published ? `${address(ip)}${range}->${range}/${type}` : `${range}/${type}`;
    });
  return [...joined, ...single].join(', ');
}

function address(ip: string | undefined): string {
  if (ip === undefined || ip === '') return '';
  return ip.includes(':') ? `[${ip}]:` : `${ip}:`;
}
