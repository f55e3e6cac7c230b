import { stat } from 'node:fs/promises';
import { EngineError, messageOf } from '../errors.ts';
import type { VolumeStore } from '../volumes/volume-store.ts';
import type { ContainerConfig, HostConfig } from './config.ts';
import type { ContainerHandle } from './handle.ts';
import { ordered, userMounts } from './mounts.ts';
import type { ContainerRegistry } from './registry.ts';
import type { ContainerRecord } from './types.ts';
import { checkedDestination, type UserMount } from './user-mount.ts';

/** The mounts of a container that is being created, with their volumes made and held. */
export interface PreparedMounts {
  readonly mounts: readonly UserMount[];
  /** The container is there, and holds its volumes itself. */
  keep(): void;
  /** Removes the anonymous volumes that were made for it. */
  undo(): Promise<void>;
}

/** The mounts a container was created with. */
export function mountsOf(record: ContainerRecord): readonly UserMount[] {
  // Records of before there were named mounts have what their configuration says.
  return record.mounts ?? userMounts(record.hostConfig);
}

/** Names of the volumes among a container's mounts. */
export function volumesOf(record: ContainerRecord): string[] {
  return mountsOf(record).flatMap((mount) => (mount.type === 'volume' ? [mount.source] : []));
}

/** Whether a container has an image, given by id, among its mounts. */
export function mountsImage(record: ContainerRecord, imageId: string): boolean {
  return mountsOf(record).some(({ type, source }) => type === 'image' && source === imageId);
}

/** Turns what a person and the image ask for into mounts, and makes the volumes. */
export class MountPoints {
  readonly #volumes: VolumeStore;
  readonly #registry: ContainerRegistry;
  readonly #imageIdOf: (reference: string) => string;

  /** `imageIdOf` resolves the reference of an image that is mounted; it throws `not-found`. */
  constructor(volumes: VolumeStore, registry: ContainerRegistry, imageIdOf: (reference: string) => string) {
    this.#volumes = volumes;
    this.#registry = registry;
    this.#imageIdOf = imageIdOf;
  }

  /** True when there is nothing to do for this configuration, which is the common case. */
  static none(config: ContainerConfig, hostConfig: HostConfig): boolean {
    return (
      (hostConfig.Binds ?? []).length === 0 &&
      (hostConfig.Mounts ?? []).length === 0 &&
      (hostConfig.VolumesFrom ?? []).length === 0 &&
      Object.keys(hostConfig.Tmpfs ?? {}).length === 0 &&
      Object.keys(config.Volumes ?? {}).length === 0
    );
  }

  /**
   * In Docker's order of precedence: own mounts, those of other containers, the image's `VOLUME`s where nothing is
   * mounted yet. Throws `invalid`, `not-found` (a container of `VolumesFrom`), `conflict`.
   */
  async prepare(config: ContainerConfig, hostConfig: HostConfig): Promise<PreparedMounts> {
    const own = userMounts(hostConfig);
    const taken = new Set(own.map(({ destination }) => destination));
    const inherited = (hostConfig.VolumesFrom ?? []).flatMap((entry) => this.#mountsFrom(entry));
    const lastOfEach = new Map(inherited.map((mount) => [mount.destination, mount]));
    const further = [...lastOfEach.values()].filter(({ destination }) => !taken.has(destination));
    for (const { destination } of further) taken.add(destination);
    const nameless = Object.keys(config.Volumes ?? {})
      .map(checkedDestination)
      .filter((destination) => !taken.has(destination));
    const wanted = ordered([...own, ...further, ...[...new Set(nameless)].map(namelessVolume)]);
    for (const mount of wanted) await assertSource(mount);
    return this.#makeVolumes(wanted, hostConfig.VolumeDriver ?? '');
  }

  /** `container[:ro|rw]` of `--volumes-from`. */
  #mountsFrom(entry: string): UserMount[] {
    const at = entry.lastIndexOf(':');
    const [reference, mode] = at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    if (reference === '') throw new EngineError('invalid', `invalid volumes-from specification: ${entry}`);
    if (!/^(?:(?:ro|rw|z|Z)(?:,|$))*$/.test(mode)) throw new EngineError('invalid', `invalid mode: ${mode}`);
    const words = mode.split(',');
    return mountsOf(this.#otherContainer(reference).record)
      .filter(({ type }) => type !== 'tmpfs')
      .map((mount) => ({
        ...mount,
        readonly: words.includes('ro') || mount.readonly,
        // It has what it has: this image's files are none of it.
        nocopy: true,
        mode,
      }));
  }

  /** Not a 404: clients take that for the image's, and pull it. Throws `invalid`. */
  #otherContainer(reference: string): ContainerHandle {
    try {
      return this.#registry.find(reference);
    } catch (error) {
      throw new EngineError('invalid', messageOf(error), { cause: error });
    }
  }

  async #makeVolumes(wanted: readonly UserMount[], driver: string): Promise<PreparedMounts> {
    const releases: (() => void)[] = [];
    const made: string[] = [];
    const names: string[] = [];
    const release = (): void => {
      for (const one of releases.splice(0)) one();
    };
    const undo = async (): Promise<void> => {
      release();
      for (const name of made) await this.removeUnused(name);
      // As Docker, which leaves a volume that was named.
      for (const name of names) if (!made.includes(name)) this.#volumes.keep(name);
    };
    const mounts: UserMount[] = [];
    try {
      for (const mount of wanted) {
        if (mount.type !== 'volume') {
          // By id: what the reference names may change while the container is there.
          mounts.push(mount.type === 'image' ? { ...mount, source: this.#imageIdOf(mount.source) } : mount);
          continue;
        }
        const { creation, ...kept } = mount;
        const volume = await this.#volumes.create({
          name: mount.source,
          driver: creation?.driver === undefined || creation.driver === '' ? driver : creation.driver,
          labels: creation?.labels ?? {},
          options: creation?.options ?? {},
          provisional: true,
        });
        names.push(volume.name);
        releases.push(this.#volumes.hold(volume.name));
        if (mount.source === '') made.push(volume.name);
        mounts.push({ ...kept, source: volume.name, ...(mount.source === '' ? { anonymous: true } : {}) });
      }
    } catch (error) {
      await undo();
      throw error;
    }
    const keep = (): void => {
      for (const name of names) this.#volumes.keep(name);
      release();
    };
    return { mounts, keep, undo };
  }

  /** Removes a volume unless somebody uses it. */
  async removeUnused(name: string): Promise<void> {
    if (this.#volumes.find(name) === undefined || this.#volumes.inUse(name)) return;
    await this.#volumes.remove(name);
  }

  /** Removes the anonymous volumes of a container that is gone (`rm -v`, `--rm`). */
  async removeAnonymous(record: ContainerRecord): Promise<void> {
    for (const mount of mountsOf(record)) {
      if (mount.type === 'volume' && mount.anonymous === true) await this.removeUnused(mount.source);
    }
  }
}

/** `-v /path` and `VOLUME /path`. */
function namelessVolume(destination: string): UserMount {
  return {
    type: 'volume',
    source: '',
    destination,
    readonly: false,
    recursive: true,
    propagation: 'rprivate',
    options: [],
    createSource: false,
    mode: '',
  };
}

/** `--mount type=bind` wants its source to be there, which `-v` makes at start. */
async function assertSource({ type, source, createSource }: UserMount): Promise<void> {
  if (type !== 'bind' || createSource) return;
  await stat(source).catch((error: unknown) => {
    throw new EngineError(
      'invalid',
      `invalid mount config for type "bind": bind source path does not exist: ${source}`,
      { cause: error },
    );
  });
}
