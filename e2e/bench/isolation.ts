import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const UNIFIED = '/sys/fs/cgroup/unified';
/** Set in the environment of the copy that runs in its own namespaces. */
const MARK = 'BERTH_BENCH_ISOLATED';

/**
 * Runs this program again in mount and network namespaces of its own, so that the bridges, firewall rules and mounts of
 * three engines never meet those of the host. Returns null in that copy, which goes on; else its exit code.
 */
export function isolate(): number | null {
  if (process.env[MARK] === '1' || process.getuid?.() !== 0) return null;
  // crun refuses hybrid hosts, so podman sees none; the other engines mount it again for themselves (`withUnified`).
  // What podman leaves in /run/netns would make the host's `ip` complain for ever.
  const names = 'mkdir -p /run/netns; mount -t tmpfs none /run/netns';
  const script = `ip link set lo up; ${names}; if [ -d ${UNIFIED} ]; then umount ${UNIFIED}; fi; exec "$@"`;
  const { status } = spawnSync(
    'unshare',
    ['-m', '-n', 'sh', '-c', script, 'sh', process.execPath, ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } },
  );
  return status ?? 1;
}

/** A command as it has to be started so that it sees the host's cgroups as they are. */
export function withUnified(command: readonly string[]): readonly string[] {
  if (process.env[MARK] !== '1' || !existsSync(UNIFIED)) return command;
  return ['unshare', '-m', 'sh', '-c', `mount -t cgroup2 none ${UNIFIED}; exec "$@"`, 'sh', ...command];
}
