import { describe, expect, it } from 'vitest';
import { compileSeccomp } from './compile.ts';
import { defaultSeccompProfile } from './default-profile.ts';
import { permitsBirth } from './permits-birth.ts';

const context = { capabilities: new Set(['CAP_CHOWN']), kernel: [6, 1] as const };

describe('permitsBirth', () => {
  it('holds without a filter and with Docker’s own', () => {
    expect(permitsBirth(new Uint8Array())).toBe(true);
    expect(permitsBirth(compileSeccomp(defaultSeccompProfile(), context))).toBe(true);
  });

  it.each(['clone', 'prctl', 'setsid', 'ioctl', 'prlimit64', 'recvmsg', 'sendmsg', 'execve', 'exit_group'])(
    'does not without %s',
    (name) => {
      const profile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [name], action: 'SCMP_ACT_ERRNO' }] };
      const filter = compileSeccomp(profile, context);
      expect(permitsBirth(filter)).toBe(false);
      expect(permitsBirth(filter), 'remembered').toBe(false);
    },
  );

  it('takes a call that is only written down as one that is permitted', () => {
    const profile = { defaultAction: 'SCMP_ACT_LOG', syscalls: [{ names: ['reboot'], action: 'SCMP_ACT_KILL' }] };
    expect(permitsBirth(compileSeccomp(profile, context))).toBe(true);
  });
});
