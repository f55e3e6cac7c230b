import { expect, test } from 'vitest';
import { ipv4Address, ipv6Address } from './host-routes.ts';

const ROUTES = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'br0\t00000000\t0100090A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'br0\t00000A0A\t0100090A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0',
  'br0\t0000090A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  'eth0\t0000080A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
].join('\n');
const TRIE = [
  'Local:',
  '  +-- 0.0.0.0/0 2 0 2',
  '     |-- 10.8.0.7',
  '        /32 host LOCAL',
  '     |-- 10.9.0.0',
  '        /24 link UNICAST',
  '     |-- 10.9.0.5',
  '        /32 host LOCAL',
  '     |-- 10.9.0.255',
  '        /32 link BROADCAST',
].join('\n');
const INET6 = [
  'fe800000000000000042acfffe110002 05 40 20 80      br0',
  'fd000000000000000000000000000009 05 40 00 80     eth0',
  'fd000000000000000000000000000005 05 40 00 80      br0',
].join('\n');

test('an interface has the address in the subnet that it leads to itself', () => {
  expect(['br0', 'eth0', 'br'].map((name) => ipv4Address(name, ROUTES, TRIE))).toEqual([
    '10.9.0.5/24',
    '10.8.0.7/24',
    '',
  ]);
  expect(['br0', 'eth0', 'lo'].map((name) => ipv6Address(name, INET6))).toEqual(['fd00::5/64', 'fd00::9/64', '']);
});
