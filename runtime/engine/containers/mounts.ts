import { isAbsolute } from 'node:path/posix';
import { EngineError } from '../errors.ts';
import type { HostConfig } from './config.ts';
import { fromMountObject } from './mount-objects.ts';
import { tmpfsMount } from './tmpfs-options.ts';
import { assertVolumeName, checkedDestination, cleanPath, PROPAGATIONS, type UserMount } from './user-mount.ts';

/** Words of `-v SRC:DST:words` by kind; at most one of each kind may be given. */
const MODE_KINDS: readonly (readonly string[])[] = [
  ['ro', 'rw'],
  ['z', 'Z'],
  ['nocopy'],
  [...PROPAGATIONS],
  ['cached', 'delegated', 'consistent', 'default'],
  ['bind', 'rbind'],
  ['U'],
];

/** All mounts that a host configuration asks for, checked for duplicates. Throws `invalid`. */
export function userMounts(hostConfig: HostConfig): UserMount[] {
  return ordered([
    ...(hostConfig.Binds ?? []).map(parseBind),
    ...(hostConfig.Mounts ?? []).map(fromMountObject),
    ...Object.entries(hostConfig.Tmpfs ?? {}).map(([destination, options]) => tmpfsMount(destination, options)),
  ]);
}

/** Parents before children, or a child would be hidden by its parent mounted over it. Throws `invalid`. */
export function ordered(mounts: readonly UserMount[]): UserMount[] {
  const seen = new Set<string>();
  for (const mount of mounts) {
    const { destination } = mount;
    assertOutsideSystem(mount);
    if (seen.has(destination)) throw new EngineError('invalid', `Duplicate mount point: ${destination}`);
    seen.add(destination);
  }
  return [...mounts].sort((a, b) => depth(a.destination) - depth(b.destination));
}

/** `src:dst[:mode]` as `-v` sends it; a source that is no path names a volume. `dst` alone is a nameless volume. */
export function parseBind(bind: string): UserMount {
  const parts = bind.split(':');
  const [source = '', destination = '', mode = ''] = parts;
  if (parts.length < 2 || parts.length > 3 || source === '' || destination === '') {
    throw new EngineError('invalid', `invalid volume specification: '${bind}'`);
  }
  const words = mode === '' ? [] : mode.split(',');
  const isPath = isAbsolute(source);
  assertMode(words, mode, isPath);
  if (!isPath) assertVolumeName(source);
  return {
    type: isPath ? 'bind' : 'volume',
    source: isPath ? cleanPath(source) : source,
    destination: checkedDestination(destination),
    readonly: words.includes('ro'),
    recursive: !words.includes('bind'),
    propagation: words.find((word) => PROPAGATIONS.has(word)) ?? 'rprivate',
    options: [],
    createSource: true,
    mode,
    nocopy: words.includes('nocopy'),
  };
}

/** Docker takes one word of each kind; propagation is for binds, `nocopy` for volumes. Throws `invalid`. */
function assertMode(words: readonly string[], mode: string, isBind: boolean): void {
  const counts = MODE_KINDS.map((kind) => words.filter((word) => kind.includes(word)).length);
  const known = counts.reduce((sum, count) => sum + count, 0) === words.length;
  const misplaced = words.some((word) => (isBind ? word === 'nocopy' : PROPAGATIONS.has(word)));
  if (known && !misplaced && counts.every((count) => count <= 1)) return;
  throw new EngineError('invalid', `invalid mode: ${mode}`);
}

/** Files of statistics in /proc that may be covered, as LXCFS does to show a container its own limits. */
const COVERABLE_IN_PROC: ReadonlySet<string> = new Set(
  ['cpuinfo', 'diskstats', 'loadavg', 'meminfo', 'slabinfo', 'stat', 'swaps', 'uptime'].map((name) => `/proc/${name}`),
);

/**
 * Refuses mounts that would take the place of the kernel's own files: a false /proc could swallow what the launcher and
 * the container's programs write there (CVE-2019-16884, CVE-2019-19921). The host's own /sys may be asked for. Throws
 * `invalid`.
 */
function assertOutsideSystem({ type, source, destination }: UserMount): void {
  const isInProc = destination === '/proc' || destination.startsWith('/proc/');
  if (isInProc && !(type === 'bind' && COVERABLE_IN_PROC.has(destination))) {
    throw new EngineError('invalid', `invalid mount: ${destination} cannot be mounted because it is inside /proc`);
  }
  if (destination === '/sys' && !(type === 'bind' && source === '/sys')) {
    throw new EngineError('invalid', "invalid mount: only the host's own /sys can be mounted on /sys");
  }
}

function depth(path: string): number {
  return path.split('/').length;
}
