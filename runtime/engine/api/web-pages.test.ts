import { describe, expect, it } from 'vitest';
import { pageComplaint } from './web-pages.ts';

const NAMES = new Set(['build-server', 'engine.example.org']);
const complaint = (headers: Readonly<Record<string, string>>): string | null => pageComplaint(headers, NAMES);

describe('a request that came by TCP without a certificate', () => {
  it.each([
    '127.0.0.1:2375',
    '192.0.2.7',
    '[::1]:2375',
    '[fe80::1%25eth0]:2375',
    'localhost:2375',
    'docker:2375',
    'build-server',
    'ENGINE.example.org:2375',
    'docker.ci.svc.cluster.local:2375',
    'nas.local',
    'api.moby.localhost',
    'vm.home.arpa',
  ])('is taken at %s', (host) => {
    expect(complaint({ host })).toBeNull();
  });

  it.each(['evil.example.com:2375', 'evil.example.com.', '127.0.0.1.evil.example', 'x.engine.example.org', 'a b', ''])(
    'is refused at %s, where a page could have led a browser',
    (host) => {
      expect(complaint({ host })).toContain('is not a name of this engine');
    },
  );

  it('is refused from a page of another place', () => {
    const host = '127.0.0.1:2375';
    const words = 'web pages may not use the engine';
    expect(complaint({ host, origin: 'https://evil.example' })).toContain(words);
    expect(complaint({ host, origin: 'http://127.0.0.1:8080' })).toContain(words);
    expect(complaint({ host, origin: 'null' })).toContain(words);
    expect(complaint({ host, 'sec-fetch-site': 'cross-site' })).toContain(words);
    expect(complaint({ host, 'sec-fetch-site': 'same-site' })).toContain(words);
  });

  it('is taken from clients of web sockets, which name the engine itself, and from a person who types an address', () => {
    const host = '127.0.0.1:2375';
    expect(complaint({ host, origin: 'http://127.0.0.1:2375' })).toBeNull();
    expect(complaint({ host, 'sec-fetch-site': 'none' })).toBeNull();
  });
});
