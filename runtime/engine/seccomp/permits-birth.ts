import { RETURN_ALLOW, RETURN_LOG } from './bpf.ts';
import { runBpf } from './interpreter.ts';
import { SYSCALLS_X86_64 } from './syscalls.ts';

/** AUDIT_ARCH_X86_64 of linux/audit.h. */
const AUDIT_ARCH_X86_64 = 0xc000003e;

/** CLONE_PARENT | CLONE_PIDFD, prctl's PR_SET_PDEATHSIG with SIGKILL, TIOCSCTTY of standard input, RLIMIT_NPROC and RLIMIT_NOFILE. */
const CALLS: readonly (readonly [name: string, ...args: bigint[]])[] = [
  ['clone', 0x9000n],
  ['prctl', 1n, 9n],
  ['setsid'],
  ['ioctl', 0n, 0x540en],
  ['prlimit64', 0n, 6n],
  ['prlimit64', 0n, 7n],
  ['recvmsg', 3n],
  ['sendmsg', 3n],
  ['execve'],
  ['exit_group'],
];

const known = new WeakMap<Uint8Array, boolean>();

/**
 * Whether a process can be made, and come to its command, by a launcher that is under this filter already: then nothing in
 * a container ever sees the process with more privileges than it may have. The calls are those that
 * `child_give_birth` of runtime/launcher/process.c makes after it has loaded the filter. No filter permits all.
 */
export function permitsBirth(filter: Uint8Array): boolean {
  if (filter.length === 0) return true;
  let permitted = known.get(filter);
  if (permitted === undefined) {
    permitted = CALLS.every(([name, ...args]) => {
      const verdict = runBpf(filter, { number: SYSCALLS_X86_64.get(name) ?? -1, arch: AUDIT_ARCH_X86_64, args });
      return verdict === RETURN_ALLOW || verdict === RETURN_LOG;
    });
    known.set(filter, permitted);
  }
  return permitted;
}
