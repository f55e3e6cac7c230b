import { describe, expect, it } from 'vitest';
import type { HostConfig } from './config.ts';
import { confined, leadsOut, type Asked, type AskedSource } from './isolation-policy.ts';

const OWN = { own: ['/srv/engine/data', '/srv/engine/run'], cgroupParent: 'usual' };
const asked = (one: Partial<Asked>): Asked => ({ hostConfig: {}, namespaces: {}, sources: [], ...one });
const path = (place: string, further: Partial<AskedSource & { kind: 'path' }> = {}): AskedSource => ({
  kind: 'path',
  name: place,
  places: [place],
  readonly: false,
  propagation: 'rprivate',
  isEngine: false,
  ...further,
});

describe('what leads out of a container', () => {
  it.each<[refused: HostConfig, words: string, allowed: HostConfig]>([
    [{ Privileged: true }, '--privileged', { Privileged: false }],
    [{ SecurityOpt: ['seccomp=unconfined'] }, 'seccomp=unconfined', { SecurityOpt: ['seccomp=builtin'] }],
    [{ SecurityOpt: ['seccomp:unconfined'] }, 'seccomp:unconfined', { SecurityOpt: [] }],
    [
      { SecurityOpt: [`seccomp=${JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] })}`] },
      '--security-opt seccomp={"defaultAction"',
      { SecurityOpt: null },
    ],
    [{ SecurityOpt: [`seccomp={${'x'.repeat(90)}}`] }, '--security-opt seccomp=PROFILE', {}],
    [{ SecurityOpt: ['systempaths=unconfined'] }, 'systempaths=unconfined', {}],
    [{ MaskedPaths: [] }, 'systempaths=unconfined', { MaskedPaths: ['/proc/kcore'] }],
    [{ ReadonlyPaths: [] }, 'systempaths=unconfined', { ReadonlyPaths: null }],
    [{ SecurityOpt: ['apparmor=unconfined'] }, 'apparmor=unconfined', { SecurityOpt: ['apparmor=docker-default'] }],
    [{ SecurityOpt: ['apparmor=mine'] }, 'apparmor=mine', { SecurityOpt: ['apparmor=berth-default', 'apparmor='] }],
    [{ SecurityOpt: ['label=disable'] }, 'label=disable', { SecurityOpt: ['label=level:s0'] }],
    [{ SecurityOpt: ['label=type:spc_t'] }, 'label=type:spc_t', { SecurityOpt: ['label:level:s0:c1,c2'] }],
    [{ SecurityOpt: ['label=filetype:etc_t'] }, 'label=filetype:etc_t', {}],
    [{ SecurityOpt: ['writable-cgroups'] }, 'writable-cgroups', { SecurityOpt: ['writable-cgroups=false'] }],
    [{ CgroupParent: 'free' }, '--cgroup-parent free', { CgroupParent: 'usual' }],
    [{ CgroupParent: '../free' }, '--cgroup-parent ../free', { CgroupParent: '' }],
    [{ Devices: [{ PathOnHost: '/dev/sda' }] }, '--device /dev/sda', { Devices: [] }],
    [{ DeviceCgroupRules: ['c 1:1 rwm'] }, '--device-cgroup-rule c 1:1 rwm', { DeviceCgroupRules: null }],
    [{ DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['a/b=c'] }] }, 'a/b=c', { DeviceRequests: [] }],
    [{ DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] }, 'a device (--gpus, --device)', {}],
    [{ CapAdd: ['sys_admin'] }, '--cap-add sys_admin', { CapAdd: ['chown', 'CAP_NET_RAW'] }],
    [{ CapAdd: ['CHOWN', 'ALL'] }, '--cap-add ALL', { CapAdd: [], CapDrop: ['ALL'] }],
    [{ CapAdd: ['NET_ADMIN'] }, '--cap-add NET_ADMIN', { CapAdd: null }],
  ])('%j', (refused, words, allowed) => {
    expect(leadsOut(asked({ hostConfig: refused }), OWN)).toContain(words);
    expect(leadsOut(asked({ hostConfig: allowed }), OWN)).toBeNull();
  });

  it.each(['pid', 'ipc', 'uts', 'userns', 'network', 'cgroupns'] as const)("the host's %s namespace", (name) => {
    expect(leadsOut(asked({ namespaces: { [name]: 'host' } }), OWN)).toBe(`the host's namespace (--${name} host)`);
    for (const mode of ['', 'private', 'none', 'shareable', 'bridge'])
      expect(leadsOut(asked({ namespaces: { [name]: mode } }), OWN)).toBeNull();
  });

  it.each<[place: string, sibling: string]>([
    ['/', '/opt'],
    ['/etc', '/etcetera'],
    ['/etc/cron.d', '/srv/etc/cron.d'],
    ['/proc/1/root', '/process'],
    ['/sys', '/system'],
    ['/dev/shm', '/development'],
    ['/boot', '/bootstrap'],
    ['/run/user/1000', '/runs'],
    ['/var/run', '/var/runs'],
    ['/var/lib/other', '/var/library'],
    ['/var', '/var/log'],
    ['/var/spool/cron', '/var/tmp'],
    ['/root/.ssh', '/rooted'],
    ['/srv/engine', '/srv/other'],
    ['/srv/engine/data/volumes/x', '/srv/engine/database'],
    ['/usr/bin', '/usrlocal'],
    ['/lib64', '/lib640'],
  ])('a mount of %s', (place, sibling) => {
    expect(leadsOut(asked({ sources: [path(place)] }), OWN)).toBe(`a mount of ${place}`);
    expect(leadsOut(asked({ sources: [path(sibling)] }), OWN)).toBeNull();
  });

  it('goes by where a path is, not by what it is called', () => {
    const link = path('/home/me/link', { places: ['/home/me/real', '/etc/x'] });
    expect(leadsOut(asked({ sources: [path('/home/me'), link] }), OWN)).toBe('a mount of /home/me/link (/etc/x)');
    expect(leadsOut(asked({ sources: [path('/etc/localtime', { places: ['/srv/zone'] })] }), OWN)).toBeNull();
  });

  it.each<[refused: AskedSource, words: string, allowed: AskedSource]>([
    [path('/usr/share/zoneinfo'), 'a mount of', path('/usr/share/zoneinfo', { readonly: true })],
    [path('/etc/hosts', { readonly: true }), 'a mount of /etc/hosts', path('/home/me/hosts', { readonly: true })],
    [
      path('/home/me/docker.sock', { isEngine: true }),
      'a mount of /home/me/docker.sock, the socket of a container engine',
      path('/home/me/agent.sock'),
    ],
    [
      path('/srv/a', { propagation: 'rshared' }),
      'a rshared mount of /srv/a',
      path('/srv/a', { propagation: 'rslave' }),
    ],
    [path('/srv/a', { propagation: 'shared' }), 'a shared mount of /srv/a', path('/srv/a', { propagation: 'private' })],
    [
      { kind: 'filesystem', name: 'disk', type: 'ext4' },
      'the volume disk of type ext4',
      { kind: 'filesystem', name: 'share', type: 'nfs4' },
    ],
    [
      { kind: 'filesystem', name: 'over', type: 'overlay' },
      'the volume over of type overlay',
      { kind: 'filesystem', name: 'scratch', type: 'tmpfs' },
    ],
  ])('%j', (refused, words, allowed) => {
    expect(leadsOut(asked({ sources: [refused] }), OWN)).toContain(words);
    expect(leadsOut(asked({ sources: [allowed] }), OWN)).toBeNull();
  });
});

it('gives nobody new privileges, and shows nobody what is hidden', () => {
  expect(confined({ SecurityOpt: ['no-new-privileges=false', 'label=x'] }).SecurityOpt).toEqual([
    'label=x',
    'no-new-privileges',
  ]);
  expect(confined({})).toEqual({ SecurityOpt: ['no-new-privileges'] });
  expect(confined({ MaskedPaths: ['/x'], ReadonlyPaths: ['/y'] })).toMatchObject({
    MaskedPaths: expect.arrayContaining(['/x', '/proc/kcore']),
    ReadonlyPaths: expect.arrayContaining(['/y', '/proc/sys']),
  });
});
