import type { ContainerSummary, PortBinding } from '../../../runtime/contract/contract.ts';

/** A port of the host that leads into a container. */
export interface PublishedPort {
  readonly key: string;
  readonly container: ContainerSummary;
  readonly port: PortBinding;
  /** What a client of this machine connects to. */
  readonly address: string;
}

/** Addresses that mean all of the host's. */
const ANYWHERE: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

/** Whether a port answers at every address of the host. */
export function isAnywhere({ hostIp }: PortBinding): boolean {
  return ANYWHERE.has(hostIp);
}

/** All published ports, by their number. */
export function publishedPorts(containers: Iterable<ContainerSummary>): PublishedPort[] {
  return [...containers]
    .flatMap((container) =>
      container.ports
        .filter(({ hostPort }) => hostPort !== 0)
        .map((port) => {
          const host = isAnywhere(port) ? 'localhost' : port.hostIp.includes(':') ? `[${port.hostIp}]` : port.hostIp;
          const address = `${host}:${String(port.hostPort)}`;
          return { key: `${container.id} ${address}/${port.protocol}`, container, port, address };
        }),
    )
    .sort((one, other) => one.port.hostPort - other.port.hostPort);
}
