import { describe, expect, it } from 'vitest';
import type { ContainerConfig, HostConfig } from './config.ts';
import { checkNetworkConflicts } from './host-config-checks.ts';

describe('what cannot be asked for beside the network of another', () => {
  const NetworkMode = 'container:other';

  it.each<[string, ContainerConfig, HostConfig]>([
    ['hostname and the network mode', { Hostname: 'a' }, { NetworkMode }],
    ["container type network can't be used with links", {}, { NetworkMode, Links: ['b'] }],
    ["host type networking can't be used with links", {}, { NetworkMode: 'host', Links: ['b'] }],
    ['dns and the network mode', {}, { NetworkMode, Dns: ['1.2.3.4'] }],
    ['custom host-to-IP mapping and the network mode', {}, { NetworkMode, ExtraHosts: ['a:1.2.3.4'] }],
    ['port publishing and the container type network mode', {}, { NetworkMode, PortBindings: { '80/tcp': [] } }],
    ['port publishing and the container type network mode', {}, { NetworkMode, PublishAllPorts: true }],
    ['port exposing and the container type network mode', { ExposedPorts: { '80/tcp': {} } }, { NetworkMode }],
    ['hostname and the UTS mode', { Hostname: 'a' }, { UTSMode: 'host' }],
  ])('refuses %s', (words, config, hostConfig) => {
    expect(() => {
      checkNetworkConflicts(config, hostConfig);
    }).toThrow(`conflicting options: ${words}`);
  });

  it('takes what is the container’s own', () => {
    const config = { Hostname: 'a', ExposedPorts: { '80/tcp': {} } };
    checkNetworkConflicts(config, { NetworkMode: 'bridge', Links: ['b'], Dns: ['1.2.3.4'], PublishAllPorts: true });
    checkNetworkConflicts({ Hostname: 'a' }, { NetworkMode: 'host', ExtraHosts: ['a:1.2.3.4'] });
    checkNetworkConflicts({}, { NetworkMode, PidMode: NetworkMode });
  });
});
