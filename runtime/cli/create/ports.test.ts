import { describe, expect, it } from 'vitest';
import { UsageError } from '../flags/flags.ts';
import { portMaps } from './ports.ts';

const published = (text: string): unknown => portMaps({ expose: [], publish: [text] }).bindings;

describe('portMaps', () => {
  it.each([
    ['80', { '80/tcp': [{ HostIp: '', HostPort: '' }] }],
    ['8080:80', { '80/tcp': [{ HostIp: '', HostPort: '8080' }] }],
    ['53:53/UDP', { '53/udp': [{ HostIp: '', HostPort: '53' }] }],
    ['0:80', { '80/tcp': [{ HostIp: '', HostPort: '0' }] }],
    ['8000-8001:80-81', { '80/tcp': [{ HostIp: '', HostPort: '8000' }], '81/tcp': [{ HostIp: '', HostPort: '8001' }] }],
    ['8000-8010:80', { '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }] }],
    ['127.0.0.1::80', { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] }],
    ['127.0.0.1:8080:80', { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] }],
    ['[::1]:8080:80', { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] }],
    ['::1:8080:80', { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] }],
    ['target=80,published=8080,protocol=udp', { '80/udp': [{ HostIp: '', HostPort: '8080' }] }],
  ])('publishes %s', (text, bindings) => {
    expect(published(text)).toEqual(bindings);
  });

  it.each([
    ['80-82:1-2', 'invalid ranges specified for container and host Ports: 1-2 and 80-82'],
    ['x', 'invalid containerPort: x'],
    ['x:80', 'invalid hostPort: x'],
    ['80:', 'no port specified: 80:<empty>'],
    ['1.2.3:80:80', 'invalid IP address: 1.2.3'],
    ['80/icmp', 'invalid proto: icmp'],
    ['70000:80', 'invalid hostPort: 70000'],
  ])('refuses to publish %s', (text, message) => {
    expect(() => published(text)).toThrow(new UsageError(message));
  });

  it('exposes ports and ranges', () => {
    expect(portMaps({ expose: ['80', '90-91/udp'], publish: [] }).exposed).toEqual({
      '80/tcp': {},
      '90/udp': {},
      '91/udp': {},
    });
    expect(() => portMaps({ expose: ['1:2'], publish: [] })).toThrow('invalid port format for --expose: 1:2');
  });
});
