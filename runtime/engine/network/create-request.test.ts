import { describe, expect, it } from 'vitest';
import { createWarning, newNetwork, type Surroundings } from './create-request.ts';
import { parseSubnet } from './address.ts';
import type { NetworkRecord } from './network-record.ts';

const NOWHERE: Surroundings = { used: [], taken: [], seed: 'seed' };

const make = (request: object, surroundings: Partial<Surroundings> = {}): NetworkRecord =>
  newNetwork({ Name: 'net', ...request }, { ...NOWHERE, ...surroundings });

describe('a configuration for other networks', () => {
  const options = { 'com.docker.network.driver.mtu': '1300' };
  const pools = [{ Subnet: '10.44.0.0/24', IPRange: '10.44.0.128/25' }];
  const configuration = make({
    Name: 'conf',
    ConfigOnly: true,
    Options: options,
    IPAM: { Config: pools },
    Labels: { a: 'b' },
  });
  const find = (name: string): NetworkRecord | undefined => (name === 'conf' ? configuration : undefined);
  const from = (request: object = {}, name = 'conf'): NetworkRecord =>
    make({ ConfigFrom: { Network: name }, ...request }, { configuration: find });

  it('is kept as it was asked for, with nothing chosen', () => {
    expect(configuration).toMatchObject({ driver: 'null', configOnly: true, options, ipam: { config: pools } });
  });

  it('is taken over whole', () => {
    expect(from({ Internal: true })).toMatchObject({
      driver: 'bridge',
      internal: true,
      options,
      labels: { a: 'b' },
      configFrom: 'conf',
      ipam: { chosen: true, config: [{ ...pools[0], Gateway: '10.44.0.128' }] },
    });
    expect(from({}).configOnly).toBeUndefined();
  });

  it.each([
    [() => from({}, 'none'), 'configuration network "none" does not exist'],
    [() => from({ Labels: { c: 'd' } }), 'user specified configurations are not supported'],
    [() => from({ EnableIPv6: true }), 'user specified configurations are not supported'],
    [() => from({ Options: options }), 'network driver options are not supported'],
    [() => from({ ConfigOnly: true }), 'cannot depend on another configuration network'],
    [() => make({ ConfigOnly: true, Internal: true }), 'can only contain network specific fields'],
  ])('%# is refused where it makes no sense', (act, message) => {
    expect(act).toThrow(message);
  });

  it('has no options of the engine put under it', () => {
    const usual = { bridge: { 'com.docker.network.driver.mtu': '1200', other: 'x' } };
    expect(make({ ConfigFrom: { Network: 'conf' } }, { configuration: find, options: usual }).options).toEqual(options);
    expect(make({}, { options: usual }).options).toEqual(usual.bridge);
  });
});

describe('options of a network', () => {
  const mode = (value: string, family = 4): object => ({
    Options: { [`com.docker.network.bridge.gateway_mode_ipv${family}`]: value },
  });

  it.each([
    [
      mode('open'),
      'failed to parse com.docker.network.bridge.gateway_mode_ipv4 value: open (unknown gateway mode open)',
    ],
    [mode('isolated'), "gateway mode 'isolated' can only be used for an internal network"],
    [{ Options: { 'com.docker.network.host_ipv4': '::1' } }, 'no IPv4 address'],
    [
      { Options: { 'com.docker.network.bridge.enable_icc': 'maybe' } },
      'strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [{ Options: { 'com.docker.network.enable_ipv6': 'x' } }, 'is not a valid bool'],
    [{ EnableIPv4: false }, 'IPv4 or IPv6 must be enabled'],
    [
      { Driver: 'macvlan', Options: { macvlan_mode: 'odd' } },
      "requested macvlan mode 'odd' is not valid, 'bridge' mode",
    ],
    [{ Driver: 'ipvlan', Options: { parent: 'lo' } }, 'loopback interface is not a valid ipvlan parent link'],
    [{ Driver: 'ipvlan', Options: { ipvlan_flag: 'odd' } }, "requested ipvlan flag 'odd' is not valid"],
    [{ Driver: 'other' }, 'could not find a network driver of name other'],
  ])('%# is refused', (request, message) => {
    expect(() => make(request)).toThrow(message);
  });

  it('leave a network without a gateway that nobody is to have', () => {
    const gateways = (request: object): (string | undefined)[] =>
      make({ EnableIPv6: true, ...request }).ipam.config.map(({ Gateway }) => Gateway);
    expect(gateways({ Internal: true, ...mode('isolated') })).toEqual([undefined, expect.stringMatching(/::1$/)]);
    expect(gateways({ Driver: 'macvlan', Options: { parent: 'eth0' } })[0]).toMatch(/\.1$/);
    expect(gateways({ Driver: 'macvlan' })).toEqual([undefined, undefined]);
    expect(gateways({ Driver: 'ipvlan', Options: { parent: 'eth0', ipvlan_mode: 'l3' } })).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('enable families, unless the request says it itself', () => {
    const Options = { 'com.docker.network.enable_ipv6': 'true' };
    expect(make({ Options })).toMatchObject({ enableIpv6: true, options: Options });
    expect(make({ Options, EnableIPv6: false })).toMatchObject({ enableIpv6: false, options: {} });
  });

  it('choose of what other networks do not have', () => {
    const used = parseSubnet('10.44.0.0/16');
    expect(() =>
      make({ IPAM: { Config: [{ Subnet: '10.44.1.0/24' }] } }, { used: used === null ? [] : [used] }),
    ).toThrow('Pool overlaps');
  });

  it('are warned of where an ordinary user has no use of them', () => {
    const routed = make(mode('routed', 6));
    expect(createWarning(routed, true)).toMatch(/^gateway mode routed is of no use/);
    expect([createWarning(routed, false), createWarning(make({}), true)]).toEqual(['', '']);
  });
});
