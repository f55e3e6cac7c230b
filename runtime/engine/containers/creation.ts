import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { nowNanoseconds, rfc3339 } from '../../common/time.ts';
import { signalNumber } from '../../common/signals.ts';
import { withConfiguredDefaults } from '../configuration/host-defaults.ts';
import type { Settings } from '../configuration/settings.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import { errorCode } from '../store/files.ts';
import { moveToTrash } from '../store/trash-places.ts';
import type { EventBus } from '../system/events.ts';
import type { OciRuntimes } from '../system/runtimes.ts';
import type { StorageDriver } from '../system/storage-driver.ts';
import type { CopyUp } from './copy-up.ts';
import { commandOf, mergeWithImage, type ImageDefaults } from './command.ts';
import type { CreateRequest, HostConfig } from './config.ts';
import { containerPaths, extraHosts } from './container-files.ts';
import { ContainerHandle } from './handle.ts';
import { checkHealthcheck } from './health.ts';
import { checkLogPatterns } from './log-config.ts';
import { checkHostConfig, checkNetworkConflicts, withDefaultRuntime } from './host-config-checks.ts';
import { resolvedLinks } from './links.ts';
import { MountPoints } from './mount-points.ts';
import { checkedName, randomName } from './names.ts';
import type { ContainerNetworking } from './networking.ts';
import type { LayerSource, Planner } from './planner.ts';
import { portRequests } from './ports.ts';
import type { ContainerRegistry } from './registry.ts';
import type { ContainerRepository } from './repository.ts';
import type { ResourceHost } from './resources.ts';
import type { SelinuxLabels } from './selinux-labels.ts';
import { INITIAL_STATE, type ContainerRecord } from './types.ts';
import { crashPoint } from '../system/crash-points.ts';
import type { Room } from '../system/disk-limit.ts';

/** What creation needs to know of an image. */
export interface ImageLookup {
  /**
   * Throws `not-found` with Docker's `No such image`, also for one that is not for `platform`, when that is asked for; a
   * client pulls it then.
   */
  resolve(
    reference: string,
    platform: string,
  ): { readonly id: string; readonly defaults: ImageDefaults; readonly warnings: readonly string[] };
}

export interface CreationParts {
  readonly dataRoot: string;
  readonly images: ImageLookup;
  readonly registry: ContainerRegistry;
  readonly repository: ContainerRepository;
  readonly planner: Planner;
  readonly mountPoints: MountPoints;
  readonly copyUp: CopyUp;
  readonly networking: ContainerNetworking;
  readonly labels: SelinuxLabels;
  readonly launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage'>;
  readonly layers: LayerSource;
  readonly storage: StorageDriver;
  readonly events: EventBus;
  readonly resourceHost: ResourceHost;
  readonly runtimes: OciRuntimes;
  /** Where devices are described; undefined for the usual places. */
  readonly cdiDirectories?: readonly string[] | undefined;
  readonly settings: Pick<Settings, 'current'>;
  readonly room: Room;
}

/** Makes containers: checks everything that can be checked, then directories, then the record, which makes it exist. */
export class Creation {
  readonly #parts: CreationParts;

  constructor(parts: CreationParts) {
    this.#parts = parts;
  }

