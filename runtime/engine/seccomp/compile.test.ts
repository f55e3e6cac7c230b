import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSeccomp } from './compile.ts';
import { defaultSeccompProfile } from './default-profile.ts';
import { applicableRules, type SeccompArgument, type SeccompContext, type SeccompProfile } from './profile.ts';
import { SYSCALLS_I386, SYSCALLS_X32, SYSCALLS_X86_64 } from './syscalls.ts';
import { runBpf } from './interpreter.ts';

const ALLOW = 0x7fff0000;
const X86_64 = 0xc000003e;
const ENOSYS = 0x00050000 | 38;
const I386 = 0x40000003;
const REFERENCE = new URL('../../../../shared/reference/docker-default-seccomp.json', import.meta.url);

const DOCKER_CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
].map((name) => `CAP_${name}`);

const CONTEXTS: Record<string, SeccompContext> = {
  'the default capabilities': { capabilities: new Set(DOCKER_CAPABILITIES), kernel: [6, 18] },
  'no capabilities': { capabilities: new Set(), kernel: [6, 18] },
  CAP_SYS_ADMIN: { capabilities: new Set([...DOCKER_CAPABILITIES, 'CAP_SYS_ADMIN']), kernel: [6, 18] },
  'an old kernel': { capabilities: new Set(DOCKER_CAPABILITIES), kernel: [4, 4] },
  'many capabilities': {
    capabilities: new Set(['SYS_PTRACE', 'SYS_TIME', 'SYSLOG', 'BPF', 'SYS_NICE', 'SYS_BOOT'].map((c) => `CAP_${c}`)),
    kernel: [6, 1],
  },
};

/** Argument words that tell the policy's conditions apart, with the 64-bit traps among them. */
const PROBES = [
  0n,
  1n,
  8n,
  37n,
  38n,
  39n,
  40n,
  41n,
  0x11n,
  0x20000n,
  0x20008n,
  0x7e020000n,
  0x10000000n,
  0xffffffffn,
  0x1_0000_0000n,
  0xffff_ffff_ffff_ffffn,
];

/** Of each ABI the newest call that the profile names. */
function newest(profile: SeccompProfile, context: SeccompContext, table: ReadonlyMap<string, number>): number {
  const names = applicableRules(profile, context).flatMap((rule) => rule.names ?? []);
  return Math.max(...names.map((name) => table.get(name) ?? 0));
}

/** The policy read naively, rule by rule: the oracle. */
function expected(profile: SeccompProfile, context: SeccompContext, name: string, args: readonly bigint[]): number {
  const matching = applicableRules(profile, context).filter((rule) => rule.names?.includes(name));
  const plain = matching.find((rule) => (rule.args ?? []).length === 0);
  const hit = plain ?? matching.find((rule) => rule.args?.every((condition) => holds(condition, args)));
  if (hit === undefined) return 0x00050000 | (profile.defaultErrnoRet ?? 1);
  return hit.action === 'SCMP_ACT_ALLOW' ? ALLOW : 0x00050000 | (hit.errnoRet ?? 1);
}

function holds(condition: SeccompArgument, args: readonly bigint[]): boolean {
  const argument = args[condition.index] ?? 0n;
  const value = BigInt(condition.value);
  switch (condition.op) {
    case 'SCMP_CMP_EQ':
      return argument === value;
    case 'SCMP_CMP_NE':
      return argument !== value;
    case 'SCMP_CMP_LT':
      return argument < value;
    case 'SCMP_CMP_LE':
      return argument <= value;
    case 'SCMP_CMP_GT':
      return argument > value;
    case 'SCMP_CMP_GE':
      return argument >= value;
    case 'SCMP_CMP_MASKED_EQ':
      return (argument & value) === BigInt(condition.valueTwo ?? 0);
    default:
      throw new Error(condition.op);
  }
}

function differences(profile: SeccompProfile, program: Uint8Array, context: SeccompContext): string[] {
  const wrong: string[] = [];
  for (const [table, arch, bit] of [
    [SYSCALLS_X86_64, X86_64, 0],
    [SYSCALLS_X32, X86_64, 0x40000000],
    [SYSCALLS_I386, I386, 0],
  ] as const) {
    const last = newest(profile, context, table);
    for (const [name, number] of table) {
      if (number > last) {
        if (runBpf(program, { number: number + bit, arch, args: [] }) !== ENOSYS) wrong.push(`${name} is not ENOSYS`);
        continue;
      }
      for (const probe of PROBES) {
        const args = [probe, probe, probe];
        const got = runBpf(program, { number: number + bit, arch, args });
        if (got !== expected(profile, context, name, args))
          wrong.push(`${name} ${arch.toString(16)} ${probe}: ${got.toString(16)}`);
      }
    }
  }
  return wrong;
}

describe('compileSeccomp', () => {
  for (const [title, context] of Object.entries(CONTEXTS)) {
    it(`gives the default policy's verdict for every call of every ABI with ${title}`, () => {
      const profile = defaultSeccompProfile();
      expect(differences(profile, compileSeccomp(profile, context), context)).toEqual([]);
    });
    it.skipIf(!existsSync(REFERENCE))(
      `is rule by rule Docker's own policy with ${title} (skipped when the reference file is not beside the checkout)`,
      () => {
        const reference = JSON.parse(readFileSync(REFERENCE, 'utf8')) as SeccompProfile;
        expect(differences(reference, compileSeccomp(defaultSeccompProfile(), context), context)).toEqual([]);
      },
    );
  }

  it('refuses calls of unknown numbers and ABIs with the default action, and says that newer ones do not exist', () => {
    const context = { capabilities: new Set<string>(), kernel: [6, 18] } as const;
    const program = compileSeccomp(defaultSeccompProfile(), context);
    expect(runBpf(program, { number: 400, arch: X86_64, args: [] })).toBe(0x00050001);
    for (const [arch, bit] of [
      [X86_64, 0],
      [X86_64, 0x40000000],
      [I386, 0],
    ] as const)
      expect(runBpf(program, { number: 4000 + bit, arch, args: [] })).toBe(ENOSYS);
    const open = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['reboot'], action: 'SCMP_ACT_ERRNO' }] };
    expect(runBpf(compileSeccomp(open, context), { number: 4000, arch: X86_64, args: [] })).toBe(ALLOW);
    expect(runBpf(program, { number: 0, arch: 0xc00000b7, args: [] })).toBe(0x00050001);
  });

  it('stays small enough to load quickly', () => {
    const context = { capabilities: new Set(DOCKER_CAPABILITIES), kernel: [6, 18] } as const;
    // 800 instructions for three ABIs: a linear list takes a thousand for one; growth past it means ranges stopped merging.
    expect(compileSeccomp(defaultSeccompProfile(), context).length / 8).toBeLessThan(800);
  });

  it('names an unknown action or operator', () => {
    const context = { capabilities: new Set<string>(), kernel: [6, 18] } as const;
    expect(() => compileSeccomp({ defaultAction: 'SCMP_ACT_PERHAPS' }, context)).toThrow('SCMP_ACT_PERHAPS');
    const args = [{ index: 0, value: 1, op: 'SCMP_CMP_SOON' }];
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', args }],
    };
    expect(() => compileSeccomp(profile, context)).toThrow('SCMP_CMP_SOON');
  });
});
