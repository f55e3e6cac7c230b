import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import type { RunForm } from './run-form.ts';

type Entry = RunForm['ports'][number];
type Holder = Pick<ContainerSummary, 'name' | 'state' | 'ports'>;

/** Below it a port of the host belongs to the system, and an ordinary user may not have it. */
const FIRST_OF_USERS = 1024;
const LAST = 65_535;

/** Ports of the host that containers have while they run, each with the name of its container. */
export function heldPorts(containers: Iterable<Holder>): ReadonlyMap<string, string> {
  const held = new Map<string, string>();
  for (const { name, state, ports } of containers) {
    if (state !== 'running' && state !== 'paused' && state !== 'restarting') continue;
    for (const { hostPort, protocol } of ports) if (hostPort !== 0) held.set(`${String(hostPort)}/${protocol}`, name);
  }
  return held;
}

/** Who has the port that an entry asks for; null for nobody, or where it leaves the choice to the engine. */
export function holderOf({ host, protocol }: Entry, held: ReadonlyMap<string, string>): string | null {
  const port = host.slice(host.lastIndexOf(':') + 1).trim();
  return held.get(`${port}/${protocol}`) ?? null;
}

/** A port of the host for one of a container: the same where it may be had, 8080 for 80, or the next that is free. */
export function freePort(containerPort: number, protocol: string, taken: (port: string) => boolean): number {
  let port = containerPort < FIRST_OF_USERS ? 8000 + containerPort : containerPort;
  while (port < LAST && taken(`${String(port)}/${protocol}`)) port += 1;
  return port;
}

/** What can be published of an image's own ports: those that no entry has yet, each with a free port of the host. */
export function offeredPorts(
  exposed: readonly string[],
  entries: readonly Entry[],
  held: ReadonlyMap<string, string>,
): readonly Entry[] {
  const asked = new Set(entries.map(({ host, protocol }) => `${host.slice(host.lastIndexOf(':') + 1)}/${protocol}`));
  return exposed.flatMap((one): Entry[] => {
    const [, container = '', protocol] = /^(\d+)(?:\/(tcp|udp))?$/.exec(one) ?? [];
    if (container === '') return [];
    const kind = protocol === 'udp' ? 'udp' : 'tcp';
    if (entries.some((entry) => entry.container === container && entry.protocol === kind)) return [];
    const host = freePort(Number(container), kind, (port) => held.has(port) || asked.has(port));
    return [{ host: String(host), container, protocol: kind }];
  });
}
