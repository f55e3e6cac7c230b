import { isAbsolute, normalize } from 'node:path/posix';
import { EngineError } from '../errors.ts';

/** A mount a person asked for, from `Binds`, `Mounts`, `Tmpfs`, `VolumesFrom` or the image's `VOLUME`. */
export interface UserMount {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image';
  /** bind: host path; volume: its name ('' for one that is yet to be named); image: its reference; tmpfs: ''. */
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
  /** bind: only the top mount is read-only, those below keep what they are. */
  readonly topReadonlyOnly?: boolean;
  /** volume: do not copy the image's content into it when it is empty. */
  readonly nocopy?: boolean;
  /** volume, image: the directory or file below its root that is mounted. */
  readonly subpath?: string;
  /** volume: made for this container and removed with it. */
  readonly anonymous?: boolean;
  /** volume: how to make it when there is none of that name. */
  readonly creation?: VolumeCreation;
}

/** What a mount says of a volume that is yet to be made. */
export interface VolumeCreation {
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

/** Propagation words of mount(8). */
export const PROPAGATIONS: ReadonlySet<string> = new Set([
  'private',
  'rprivate',
  'slave',
  'rslave',
  'shared',
  'rshared',
]);

/** Docker's RestrictedNameChars for volumes. Throws `invalid`. */
export function assertVolumeName(name: string): void {
  if (name.length === 1) {
    throw new EngineError('invalid', 'volume name is too short, names should be at least two alphanumeric characters');
  }
  // 255 bytes: the name is a directory's.
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name) && name.length <= 255) return;
  throw new EngineError(
    'invalid',
    `${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

/** The cleaned form of an absolute path inside a container. Throws `invalid`. */
export function checkedDestination(path: string): string {
  if (!isAbsolute(path)) {
    throw new EngineError('invalid', `invalid mount path: '${path}' mount path must be absolute`);
  }
  const clean = cleanPath(path);
  if (clean === '/') throw new EngineError('invalid', "invalid specification: destination can't be '/'");
  return clean;
}

/** Without `.`, `..`, doubled and trailing slashes. */
export function cleanPath(path: string): string {
  return normalize(path).replace(/(?<=.)\/+$/, '');
}
