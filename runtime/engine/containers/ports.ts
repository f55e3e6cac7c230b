import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import type { ContainerConfig, HostConfig } from './config.ts';

/** One port to publish, before its host port is chosen. */
export interface PortRequest {
  readonly protocol: 'tcp' | 'udp';
  readonly containerPort: number;
  /** '' stands for every address of the host, of both families. */
  readonly hostAddress: string;
  /** First and last of the host ports that will do; both 0: any that is free. */
  readonly hostPort: number;
  readonly lastHostPort: number;
}

/** Reads `80/tcp` (protocol optional). Throws `invalid`. */
export function parsePort(text: string): { port: number; protocol: 'tcp' | 'udp' } {
  const found = /^(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text);
  const port = Number(found?.[1] ?? 0);
  if (found === null || port < 1 || port > 65_535)
    throw new EngineError('invalid', `invalid port specification: ${JSON.stringify(text)}`);
  return { port, protocol: found[2]?.toLowerCase() === 'udp' ? 'udp' : 'tcp' };
}

/** The ports to publish: each of PortBindings, and with PublishAllPorts each exposed one that has no binding. */
export function portRequests(config: ContainerConfig, hostConfig: HostConfig): PortRequest[] {
  const requests: PortRequest[] = [];
  for (const [key, bindings] of Object.entries(hostConfig.PortBindings ?? {})) {
    const { port, protocol } = parsePort(key);
    for (const binding of bindings === null || bindings.length === 0 ? [{}] : bindings) {
      requests.push({ protocol, containerPort: port, ...hostSide(binding.HostIp ?? '', binding.HostPort ?? '') });
    }
  }
  if (hostConfig.PublishAllPorts === true) {
    for (const key of Object.keys(config.ExposedPorts ?? {})) {
      const { port, protocol } = parsePort(key);
      const bound = requests.some((request) => request.containerPort === port && request.protocol === protocol);
      if (!bound) requests.push({ protocol, containerPort: port, hostAddress: '', hostPort: 0, lastHostPort: 0 });
    }
  }
  return requests;
}

function hostSide(address: string, port: string): Pick<PortRequest, 'hostAddress' | 'hostPort' | 'lastHostPort'> {
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (bare !== '' && isIP(bare) === 0) throw new EngineError('invalid', `invalid IP address: ${address}`);
  const found = /^(\d{0,5})(?:-(\d{1,5}))?$/.exec(port);
  const hostPort = Number(found?.[1] ?? Number.NaN);
  const lastHostPort = Number(found?.[2] ?? hostPort);
  if (found === null || lastHostPort > 65_535 || lastHostPort < hostPort || (hostPort === 0 && lastHostPort > 0))
    throw new EngineError('invalid', `invalid port specification: ${JSON.stringify(port)}`);
  return { hostAddress: bare, hostPort, lastHostPort };
}
