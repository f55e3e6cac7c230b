import { describe, expect, it } from 'vitest';
import { parsePort, portRequests } from './ports.ts';

describe('portRequests', () => {
  it('reads bindings with and without address, port and protocol', () => {
    expect(
      portRequests(
        {},
        {
          PortBindings: {
            '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }, { HostPort: '' }],
            '53/udp': [{}],
            '9': null,
          },
        },
      ),
    ).toEqual([
      { protocol: 'tcp', containerPort: 9, hostAddress: '', hostPort: 0, lastHostPort: 0 },
      { protocol: 'tcp', containerPort: 80, hostAddress: '127.0.0.1', hostPort: 8080, lastHostPort: 8080 },
      { protocol: 'tcp', containerPort: 80, hostAddress: '', hostPort: 0, lastHostPort: 0 },
      { protocol: 'udp', containerPort: 53, hostAddress: '', hostPort: 0, lastHostPort: 0 },
    ]);
  });

  it('publishes the exposed ports that have no binding when all are asked for', () => {
    const requests = portRequests(
      { ExposedPorts: { '80/tcp': {}, '81/tcp': {} } },
      { PublishAllPorts: true, PortBindings: { '80/tcp': [{ HostPort: '1' }] } },
    );
    expect(requests.map(({ containerPort, hostPort }) => [containerPort, hostPort])).toEqual([
      [80, 1],
      [81, 0],
    ]);
  });

  it.each(['0/tcp', '65536', '80/icmp', 'http', ''])('refuses %j', (text) => {
    expect(() => parsePort(text)).toThrow('invalid port specification');
  });

  it('reads a range of which any port will do', () => {
    expect(portRequests({}, { PortBindings: { '80': [{ HostIp: '[::1]', HostPort: '8000-8005' }] } })).toEqual([
      { protocol: 'tcp', containerPort: 80, hostAddress: '::1', hostPort: 8000, lastHostPort: 8005 },
    ]);
    expect(() => portRequests({}, { PortBindings: { '80': [{ HostPort: '8005-8000' }] } })).toThrow('invalid port');
  });

  it('refuses host sides that are none', () => {
    expect(() => portRequests({}, { PortBindings: { '80': [{ HostIp: 'home' }] } })).toThrow('invalid IP address');
    expect(() => portRequests({}, { PortBindings: { '80': [{ HostPort: '70000' }] } })).toThrow('invalid port');
  });
});
