import { parsePort } from './ports.ts';

/** A container as one that is linked to it sees it. */
export interface LinkTarget {
  readonly alias: string;
  /** `/parent/alias` */
  readonly path: string;
  readonly address: string;
  /** `80/tcp` and so on. */
  readonly ports: readonly string[];
  readonly environment: readonly string[];
}

type Port = ReturnType<typeof parsePort>;

/** The variables that a legacy link brings: where the other's ports are, its name, and its own variables. */
export function linkVariables({ alias, path, address, ports, environment }: LinkTarget): string[] {
  const prefix = alias.toUpperCase().replaceAll('-', '_');
  const url = ({ port, protocol }: Port): string => `${protocol}://${address}:${port}`;
  const sorted = ports.map(parsePort).sort(tcpFirst);
  const named = (port: Port): string => `${prefix}_PORT_${port.port}_${port.protocol.toUpperCase()}`;
  const [first] = sorted;
  return [
    ...(first === undefined ? [] : [`${prefix}_PORT=${url(first)}`]),
    ...sorted.flatMap((port) => [
      `${named(port)}=${url(port)}`,
      `${named(port)}_ADDR=${address}`,
      `${named(port)}_PORT=${port.port}`,
      `${named(port)}_PROTO=${port.protocol}`,
    ]),
    ...ranges(sorted).flatMap(([start, end]) => [
      `${named(start)}_START=${url(start)}`,
      `${named(start)}_PORT_START=${start.port}`,
      `${named(start)}_END=${url(end)}`,
      `${named(start)}_PORT_END=${end.port}`,
    ]),
    `${prefix}_NAME=${path}`,
    ...environment
      .filter((entry) => entry.includes('=') && !/^(?:HOME|PATH)=/.test(entry))
      .map((entry) => `${prefix}_ENV_${entry}`),
  ];
}

function tcpFirst(a: Port, b: Port): number {
  if (a.protocol === b.protocol) return a.port - b.port;
  return a.protocol === 'tcp' ? -1 : 1;
}

/** First and last of each run of two or more ports that follow each other. */
function ranges(sorted: readonly Port[]): [start: Port, end: Port][] {
  const found: [Port, Port][] = [];
  for (const port of sorted) {
    const last = found.at(-1);
    if (last !== undefined && last[1].protocol === port.protocol && last[1].port + 1 === port.port) last[1] = port;
    else found.push([port, port]);
  }
  return found.filter(([start, end]) => start !== end);
}
