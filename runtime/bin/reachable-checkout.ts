import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory at or above a path that others than its owner may not enter, such as /root; null when they may enter all. */
export function closedDirectory(path: string, stat: (path: string) => Pick<Stats, 'mode'> = statSync): string | null {
  const above = dirname(path);
  const closed = above === path ? null : closedDirectory(above, stat);
  return closed ?? ((stat(path).mode & 0o001) === 0 ? path : null);
}

/**
 * Runs one of our programs once more where an ordinary user can reach the checkout: bound to a directory below /tmp, in a mount
 * namespace of its own (unshare(1)), which goes with it. Returns its exit code.
 */
export function runReachably(root: string, program: string, args: readonly string[]): number {
  const place = mkdtempSync('/tmp/berth-checkout-');
  chmodSync(place, 0o755);
  const moved = (text: string): string => text.replaceAll(root.replace(/\/$/, ''), place);
  // As a slave: what the system mounts meanwhile is seen, and nothing of this is seen outside.
  const script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"';
  const words = ['--mount', '--propagation', 'slave', 'sh', '-c', script, 'sh', root, place];
  // npm names directories of the checkout in the environment, and Node itself may be in it.
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, moved(value ?? '')]));
  try {
    const command = [moved(process.execPath), join(place, program), ...args];
    return spawnSync('unshare', [...words, ...command], { stdio: 'inherit', env }).status ?? 1;
  } finally {
    rmdirSync(place);
  }
}
