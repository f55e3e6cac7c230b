import { describe, expect, it } from 'vitest';
import { formatAddress, formatSubnet, macForAddress, overlaps, parseAddress, parseSubnet } from './address.ts';
import { ipv4Routes, ipv6Routes } from './host-routes.ts';
import { AddressPool, chooseSubnet } from './ipam.ts';
import { networkTable, resolverTable } from './name-tables.ts';
import { hostsFile, resolverFile } from './resolver-file.ts';
import { ruleset } from './ruleset.ts';

const subnet = (text: string): NonNullable<ReturnType<typeof parseSubnet>> => {
  const parsed = parseSubnet(text);
  if (parsed === null) throw new Error(text);
  return parsed;
};

describe('addresses', () => {
  it('parses strictly and clears host bits', () => {
    expect(parseAddress('1.2.3.4')).toEqual({ family: 4, value: 0x01020304n });
    for (const bad of ['1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', '', 'a.b.c.d', 'fe80::1%eth0', ':::']) {
      expect(parseAddress(bad)).toBeNull();
    }
    expect(formatSubnet(subnet('172.17.5.9/16'))).toBe('172.17.0.0/16');
    for (const bad of ['1.2.3.4/33', '1.2.3.4', '::/129', '1.2.3.4/-1', '1.2.3.4/8/8'])
      expect(parseSubnet(bad)).toBeNull();
    expect(macForAddress('172.17.0.2')).toBe('02:42:ac:11:00:02');
  });

  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['fd00:0:0:0:0:0:0:1', 'fd00::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2::', '1:0:0:2::'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
    ['FE80::A', 'fe80::a'],
  ])('writes %s as %s (RFC 5952)', (text, canonical) => {
    const address = parseAddress(text);
    expect(address === null ? null : formatAddress(address)).toBe(canonical);
  });

  it('knows overlaps whichever is larger, in one family', () => {
    expect(overlaps(subnet('10.0.0.0/8'), subnet('10.1.2.0/24'))).toBe(true);
    expect(overlaps(subnet('10.1.2.0/24'), subnet('10.0.0.0/8'))).toBe(true);
    expect(overlaps(subnet('10.1.2.0/24'), subnet('10.1.3.0/24'))).toBe(false);
    expect(overlaps(subnet('::/0'), subnet('10.1.3.0/24'))).toBe(false);
  });

  it('chooses a pool the host does not use', () => {
    expect(formatSubnet(chooseSubnet(4, []))).toBe('172.17.0.0/16');
    expect(formatSubnet(chooseSubnet(4, [subnet('172.16.0.0/12')]))).toBe('192.168.0.0/20');
    expect(() => chooseSubnet(4, [subnet('0.0.0.0/1'), subnet('128.0.0.0/1')])).toThrow('fully subnetted');
    const seeds = Array.from({ length: 20 }, (_, index) => `/root-${index}`);
    expect(new Set(seeds.map((seed) => formatSubnet(chooseSubnet(4, [], seed)))).size).toBeGreaterThan(8);
    const first = chooseSubnet(6, [], 'seed');
    expect(formatSubnet(first)).toMatch(/^fd[0-9a-f]{2}:[0-9a-f:]+::\/64$/);
    expect(overlaps(chooseSubnet(6, [first], 'seed'), first)).toBe(false);
  });

  it('reads the host’s routes, without the default one and our own', () => {
    const text =
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\n' +
      'eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\n' +
      'eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n' +
      'br-own\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\n';
    expect(ipv4Routes(text, new Set(['br-own'])).map(formatSubnet)).toEqual(['192.168.1.0/24']);
    const six =
      'fd120000000000000000000000000000 40 00000000000000000000000000000000 00 ' +
      '00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n' +
      'fe800000000000000000000000000000 40 00000000000000000000000000000000 00 ' +
      '00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n';
    expect(ipv6Routes(six, new Set()).map(formatSubnet)).toEqual(['fd12::/64']);
  });
});

