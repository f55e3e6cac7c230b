/** The profile of containers that ask for none. */
export const DEFAULT_PROFILE = 'berth-default';

/**
 * The text of the default profile, as apparmor_parser reads it. What a container needs is allowed as a whole; denied is what
 * reaches the machine and not the container alone, whatever capabilities it was given: mounts, and what the kernel can be
 * told in /proc and /sys but in a process's own directory, in the settings of an IPC namespace, and in control groups.
 *
 * `engineLabels` are those of the engine's own processes: they send the signals of stop and kill, and look at processes for
 * top and stats. Globs have no "all but": each kind of path is spelt out letter by letter.
 */
export function defaultProfile(engineLabels: readonly string[] = []): string {
  const own = DEFAULT_PROFILE;
  const others = [...new Set(engineLabels)].filter((label) => label !== 'unconfined' && isPlain(label));
  const lines = [
    'file,',
    'network,',
    'capability,',
    'umount,',
    '',
    'deny mount,',
    // Page-cache writes by the kernel's cipher sockets (CVE-2026-31431), also by calls that seccomp cannot look into.
    'deny network alg,',
    '',
    `signal (send, receive) peer=${own},`,
    `ptrace (read, readby, trace, tracedby) peer=${own},`,
    ...['unconfined', ...others].map((label) => `signal receive peer=${quoted(label)},`),
    ...others.map((label) => `ptrace (readby, tracedby) peer=${quoted(label)},`),
    '',
    'deny /proc/* w,',
    'deny /proc/[^0-9s]*/** w,',
    'deny /proc/s[^y]*/** w,',
    'deny /proc/sys[^/]*/** w,',
    'deny /proc/sys/[^k]** w,',
    'deny /proc/sys/kernel/[^s]** w,',
    'deny /proc/sys/kernel/s[^eh]** w,',
    'deny /proc/sys/kernel/se[^m]** w,',
    'deny /proc/sys/kernel/sh[^m]** w,',
    'deny /proc/kcore rwklx,',
    'deny /proc/sysrq-trigger rwklx,',
    '',
    'deny /sys/{[^f],f[^s]}*/** wklx,',
    'deny /sys/fs/{[^c],c[^g],cg[^r]}*/** wklx,',
    'deny /sys/firmware/** rwklx,',
    'deny /sys/kernel/security/** rwklx,',
    'deny /sys/devices/virtual/powercap/** rwklx,',
  ];
  // Paths of what is attached nowhere any more (a descriptor of the caller's, a deleted file) are looked at as if it were.
  const body = lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
  return `profile ${own} flags=(attach_disconnected, mediate_deleted) {\n${body}\n}\n`;
}

/** A label names one profile here, or none: stacks of them, and what could end the rule, are left out. */
function isPlain(label: string): boolean {
  return /^[\w./+:@-]+$/.test(label);
}

function quoted(label: string): string {
  return label === 'unconfined' ? label : `"${label}"`;
}
