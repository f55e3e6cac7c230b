import { describe, expect, it } from 'vitest';
import { askedPool, USUAL_BRIDGE, type DefaultBridge } from './default-bridge.ts';

const pool = (options: Partial<DefaultBridge>, family: 4 | 6 = 4) => askedPool({ ...USUAL_BRIDGE, ...options }, family);

describe('the default bridge', () => {
  it('has the subnet and the addresses that are asked for', () => {
    expect(pool({})).toBeNull();
    expect(pool({ bip: '10.5.0.9/16' })).toEqual({ Subnet: '10.5.0.0/16', Gateway: '10.5.0.9' });
    expect(pool({ 'fixed-cidr': '10.5.1.0/24' })).toEqual({
      Subnet: '10.5.1.0/24',
      IPRange: '10.5.1.0/24',
      Gateway: '10.5.1.1',
    });
    expect(pool({ bip: '10.5.0.9/16', 'fixed-cidr': '10.5.1.0/24', 'default-gateway': '10.5.0.1' })).toEqual({
      Subnet: '10.5.0.0/16',
      IPRange: '10.5.1.0/24',
      Gateway: '10.5.0.9',
      AuxiliaryAddresses: { DefaultGatewayIPv4: '10.5.0.1' },
    });
    expect(pool({ 'fixed-cidr-v6': 'fd00:5::/64' }, 6)).toMatchObject({ Subnet: 'fd00:5::/64', Gateway: 'fd00:5::1' });
  });

  it.each([
    [{ bip: '10.5.0.9' }, 4, 'parse bip failed: invalid CIDR address: 10.5.0.9'],
    [{ bip: 'fd00::1/64' }, 4, 'is not of IPv4'],
    [{ bip: '10.5.0.1/24', 'fixed-cidr': '10.6.0.0/24' }, 4, 'parent subnet is 10.5.0.0/24'],
    [{ bip: '10.5.0.1/24', 'default-gateway': '10.6.0.1' }, 4, 'default gateway ip must be part of the network'],
    [{ 'fixed-cidr-v6': 'fe80::/80' }, 6, "clashes with the Link-Local prefix 'fe80::/64'"],
    [{ 'fixed-cidr-v6': 'ff02::/64' }, 6, 'multicast subnet'],
  ] as const)('%# is refused', (options, family, message) => {
    expect(() => pool(options, family)).toThrow(message);
  });
});