describe('AddressPool', () => {
  it('leases each address once, reuses late, and says when all are taken', () => {
    const pool = new AddressPool({ Subnet: '10.0.0.0/29' });
    expect(pool.gateway).toBe('10.0.0.1');
    const taken = ['a', 'b', 'c', 'd', 'e'].map((id) => pool.lease(id, 'net'));
    expect(taken).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']);
    expect(() => pool.lease('f', 'net')).toThrow('no available IPv4 addresses');
    pool.release('c');
    expect(pool.lease('f', 'net')).toBe('10.0.0.4');
  });

  it('gives who starts again the address from before, unless somebody has it', () => {
    const pool = new AddressPool({ Subnet: '10.0.0.0/29' });
    const lease = (...holders: string[]): string[] => holders.map((id) => pool.lease(id, 'net'));
    expect(lease('a', 'b')).toEqual(['10.0.0.2', '10.0.0.3']);
    for (const id of ['a', 'b']) pool.release(id);
    expect(lease('b', 'a')).toEqual(['10.0.0.3', '10.0.0.2']);
    pool.release('a');
    pool.leaseStatic('10.0.0.2', 'c');
    expect(lease('a', 'd')).toEqual(['10.0.0.4', '10.0.0.5']);
  });

  it('does not give away what a found container has, nor what is reserved', () => {
    const pool = new AddressPool({
      Subnet: '10.0.0.0/24',
      Gateway: '10.0.0.9',
      AuxiliaryAddresses: { router: '10.0.0.2' },
    });
    pool.adopt('10.0.0.1', 'old');
    pool.adopt('192.168.0.1', 'foreign');
    expect(pool.lease('new', 'net')).toBe('10.0.0.3');
    expect(() => pool.leaseStatic('10.0.0.1', 'new')).toThrow('Address already in use');
    expect(() => pool.leaseStatic('10.0.0.9', 'new')).toThrow('Address already in use');
    expect(() => pool.leaseStatic('10.0.1.1', 'new')).toThrow('parent subnet');
    expect(pool.leaseStatic('10.0.0.77', 'new')).toBe('10.0.0.77');
  });

  it('keeps to the range', () => {
    const pool = new AddressPool({ Subnet: '10.0.0.0/16', IPRange: '10.0.7.0/30' });
    expect([pool.gateway, pool.lease('a', 'n'), pool.lease('b', 'n'), pool.lease('c', 'n')]).toEqual([
      '10.0.7.0',
      '10.0.7.1',
      '10.0.7.2',
      '10.0.7.3',
    ]);
    expect(() => pool.lease('d', 'n')).toThrow('no available');
    expect(() => new AddressPool({ Subnet: '10.0.0.0/24', IPRange: '10.1.0.0/25' })).toThrow('invalid ip-range');
    expect(() => new AddressPool({ Subnet: '10.0.0.0/24', Gateway: '10.1.0.1' })).toThrow('invalid gateway');
  });

  it('has no gateway where nobody is to have one, and leads routes elsewhere where it was said', () => {
    const bare = new AddressPool({ Subnet: '10.0.0.0/30' }, () => true);
    expect([bare.gateway, bare.lease('a', 'n'), bare.lease('b', 'n')]).toEqual(['', '10.0.0.1', '10.0.0.2']);
    expect(new AddressPool({ Subnet: '10.0.0.0/30', Gateway: '10.0.0.2' }, () => true).gateway).toBe('10.0.0.2');
    const led = new AddressPool({
      Subnet: '10.0.0.0/24',
      AuxiliaryAddresses: { DefaultGatewayIPv4: '10.0.0.9' },
    });
    expect([led.gateway, led.route]).toEqual(['10.0.0.1', '10.0.0.9']);
  });

  it('leases of a /64 without ever counting it', () => {
    const pool = new AddressPool({ Subnet: 'fd00:1::/64' });
    expect([pool.gateway, pool.lease('a', 'n')]).toEqual(['fd00:1::1', 'fd00:1::2']);
  });
});

describe('ruleset', () => {
  type Ruled = Parameters<typeof ruleset>[1][number];
  const network = (name: string, internal = false, parts: Partial<Ruled> = {}): Ruled => ({
    interfaceName: name,
    pools: [new AddressPool({ Subnet: '10.9.0.0/24' })],
    communicates: true,
    masquerades: () => !internal,
    gatewayMode: () => 'nat',
    hostAddress: () => '',
    openPorts: [],
    record: { internal },
    ...parts,
  });

  it('has the same rules for every number of networks', () => {
    const rules = (text: string): string => text.slice(text.indexOf('chain forward'));
    expect(rules(ruleset('t', []))).toBe(rules(ruleset('t', [network('a'), network('b', true)])));
  });

  it('lets in where a network is routed, unprotected or isolated, by family', () => {
    const text = ruleset('t', [
      network('a', false, {
        gatewayMode: (family) => (family === 4 ? 'routed' : 'nat-unprotected'),
        masquerades: (family) => family === 6,
        openPorts: [
          { address: '10.9.0.2', protocol: 'tcp', port: 80 },
          { address: 'fd00::2', protocol: 'udp', port: 53 },
        ],
      }),
      network('b', true, { gatewayMode: () => 'isolated' }),
      network('c', false, {
        pools: [new AddressPool({ Subnet: '10.8.0.0/24' })],
        hostAddress: (family) => (family === 4 ? '192.0.2.1' : ''),
      }),
    ]);
    for (const line of [
      'set routed4 { type ifname; elements = { "a" }; }',
      'set routed6 { type ifname;  }',
      'set open4 { type ipv4_addr . inet_proto . inet_service; elements = { 10.9.0.2 . tcp . 80 }; }',
      'set open6 { type ipv6_addr . inet_proto . inet_service; elements = { fd00::2 . udp . 53 }; }',
      'set unprotected6 { type ifname; elements = { "a" }; }',
      'set isolated4 { type ifname; elements = { "b" }; }',
      'map sources4 { type ipv4_addr : ipv4_addr; flags interval; elements = { 10.8.0.0/24 : 192.0.2.1 }; }',
      'set masqueraded4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.8.0.0/24 }; }',
    ])
      expect(text).toContain(line);
  });

  it('enters each network where it belongs', () => {
    const text = ruleset('t', [network('a'), network('b', true)]);
    expect(text).toContain('set same { type ifname . ifname; elements = { "a" . "a", "b" . "b" }; }');
    expect(text).toContain('set internal { type ifname; elements = { "b" }; }');
    expect(text).toContain('"b" . 10.9.0.1');
    expect(text).toContain('auto-merge; elements = { 10.9.0.0/24 }; }');
  });
});

