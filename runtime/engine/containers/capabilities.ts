import { EngineError } from '../errors.ts';

/** Capability names by their number in linux/capability.h. */
const NUMBERS = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
].map((name) => `CAP_${name}`);

/** Docker's default set (mask 0xa80425fb). */
const DEFAULTS = [
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

/**
 * The container's capability names: Docker's rules for `--cap-add`, `--cap-drop` (names with or without CAP_, any
 * case, ALL) and `--privileged`. `available` is the engine's own bounding set: no container can have more.
 * Throws `invalid` for an unknown name.
 */
export function containerCapabilities(
  options: { add: readonly string[]; drop: readonly string[]; privileged: boolean },
  available: bigint,
): string[] {
  const add = options.add.map(normalise);
  const drop = options.drop.map(normalise);
  const all = NUMBERS.filter((_, number) => (available & (1n << BigInt(number))) !== 0n);
  if (options.privileged) return all;
  const start = add.includes('ALL') ? all : drop.includes('ALL') ? [] : DEFAULTS;
  const wanted = new Set([...start, ...add.filter((name) => name !== 'ALL')]);
  for (const name of drop) {
    // Docker: what is both dropped and added by name is kept only with `--cap-drop ALL`.
    if (name !== 'ALL') wanted.delete(name);
  }
  return all.filter((name) => wanted.has(name));
}

/** Whether a container has it without asking. */
export function isDefaultCapability(given: string): boolean {
  return DEFAULTS.includes(`CAP_${given.toUpperCase().replace(/^CAP_/, '')}`);
}

function normalise(given: string): string {
  const upper = given.toUpperCase();
  if (upper === 'ALL' || upper === 'CAP_ALL') return 'ALL';
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!NUMBERS.includes(name)) throw new EngineError('invalid', `invalid capability: ${JSON.stringify(given)}`);
  return name;
}

/** Bit mask of capability names, as capset(2) takes it. */
export function capabilityMask(names: readonly string[]): bigint {
  return names.reduce((mask, name) => {
    const number = NUMBERS.indexOf(name);
    return number < 0 ? mask : mask | (1n << BigInt(number));
  }, 0n);
}
