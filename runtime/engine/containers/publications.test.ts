import { describe, expect, it } from 'vitest';
import type { NetworkRecord } from '../network/network-record.ts';
import { gatewayMode } from '../network/options.ts';
import { listenedPorts, openPortsOf, publications } from './publications.ts';

const network = (options: Record<string, string>): Parameters<typeof publications>[2] => ({
  record: { options } as unknown as NetworkRecord,
  gatewayMode: (family) => gatewayMode(options, family),
});
const REQUEST = { protocol: 'tcp', containerPort: 80, hostAddress: '', hostPort: 8080, lastHostPort: 8080 } as const;
const BOTH = { address: '10.0.0.2', address6: 'fd00::2' };
const routed = (family: number): Record<string, string> => ({
  [`com.docker.network.bridge.gateway_mode_ipv${family}`]: 'routed',
});

describe('publications', () => {
  const shown = (options: Record<string, string>, endpoint = BOTH): unknown[] =>
    publications([REQUEST], endpoint, network(options)).map(({ port, step }) => [
      port.hostAddress,
      port.open === true ? 'open' : port.hostPort,
      step === null ? null : `${step.containerAddress} ${step.tied ? 'tied' : 'alone'}`,
    ]);

  it('are in both families under one number, or where the network says', () => {
    expect(shown({})).toEqual([
      ['0.0.0.0', 8080, '10.0.0.2 alone'],
      ['::', 8080, 'fd00::2 tied'],
    ]);
    expect(shown({ 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' })).toEqual([
      ['127.0.0.1', 8080, '10.0.0.2 alone'],
    ]);
  });

  it('are open in a family that is routed', () => {
    expect(shown(routed(6))).toEqual([
      ['0.0.0.0', 8080, '10.0.0.2 alone'],
      ['::', 'open', null],
    ]);
    expect(shown(routed(4))).toEqual([
      ['0.0.0.0', 'open', null],
      ['::', 8080, 'fd00::2 alone'],
    ]);
    expect(shown(routed(4), { address: '10.0.0.2', address6: '' })).toEqual([['0.0.0.0', 'open', null]]);
  });

  it('get the numbers of their listeners, and let in where they are open', () => {
    const ports = publications([REQUEST], BOTH, network(routed(4))).map(({ port }) => port);
    expect(listenedPorts(ports, [4000]).map(({ hostPort }) => hostPort)).toEqual([0, 4000]);
    expect(listenedPorts(ports, [0])).toHaveLength(1);
    expect(openPortsOf(ports, BOTH)).toEqual([{ address: '10.0.0.2', protocol: 'tcp', port: 80 }]);
  });
});