  async create(
    request: CreateRequest,
    givenName: string | null,
  ): Promise<{ handle: ContainerHandle; warnings: string[] }> {
    const { registry, networking } = this.#parts;
    const name = givenName === null ? randomName((taken) => registry.nameTaken(taken)) : checkedName(givenName);
    registry.assertNameFree(name);
    await this.#parts.room.assertRoom();
    checkNetworkConflicts(request.config, request.hostConfig);
    const { accepted: hostConfig, warnings } = checkHostConfig(
      withConfiguredDefaults(
        withDefaultRuntime(request.hostConfig, this.#parts.runtimes, this.#parts.cdiDirectories),
        this.#parts.settings.current,
      ),
      this.#parts.resourceHost,
      this.#parts.runtimes,
    );
    await checkLogPatterns(hostConfig.LogConfig ?? {});
    const handle = new ContainerHandle(this.#record({ ...request, hostConfig }, name, warnings));
    validate(handle.record);
    assertOthers(hostConfig, registry);
    if ((hostConfig.Links ?? []).length > 0)
      handle.record = { ...handle.record, hostConfig: { ...hostConfig, Links: resolvedLinks(hostConfig, registry) } };
    const attachments = networking.plan(request);
    const held = this.#parts.labels.hold(hostConfig);
    if (held.labels !== undefined) handle.record = { ...handle.record, labels: held.labels };
    try {
      await this.#make(handle, attachments, name);
    } finally {
      held.release();
    }
    return { handle, warnings };
  }

  /** Volumes, directories and record, in this order; all of it or nothing. */
  async #make(
    handle: ContainerHandle,
    attachments: ReturnType<ContainerNetworking['plan']>,
    name: string,
  ): Promise<void> {
    const { registry, planner, repository, events, networking } = this.#parts;
    const { config, hostConfig } = handle.record;
    const prepared = MountPoints.none(config, hostConfig)
      ? null
      : await this.#parts.mountPoints.prepare(config, hostConfig);
    crashPoint('create-mounts');
    try {
      if (prepared !== null) handle.record = { ...handle.record, mounts: prepared.mounts };
      planner.prepare(handle);
      registry.assertNameFree(name); // Others may have come while volumes were made.
    } catch (error) {
      await prepared?.undo();
      throw error;
    }
    // The name is taken from here on; directories are made meanwhile.
    registry.add(handle);
    try {
      await this.#makeDirectories(handle.record);
      crashPoint('create-directories');
      if (prepared !== null) await this.#parts.copyUp.fill(handle.record);
      crashPoint('create-copied-up');
      networking.remember(handle.record, attachments);
      crashPoint('create-attached');
      repository.insert(handle.record);
      crashPoint('create-recorded');
    } catch (error) {
      registry.remove(handle);
      networking.forget(handle.id);
      await this.#undoDirectories(handle.id);
      await prepared?.undo();
      throw error;
    }
    prepared?.keep();
    crashPoint('create-volumes-kept');
    events.publish('container', 'create', handle.id, {
      ...handle.record.config.Labels,
      image: handle.record.imageName,
      name,
    });
  }

  #record(request: CreateRequest, name: string, warnings: string[]): ContainerRecord {
    const imageName = request.config.Image ?? '';
    if (imageName === '') throw new EngineError('invalid', 'no image specified');
    const image = this.#parts.images.resolve(imageName, request.platform ?? '');
    // Those of the request: without a `=` they only take away what the image has.
    const nameless = (request.config.Env ?? []).find((entry) => entry === '' || entry.startsWith('='));
    if (nameless !== undefined) throw new EngineError('invalid', `invalid environment variable: ${nameless}`);
    warnings.push(...image.warnings);
    const config = mergeWithImage(request.config, image.defaults);
    return {
      id: randomBytes(32).toString('hex'),
      name,
      created: rfc3339(nowNanoseconds()),
      imageId: image.id,
      imageName,
      config,
      hostConfig: request.hostConfig,
      args: commandOf(config),
      state: INITIAL_STATE,
      mounts: [],
      root: this.#parts.storage.name === 'vfs' ? 'copy' : 'overlay',
    };
  }

  async #makeDirectories({ id, imageId, root }: ContainerRecord): Promise<void> {
    const { dataRoot, launcher, layers } = this.#parts;
    const paths = containerPaths(dataRoot, id);
    mkdirSync(paths.directory, { mode: 0o711 }); // A tenth of what it takes through the thread pool.
    const upper = launcher.makeDirectory(paths.upper, 0o755);
    if (root === 'overlay') {
      await Promise.all([upper, launcher.makeDirectory(paths.work, 0o700)]);
      return;
    }
    await upper;
    await launcher.storage.flatten(layers.rootPaths(imageId), paths.upper);
  }

  async #undoDirectories(id: string): Promise<void> {
    const { dataRoot, launcher } = this.#parts;
    const trash = await moveToTrash(dataRoot, containerPaths(dataRoot, id).directory, id).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error; // Not even made.
      return null;
    });
    if (trash !== null) await launcher.removeTree(trash);
  }
}

/** Containers that are to be joined. Not a 404: clients take that for the image's, and pull it. Throws `invalid`. */
function assertOthers({ NetworkMode, PidMode, IpcMode }: HostConfig, registry: ContainerRegistry): void {
  for (const mode of [NetworkMode, PidMode, IpcMode]) {
    const [, reference] = /^container:(.+)$/.exec(mode ?? '') ?? [];
    if (reference === undefined) continue;
    try {
      registry.find(reference);
    } catch (error) {
      throw new EngineError('invalid', messageOf(error), { cause: error });
    }
  }
}

/** Checks what would otherwise only fail at start. Throws `invalid`. */
function validate({ config, hostConfig }: ContainerRecord): void {
  const workingDirectory = config.WorkingDir ?? '';
  if (workingDirectory !== '' && !workingDirectory.startsWith('/')) {
    throw new EngineError(
      'invalid',
      `the working directory '${workingDirectory}' is invalid, it needs to be an absolute path`,
    );
  }
  const stopSignal = config.StopSignal ?? '';
  if (stopSignal !== '' && signalNumber(stopSignal) === null)
    throw new EngineError('invalid', `Invalid signal: ${stopSignal}`);
  if ((config.Hostname ?? '').length > 63) {
    throw new EngineError('invalid', `invalid hostname format: ${config.Hostname ?? ''}`);
  }
  checkHealthcheck(config.Healthcheck ?? {});
  for (const entry of hostConfig.ExtraHosts ?? []) extraHosts(entry, ['127.0.0.1']);
  portRequests(config, hostConfig);
}
