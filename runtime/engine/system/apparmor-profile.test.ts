import { describe, expect, it } from 'vitest';
import { defaultProfile } from './apparmor-profile.ts';

/** A glob of a rule as AppArmor reads it: `*` is within one name, `**` goes on below, `[^a]` is one other letter. */
function matches(glob: string, path: string): boolean {
  const pattern = glob
    .replace(/[.+()|]/g, String.raw`\$&`)
    .replace(/\{([^}]*)\}/g, (_, inner: string) => `(?:${inner.replaceAll(',', '|')})`)
    .replace(/\*\*|\*/g, (star) => (star === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${pattern}$`).test(path);
}

/** Whether a rule of the default profile denies the writing of a path. */
function isDenied(path: string): boolean {
  const rules = [...defaultProfile().matchAll(/^ {2}deny (\/\S+) (\w+),$/gm)];
  return rules.some(([, glob = '', access = '']) => access.includes('w') && matches(glob, path));
}

describe('the default profile', () => {
  it.each([
    '/proc/kcore',
    '/proc/sysrq-trigger',
    '/proc/mtrr',
    '/proc/acpi/wakeup',
    '/proc/fs/xfs/x',
    '/proc/scsi/scsi',
    '/proc/sysvipc/shm',
    '/proc/sys/vm/panic_on_oom',
    '/proc/sys/fs/file-max',
    '/proc/sys/net/ipv4/ip_forward',
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/kernel/modprobe',
    '/proc/sys/kernel/hostname',
    '/proc/sys/kernel/sched_rt_runtime_us',
    '/proc/sys/kernel/seccomp/actions_logged',
    '/proc/sys/kernel/sysrq',
    '/sys/power/state',
    '/sys/kernel/uevent_helper',
    '/sys/kernel/security/apparmor/.remove',
    '/sys/firmware/efi/x',
    '/sys/fs/fuse/connections',
    '/sys/fs/bpf/x',
    '/sys/fs/ext4/sda/x',
    '/sys/devices/virtual/powercap/x',
    '/sys/module/x/parameters/y',
  ])('denies the writing of %s', (path) => {
    expect(isDenied(path)).toBe(true);
  });

  it.each([
    '/proc/1/oom_score_adj',
    '/proc/12/attr/exec',
    '/proc/345/task/346/comm',
    '/proc/sys/kernel/shmmax',
    '/proc/sys/kernel/shm_rmid_forced',
    '/proc/sys/kernel/sem',
    '/sys/fs/cgroup/x/cgroup.procs',
    '/etc/passwd',
    '/processes/x',
    '/system/x',
  ])('leaves %s alone', (path) => {
    expect(isDenied(path)).toBe(false);
  });

  it('lets only its own processes and those of the host send signals, the engine by its label', () => {
    const peers = (text: string): string[] =>
      [...text.matchAll(/^ {2}signal .*peer=(.+),$/gm)].map(([, peer]) => peer ?? '');
    expect(peers(defaultProfile())).toEqual(['berth-default', 'unconfined']);
    expect(peers(defaultProfile(['unconfined', 'berth-launcher', 'berth-launcher', '/usr/bin/x']))).toEqual([
      'berth-default',
      'unconfined',
      '"berth-launcher"',
      '"/usr/bin/x"',
    ]);
  });

  it.each(['a",\n capability,\n "', 'a//&b', 'a b', '', '*'])('puts no label into it that is none: %j', (label) => {
    expect(defaultProfile([label])).toBe(defaultProfile());
  });

  it('denies mounts and cipher sockets, whatever else is allowed', () => {
    expect(defaultProfile()).toMatch(/^profile berth-default flags=\(attach_disconnected, mediate_deleted\) \{$/m);
    expect(defaultProfile()).toContain('\n  deny mount,\n');
    expect(defaultProfile()).toContain('\n  deny network alg,\n');
  });
});
