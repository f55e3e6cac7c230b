import { describe, expect, it } from 'vitest';
import { parseHost } from './hosts.ts';

describe('parseHost', () => {
  it.each([
    ['unix:///run/berth.sock', { kind: 'unix', path: '/run/berth.sock' }],
    ['tcp://0.0.0.0:1234', { kind: 'tcp', address: '0.0.0.0', port: 1234 }],
    ['tcp://host.example', { kind: 'tcp', address: 'host.example', port: 2375 }],
    ['tcp://[::1]:4000', { kind: 'tcp', address: '::1', port: 4000 }],
    ['tcp://:4000', { kind: 'tcp', address: '127.0.0.1', port: 4000 }],
    ['tcp://', { kind: 'tcp', address: '127.0.0.1', port: 2375 }],
    ['fd://', { kind: 'fd', descriptor: null }],
    ['fd://*', { kind: 'fd', descriptor: null }],
    ['fd://4', { kind: 'fd', descriptor: 4 }],
  ])('reads %s', (text, host) => {
    expect(parseHost(text, false)).toEqual(host);
  });

  it('takes the port of the way that is spoken', () => {
    expect(parseHost('tcp://', true)).toMatchObject({ port: 2376 });
  });

  it.each([
    '',
    '/run/berth.sock',
    'unix://relative',
    'unix://',
    'http://x',
    'tcp://x:y',
    'tcp://x:70000',
    'tcp://::1:5',
  ])('refuses %j', (text) => {
    expect(() => parseHost(text, false)).toThrow('invalid host');
  });

  it.each(['fd://1', 'fd://x', 'fd://-3', 'fd://99999'])('refuses %j', (text) => {
    expect(() => parseHost(text, false)).toThrow('invalid host');
  });
});
