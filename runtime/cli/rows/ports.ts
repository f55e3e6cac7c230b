/** One published or exposed port of a container. */
export interface PortRow {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

/** Ports as `ps` shows them: neighbours that keep their number are joined; those that change it come last. */
export function portsText(ports: readonly PortRow[]): string {
  const order = ports.toSorted(
    (a, b) =>
      a.PrivatePort - b.PrivatePort ||
      inOrder(a.IP ?? '', b.IP ?? '') ||
      (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
      inOrder(a.Type, b.Type),
  );
  const groups = new Map<string, { first: number; last: number }>();
  const done: string[] = [];
  const moved: string[] = [];
  for (const { IP: ip = '', PrivatePort: port, PublicPort: published, Type: type } of order) {
    if (ip !== '' && published !== port) {
      moved.push(`${address(ip)}${String(published ?? 0)}->${String(port)}/${type}`);
      continue;
    }
    const key = `${ip}/${type}`;
    const group = groups.get(key);
    if (group?.last === port - 1) {
      group.last = port;
      continue;
    }
    if (group !== undefined) done.push(groupText(key, group));
    groups.set(key, { first: port, last: port });
  }
  return [...done, ...[...groups].map(([key, group]) => groupText(key, group)), ...moved].join(', ');
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupText(key: string, { first, last }: { first: number; last: number }): string {
  const [ip = '', type = ''] = key.split('/');
  const range = first === last ? String(first) : `${first}-${last}`;
  return ip === '' ? `${range}/${type}` : `${address(ip)}${range}->${range}/${type}`;
}

function address(ip: string): string {
  return ip.includes(':') ? `[${ip}]:` : `${ip}:`;
}
