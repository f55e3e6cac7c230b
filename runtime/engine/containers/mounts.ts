import { isAbsolute, normalize } from 'node:path/posix';
import { EngineError } from '../errors.ts';
import type { HostConfig } from './config.ts';

/** A mount a person asked for, from `Binds`, `Mounts` or `Tmpfs`. */
export interface UserMount {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** bind: host path; volume: its name ('' for anonymous); tmpfs: ''. */
  readonly source: string;
  readonly destination: string;
  readonly readonly: boolean;
  readonly recursive: boolean;
  readonly propagation: string;
  /** tmpfs: mount options. */
  readonly options: readonly string[];
  /** bind: make the source directory when it is missing (what `-v` does and `--mount` does not). */
  readonly createSource: boolean;
  /** `:z`, `:ro` and so on as given, for inspect. */
  readonly mode: string;
}

const PROPAGATIONS: ReadonlySet<string> = new Set(['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared']);
/** Words of `-v SRC:DST:words` that ask for nothing on this host (SELinux labels, consistency of other systems). */
const IGNORED_MODES: ReadonlySet<string> = new Set([
  'z',
  'Z',
  'cached',
  'delegated',
  'consistent',
  'default',
  'nocopy',
  'U',
]);

/** All mounts of a container, checked for duplicates. Throws `invalid`. */
export function userMounts(hostConfig: HostConfig): UserMount[] {
  const mounts = [
    ...(hostConfig.Binds ?? []).map(parseBind),
    ...(hostConfig.Mounts ?? []).map(fromMount),
    ...Object.entries(hostConfig.Tmpfs ?? {}).map(([destination, options]) => tmpfs(destination, options)),
  ];
  const seen = new Set<string>();
  for (const mount of mounts) {
    const { destination } = mount;
    assertOutsideSystem(mount);
    if (seen.has(destination)) throw new EngineError('invalid', `Duplicate mount point: ${destination}`);
    seen.add(destination);
  }
  // Parents before children, or a child would be hidden by its parent mounted over it.
  return mounts.sort((a, b) => depth(a.destination) - depth(b.destination));
}

/** `src:dst[:mode]` as `-v` sends it; a source that is no path names a volume. */
export function parseBind(bind: string): UserMount {
  const parts = bind.split(':');
  const [source = '', destination = '', mode = ''] = parts;
  if (parts.length < 2 || parts.length > 3 || source === '') {
    throw new EngineError('invalid', `invalid volume specification: '${bind}'`);
  }
  const words = mode === '' ? [] : mode.split(',');
  for (const word of words) {
    if (!['ro', 'rw', 'rbind', 'bind'].includes(word) && !PROPAGATIONS.has(word) && !IGNORED_MODES.has(word)) {
      throw new EngineError('invalid', `invalid mode: ${mode}`);
    }
  }
  const isPath = isAbsolute(source);
  if (!isPath) assertVolumeName(source);
  return {
    type: isPath ? 'bind' : 'volume',
    source: isPath ? normalize(source) : source,
    destination: checkedDestination(destination),
    readonly: words.includes('ro'),
    recursive: !words.includes('bind'),
    propagation: words.find((word) => PROPAGATIONS.has(word)) ?? 'rprivate',
    options: [],
    createSource: true,
    mode,
  };
}

/** Docker's RestrictedNameChars for volumes. Throws `invalid`. */
export function assertVolumeName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return;
  throw new EngineError(
    'invalid',
    `${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

function fromMount(mount: NonNullable<HostConfig['Mounts']>[number]): UserMount {
  const destination = checkedDestination(mount.Target);
  const readonly = mount.ReadOnly === true;
  const base = {
    destination,
    readonly,
    recursive: true,
    propagation: 'rprivate',
    options: [],
    createSource: false,
    mode: '',
  };
  switch (mount.Type) {
    case 'bind': {
      const source = mount.Source ?? '';
      if (!isAbsolute(source)) {
        throw new EngineError(
          'invalid',
          `invalid mount config for type "bind": invalid mount path: '${source}' mount path must be absolute`,
        );
      }
      const propagation = mount.BindOptions?.Propagation ?? '';
      if (propagation !== '' && !PROPAGATIONS.has(propagation)) {
        throw new EngineError('invalid', `invalid propagation mode: ${propagation}`);
      }
      return {
        ...base,
        type: 'bind',
        source: normalize(source),
        recursive: mount.BindOptions?.NonRecursive !== true,
        propagation: propagation === '' ? 'rprivate' : propagation,
        createSource: mount.BindOptions?.CreateMountpoint === true,
      };
    }
    case 'volume': {
      const source = mount.Source ?? '';
      if (source !== '') assertVolumeName(source);
      return { ...base, type: 'volume', source };
    }
    case 'tmpfs': {
      const { SizeBytes, Mode } = mount.TmpfsOptions ?? {};
      const options = [
        ...(readonly ? ['ro'] : []),
        ...(SizeBytes === undefined || SizeBytes === null || SizeBytes === 0 ? [] : [`size=${SizeBytes}`]),
        ...(Mode === undefined || Mode === null || Mode === 0 ? [] : [`mode=${Mode.toString(8)}`]),
      ];
      return { ...base, type: 'tmpfs', source: '', options };
    }
    default:
      throw new EngineError('invalid', `mount type unknown: ${JSON.stringify(mount.Type)}`);
  }
}

/** Options tmpfs takes from `--tmpfs PATH:options`; anything else is refused, as Docker does. */
const TMPFS_OPTION =
  /^(?:ro|rw|noexec|exec|nosuid|suid|nodev|dev|noatime|relatime|strictatime|(?:size|nr_inodes|nr_blocks)=\d+[kmg%]?|mode=[0-7]+|uid=\d+|gid=\d+)$/i;

function tmpfs(destination: string, text: string): UserMount {
  const options = text === '' ? [] : text.split(',');
  for (const option of options) {
    if (!TMPFS_OPTION.test(option)) throw new EngineError('invalid', `invalid tmpfs option ${JSON.stringify(option)}`);
  }
  return {
    type: 'tmpfs',
    source: '',
    destination: checkedDestination(destination),
    readonly: options.includes('ro'),
    recursive: false,
    propagation: 'rprivate',
    options: options.includes('exec') ? options : [...options, 'noexec'],
    createSource: false,
    mode: '',
  };
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

function checkedDestination(path: string): string {
  if (!isAbsolute(path)) {
    throw new EngineError('invalid', `invalid mount path: '${path}' mount path must be absolute`);
  }
  const clean = normalize(path).replace(/(?<=.)\/+$/, '');
  if (clean === '/') throw new EngineError('invalid', "invalid specification: destination can't be '/'");
  return clean;
}

function depth(path: string): number {
  return path.split('/').length;
}
