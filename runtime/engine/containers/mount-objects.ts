import { isAbsolute } from 'node:path/posix';
import { EngineError } from '../errors.ts';
import type { HostConfig } from './config.ts';
import { assertVolumeName, checkedDestination, cleanPath, PROPAGATIONS, type UserMount } from './user-mount.ts';
import { assertTmpfsOptions } from './tmpfs-options.ts';

type MountObject = NonNullable<HostConfig['Mounts']>[number];

/** Option objects and the type each belongs to. */
const OPTION_FIELDS = [
  ['BindOptions', 'bind'],
  ['VolumeOptions', 'volume'],
  ['TmpfsOptions', 'tmpfs'],
  ['ImageOptions', 'image'],
] as const;

/** A `Mount` object of `HostConfig.Mounts` (`--mount`), checked as Docker does. Throws `invalid`. */
export function fromMountObject(mount: MountObject): UserMount {
  const type = mount.Type;
  if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs' && type !== 'image') {
    throw new EngineError('invalid', `invalid mount config for type ${JSON.stringify(type)}: mount type unknown`);
  }
  try {
    return { ...base(mount), ...ofType(mount, type) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError('invalid', `invalid mount config for type "${type}": ${error.message}`, { cause: error });
  }
}

function base(mount: MountObject): Omit<UserMount, 'type' | 'source'> {
  if (mount.Target === '') throw new EngineError('invalid', 'field Target must not be empty');
  for (const [field, owner] of OPTION_FIELDS) {
    const given = mount[field];
    if (owner !== mount.Type && given !== undefined && given !== null) {
      throw new EngineError('invalid', `field ${field} must not be specified`);
    }
  }
  return {
    destination: checkedDestination(mount.Target),
    readonly: mount.ReadOnly === true,
    recursive: true,
    propagation: 'rprivate',
    options: [],
    createSource: false,
    mode: '',
  };
}

function ofType(mount: MountObject, type: UserMount['type']): Pick<UserMount, 'type' | 'source'> & Partial<UserMount> {
  switch (type) {
    case 'bind':
      return bind(mount);
    case 'volume':
      return volume(mount);
    case 'tmpfs':
      return tmpfs(mount);
    case 'image':
      return image(mount);
  }
}

function bind(mount: MountObject): Pick<UserMount, 'type' | 'source'> & Partial<UserMount> {
  const source = mount.Source ?? '';
  const options = mount.BindOptions ?? {};
  if (source === '') throw new EngineError('invalid', 'field Source must not be empty');
  if (!isAbsolute(source)) {
    throw new EngineError('invalid', `invalid mount path: '${source}' mount path must be absolute`);
  }
  const propagation = options.Propagation ?? '';
  if (propagation !== '' && !PROPAGATIONS.has(propagation)) {
    throw new EngineError('invalid', `invalid propagation mode: ${propagation}`);
  }
  if (options.ReadOnlyForceRecursive === true && mount.ReadOnly !== true) {
    throw new EngineError('invalid', 'mount source must be read-only to use ReadOnlyForceRecursive');
  }
  if (options.ReadOnlyForceRecursive === true && options.ReadOnlyNonRecursive === true) {
    throw new EngineError('invalid', 'ReadOnlyForceRecursive and ReadOnlyNonRecursive conflict');
  }
  return {
    type: 'bind',
    source: cleanPath(source),
    recursive: options.NonRecursive !== true,
    propagation: propagation === '' ? 'rprivate' : propagation,
    createSource: options.CreateMountpoint === true,
    topReadonlyOnly: options.ReadOnlyNonRecursive === true,
  };
}

function volume(mount: MountObject): Pick<UserMount, 'type' | 'source'> & Partial<UserMount> {
  const source = mount.Source ?? '';
  const { NoCopy, Labels, DriverConfig, Subpath } = mount.VolumeOptions ?? {};
  if (source !== '') assertVolumeName(source);
  if (source === '' && mount.ReadOnly === true) {
    throw new EngineError('invalid', 'must not set ReadOnly mode when using anonymous volumes');
  }
  const subpath = checkedSubpath(Subpath ?? '');
  if (subpath !== '' && source === '') {
    throw new EngineError('invalid', 'must not set Subpath when using anonymous volumes');
  }
  return {
    type: 'volume',
    source,
    nocopy: NoCopy === true,
    subpath,
    creation: { driver: DriverConfig?.Name ?? '', labels: Labels ?? {}, options: DriverConfig?.Options ?? {} },
  };
}

/** A path that stays below where it starts. Throws `invalid`. */
function checkedSubpath(path: string): string {
  if (path === '') return '';
  const clean = cleanPath(path);
  if (isAbsolute(path) || clean === '..' || clean.startsWith('../')) {
    throw new EngineError('invalid', 'subpath must be a relative path within the volume');
  }
  return clean === '.' ? '' : clean;
}

function tmpfs(mount: MountObject): Pick<UserMount, 'type' | 'source'> & Partial<UserMount> {
  if ((mount.Source ?? '') !== '') throw new EngineError('invalid', 'field Source must not be specified');
  const { SizeBytes, Mode, Options } = mount.TmpfsOptions ?? {};
  if ((SizeBytes ?? 0) < 0) throw new EngineError('invalid', 'TmpfsOptions.SizeBytes must not be negative');
  const further = (Options ?? []).map((words) => words.join('='));
  assertTmpfsOptions(further);
  const options = [
    ...(mount.ReadOnly === true ? ['ro'] : []),
    ...((SizeBytes ?? 0) === 0 ? [] : [`size=${SizeBytes ?? 0}`]),
    ...((Mode ?? 0) === 0 ? [] : [`mode=${(Mode ?? 0).toString(8)}`]),
    ...further,
    ...(further.includes('exec') ? [] : ['noexec']),
  ];
  return { type: 'tmpfs', source: '', options };
}

function image(mount: MountObject): Pick<UserMount, 'type' | 'source'> & Partial<UserMount> {
  const source = mount.Source ?? '';
  if (source === '') throw new EngineError('invalid', 'field Source must not be empty');
  return { type: 'image', source, readonly: true, subpath: checkedSubpath(mount.ImageOptions?.Subpath ?? '') };
}
