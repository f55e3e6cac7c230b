import { describe, expect, it } from 'vitest';
import { formatSubnet, macForAddress, overlaps, parseIpv4, parseSubnet } from './address.ts';
import { BridgeNetwork, chooseSubnet } from './bridge-network.ts';
import { hostsFile, resolverFile } from './resolver-file.ts';

const subnet = (text: string): NonNullable<ReturnType<typeof parseSubnet>> => {
  const parsed = parseSubnet(text);
  if (parsed === null) throw new Error(text);
  return parsed;
};

describe('addresses', () => {
  it('parses strictly and clears host bits', () => {
    expect(parseIpv4('1.2.3.4')).toBe(0x01020304);
    for (const bad of ['1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', '', 'a.b.c.d']) expect(parseIpv4(bad)).toBeNull();
    expect(formatSubnet(subnet('172.17.5.9/16'))).toBe('172.17.0.0/16');
    expect(parseSubnet('1.2.3.4/33')).toBeNull();
    expect(macForAddress('172.17.0.2')).toBe('02:42:ac:11:00:02');
  });

  it('knows overlaps whichever is larger', () => {
    expect(overlaps(subnet('10.0.0.0/8'), subnet('10.1.2.0/24'))).toBe(true);
    expect(overlaps(subnet('10.1.2.0/24'), subnet('10.0.0.0/8'))).toBe(true);
    expect(overlaps(subnet('10.1.2.0/24'), subnet('10.1.3.0/24'))).toBe(false);
  });

  it('chooses a pool the host does not use', () => {
    expect(formatSubnet(chooseSubnet([]))).toBe('172.17.0.0/16');
    expect(formatSubnet(chooseSubnet([subnet('172.16.0.0/12')]))).toBe('192.168.0.0/20');
    expect(() => chooseSubnet([subnet('0.0.0.0/1'), subnet('128.0.0.0/1')])).toThrow('fully subnetted');
  });
});

describe('BridgeNetwork', () => {
  const make = (): BridgeNetwork =>
    new BridgeNetwork({ id: 'i', name: 'bridge', interfaceName: 'b', subnet: subnet('10.0.0.0/29') });

  it('leases each address once, reuses late, and says when all are taken', () => {
    const network = make();
    const taken = ['a', 'b', 'c', 'd', 'e'].map((id) => network.lease(id).address);
    expect(taken).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']);
    expect(() => network.lease('f')).toThrow('no available IPv4 addresses');
    network.release('c');
    expect(network.lease('f').address).toBe('10.0.0.4');
  });

  it('does not give away what a found container has', () => {
    const network = make();
    network.adopt('10.0.0.2', 'old');
    expect(network.lease('new').address).toBe('10.0.0.3');
  });
});

describe('files of a container', () => {
  const none = { servers: [], search: [], options: [] };

  it("leaves out servers on the host's loopback, unless the network is shared", () => {
    const host = 'nameserver 127.0.0.53\nnameserver 10.1.1.1\nsearch home.arpa\noptions edns0\n';
    expect(resolverFile(host, none, false)).toBe('nameserver 10.1.1.1\nsearch home.arpa\noptions edns0\n');
    expect(resolverFile(host, none, true)).toContain('nameserver 127.0.0.53');
    expect(resolverFile('nameserver 127.0.0.1\n', none, false)).toBe('nameserver 8.8.8.8\nnameserver 8.8.4.4\n');
    expect(resolverFile(host, { servers: ['9.9.9.9'], search: ['.'], options: ['ndots:2'] }, false)).toBe(
      'nameserver 9.9.9.9\noptions ndots:2\n',
    );
  });

  it('writes own and extra names into hosts', () => {
    const text = hostsFile([{ address: '10.0.0.2', names: ['ship'] }], [{ address: '10.9.9.9', name: 'db' }]);
    expect(text).toMatch(/^127\.0\.0\.1\tlocalhost\n/);
    expect(text).toContain('10.9.9.9\tdb\n10.0.0.2\tship\n');
  });
});
