import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import type { ContainerConfig, HostConfig } from './config.ts';

/** One port to publish, before its host port is chosen (0: by the kernel). */
export interface PortRequest {
  readonly protocol: 'tcp' | 'udp';
  readonly containerPort: number;
  readonly hostAddress: string;
  readonly hostPort: number;
}

/** Reads `80/tcp` (protocol optional). Throws `invalid`. */
export function parsePort(text: string): { port: number; protocol: 'tcp' | 'udp' } {
  const found = /^(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text);
  const port = Number(found?.[1] ?? 0);
  if (found === null || port < 1 || port > 65_535)
    throw new EngineError('invalid', `invalid port specification: ${JSON.stringify(text)}`);
  return { port, protocol: found[2]?.toLowerCase() === 'udp' ? 'udp' : 'tcp' };
}

/**
 * The ports to publish: each of PortBindings, and with PublishAllPorts each exposed one that has no binding.
 * Of a host port range the first port is taken (clients expand ranges that map one to one).
 */
export function portRequests(config: ContainerConfig, hostConfig: HostConfig): PortRequest[] {
  const requests: PortRequest[] = [];
  for (const [key, bindings] of Object.entries(hostConfig.PortBindings ?? {})) {
    const { port, protocol } = parsePort(key);
    for (const binding of bindings ?? [{}]) {
      requests.push({ protocol, containerPort: port, ...hostSide(binding.HostIp ?? '', binding.HostPort ?? '') });
    }
  }
  if (hostConfig.PublishAllPorts === true) {
    for (const key of Object.keys(config.ExposedPorts ?? {})) {
      const { port, protocol } = parsePort(key);
      const bound = requests.some((request) => request.containerPort === port && request.protocol === protocol);
      if (!bound) requests.push({ protocol, containerPort: port, hostAddress: '0.0.0.0', hostPort: 0 });
    }
  }
  return requests;
}

function hostSide(address: string, port: string): { hostAddress: string; hostPort: number } {
  if (address !== '' && isIP(address) === 0) throw new EngineError('invalid', `invalid IP address: ${address}`);
  const found = /^(\d{0,5})(?:-(\d{1,5}))?$/.exec(port);
  const hostPort = Number(found?.[1] ?? Number.NaN);
  if (found === null || hostPort > 65_535)
    throw new EngineError('invalid', `invalid port specification: ${JSON.stringify(port)}`);
  return { hostAddress: address === '' ? '0.0.0.0' : address, hostPort };
}
