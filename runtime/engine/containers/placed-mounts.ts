import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { VolumeSource } from '../volumes/options.ts';
import type { OciMount } from './oci-spec.ts';
import type { UserMount } from './user-mount.ts';

/** A mount whose source is known on this host. */
export interface PlacedMount {
  readonly oci: OciMount;
  /**
   * What is mounted lies below a directory that a container may have written to, or (without a root) in the filesystem that
   * `oci` names: resolved at start.
   */
  readonly below?: { readonly root: string; readonly subpath: string };
  /** What is mounted was decided on by its path: no link may be on the way to it. */
  readonly withoutLinks?: boolean;
}

/** Where the things are that mounts name. */
export interface MountSources {
  /** Throws `not-found`. */
  volume(name: string): VolumeSource;
  /** Directories of an image's layers, topmost first. Throws `not-found`. */
  layers(imageId: string): readonly string[];
}

/** The OCI form of a mount that a person asked for. Throws what `sources` throws, and `unsupported`. */
export function placeMount(mount: UserMount, sources: MountSources): PlacedMount {
  const { destination } = mount;
  const access = mount.readonly ? 'ro' : 'rw';
  switch (mount.type) {
    case 'tmpfs': {
      const options = mount.options.filter((option) => !['ro', 'rw'].includes(option));
      return { oci: { destination, type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', ...options, access] } };
    }
    case 'bind':
      return bind(mount, mount.source, access);
    case 'volume': {
      const source = sources.volume(mount.source);
      if (source.kind === 'directory') return bind(mount, source.path, access);
      const options = [...source.flags, access, ...(source.data === '' ? [] : [source.data])];
      return part({ destination, type: source.type, source: source.device, options }, mount);
    }
    case 'image':
      return image(mount, sources.layers(mount.source));
  }
}

/** An image's tree, which nothing can write to. A single layer is that tree by itself. */
function image(mount: UserMount, layers: readonly string[]): PlacedMount {
  const [only] = layers;
  if (layers.length === 1 && only !== undefined)
    return bind({ ...mount, readonly: true, recursive: false }, only, 'ro');
  // A separator in a path would be taken for two layers.
  if (layers.some((path) => /[:,\\]/.test(path))) {
    throw new EngineError('unsupported', 'images cannot be mounted from a data root with ":", "," or "\\" in its path');
  }
  const options = ['ro', `lowerdir=${layers.join(':')}`];
  const oci: OciMount = { destination: mount.destination, type: 'overlay', source: 'overlay', options };
  return part(oci, mount);
}

/** A filesystem that is mounted for the container alone, or what lies at a path in it. */
function part(oci: OciMount, { subpath = '' }: UserMount): PlacedMount {
  return subpath === '' ? { oci } : { oci, below: { root: '', subpath } };
}

function bind(mount: UserMount, root: string, access: string): PlacedMount {
  const { destination, subpath = '' } = mount;
  const kind = mount.recursive ? 'rbind' : 'bind';
  // `rro`, as runc and crun have it: the mounts below become read-only too.
  const reach = mount.readonly && mount.topReadonlyOnly !== true ? ['rro'] : [];
  const options = [kind, mount.propagation, access, ...reach];
  if (subpath === '') return { oci: { destination, type: 'bind', source: root, options } };
  return { oci: { destination, type: 'bind', source: join(root, subpath), options }, below: { root, subpath } };
}
