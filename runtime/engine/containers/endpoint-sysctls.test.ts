import { expect, test } from 'vitest';
import { endpointSysctls, isWithoutIpv6, refusesIpv6, sysctlSteps } from './endpoint-sysctls.ts';

const options = (text: string) => ({ 'com.docker.network.endpoint.sysctls': text });

test('the settings of an endpoint become those of its interface', () => {
  expect(sysctlSteps({}, 'eth0')).toEqual([]);
  expect(
    sysctlSteps(options('net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.neigh.ifname.retrans_time_ms=7'), 'eth.1'),
  ).toEqual([
    { name: 'net.ipv4.conf.eth/1.log_martians', value: '1' },
    { name: 'net.ipv6.neigh.eth/1.retrans_time_ms', value: '7' },
  ]);
});

test.each([
  ['', /unrecognised network interface sysctl ''; represent/],
  ['net.ipv4.conf.eth0.log_martians=1', /unrecognised network interface sysctl 'net.ipv4.conf.eth0.log_martians=1'/],
  ['net.core.conf.IFNAME.x=1', /'X' must be 'ipv4', 'ipv6' or 'mpls'/],
  ['net.ipv4.conf.IFNAME.a=1,kernel.shmmax=2', /unrecognised network interface sysctl 'kernel.shmmax=2'/],
  ['kernel.ipv4.conf.IFNAME.a=1', /unrecognised/],
  ['net.ipv4.conf.IFNAME.log_martians', /to have format name=value/],
  ['net.ipv4.conf.IFNAME.a.b=1', /'net.ipv4.conf.IFNAME.a.b' to have format net.X.Y.IFNAME.Z/],
  ['net.ipv4.conf.IFNAME./../all/forwarding=1', /to have format net.X.Y.IFNAME.Z/],
  ['net.ipv4.a/b.IFNAME.c=1', /to have format net.X.Y.IFNAME.Z/],
])('%j is refused', (text, message) => {
  expect(() => endpointSysctls(options(text))).toThrow(message);
});

test('an interface without IPv6 is known', () => {
  expect(refusesIpv6({})).toBe(false);
  expect(refusesIpv6(options('net.ipv6.conf.IFNAME.disable_ipv6=1'))).toBe(true);
  expect(refusesIpv6(options('net.ipv6.conf.IFNAME.disable_ipv6=1,net.ipv6.conf.IFNAME.disable_ipv6=0'))).toBe(false);
});

test('a container without IPv6 is known', () => {
  expect(isWithoutIpv6({})).toBe(false);
  expect(isWithoutIpv6({ 'net.ipv6.conf.all.disable_ipv6': '0' })).toBe(false);
  expect(isWithoutIpv6({ 'net.ipv6.conf.all.disable_ipv6': '1' })).toBe(true);
});