describe('tables of names', () => {
  it('gathers the addresses of a shared alias, and leaves out what no question can hold', () => {
    const text = networkTable('Net', [
      { names: ['Web', 'all'], reverseName: 'web.net', addresses: ['10.0.0.2', 'fd00::2'] },
      {
        names: ['db', 'all', 'two words', 'new\nline', 'x'.repeat(64), ''],
        reverseName: 'db.net',
        addresses: ['10.0.0.3'],
      },
    ]);
    expect(text).toBe(
      'suffix net\nname web 10.0.0.2 fd00::2\nname all 10.0.0.2 fd00::2 10.0.0.3\nname db 10.0.0.3\n' +
        'reverse 10.0.0.2 web.net\nreverse fd00::2 web.net\nreverse 10.0.0.3 db.net\n',
    );
  });

  it('says where else to ask', () => {
    const setup = {
      networkIds: [],
      links: [{ alias: 'DB', name: 'store', network: 'Back' }],
      upstream: 'host' as const,
    };
    expect(resolverTable(setup, ['/n/1'])).toBe('network /n/1\nalias db store.back\nhost\n');
    const long = [{ alias: 'db', name: 'store', network: 'x'.repeat(64) }];
    expect(resolverTable({ ...setup, links: long }, [])).toBe('alias db store\nhost\n');
    expect(resolverTable({ ...setup, links: [], upstream: ['1.1.1.1'] }, [])).toBe('server 1.1.1.1\n');
    expect(resolverTable({ ...setup, links: [], upstream: null }, [])).toBe('');
  });
});

describe('files of a container', () => {
  const none = { servers: [], search: [], options: [] };

  it("leaves out servers on the host's loopback, unless the network is shared", () => {
    const host = 'nameserver 127.0.0.53\nnameserver 10.1.1.1\nsearch home.arpa\noptions edns0\n';
    expect(resolverFile(host, none, 'plain')).toBe('nameserver 10.1.1.1\nsearch home.arpa\noptions edns0\n');
    expect(resolverFile(host, none, 'host')).toContain('nameserver 127.0.0.53');
    expect(resolverFile('nameserver 127.0.0.1\n', none, 'plain')).toBe('nameserver 8.8.8.8\nnameserver 8.8.4.4\n');
    expect(resolverFile(host, { servers: ['9.9.9.9'], search: ['.'], options: ['ndots:2'] }, 'plain')).toBe(
      'nameserver 9.9.9.9\noptions ndots:2\n',
    );
  });

  it('points to the embedded resolver and asks for names without a dot as they are', () => {
    const host = 'nameserver 10.1.1.1\nsearch home.arpa\noptions edns0\n';
    const asked = { servers: ['9.9.9.9'], search: [], options: [] };
    expect(resolverFile(host, asked, 'embedded')).toBe(
      'nameserver 127.0.0.11\nsearch home.arpa\noptions edns0 ndots:0\n',
    );
  });

  it('writes own and extra names into hosts', () => {
    const text = hostsFile([{ address: '10.0.0.2', names: ['ship'] }], [{ address: '10.9.9.9', name: 'db' }]);
    expect(text).toMatch(/^127\.0\.0\.1\tlocalhost\n/);
    expect(text).toContain('10.9.9.9\tdb\n10.0.0.2\tship\n');
  });
});
