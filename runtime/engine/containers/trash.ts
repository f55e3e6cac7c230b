import { DateSetting } from '../../common/date-setting.ts';
import type { Logger } from '../../common/logger.ts';
import { EngineError } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import { errorCode } from '../store/files.ts';
import { moveToTrash } from '../store/trash-places.ts';
import { crashPoint } from '../system/crash-points.ts';
import type { EventBus } from '../system/events.ts';
import type { VolumeStore } from '../volumes/volume-store.ts';
import { containerPaths } from './container-files.ts';
import { ContainerHandle } from './handle.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { LogOwner } from './logs.ts';
import { volumesOf } from './mount-points.ts';
import type { ContainerNetworking } from './networking.ts';
import type { ContainerRegistry } from './registry.ts';
import type { TrashedContainer, TrashRepository } from './trash-repository.ts';
import { offNetworks, type ContainerRecord } from './types.ts';

export interface ContainerTrashParts {
  readonly dataRoot: string;
  readonly repository: TrashRepository;
  readonly registry: ContainerRegistry;
  readonly lifecycle: Pick<Lifecycle, 'takeAway'>;
  readonly networking: ContainerNetworking;
  readonly volumes: Pick<VolumeStore, 'create'>;
  readonly launcher: Pick<Launcher, 'removeTree'>;
  readonly events: EventBus;
  readonly logger: Logger;
  /** An image that nothing else keeps may go. */
  readonly collectImages: () => Promise<void>;
  /** Whether there is a network of that id. */
  readonly hasNetwork: (id: string) => boolean;
  /** By default that of this machine. */
  readonly date?: DateSetting;
}

/** After 7 days, in milliseconds: who has not missed a container by then will not. */
const KEPT_MS = 7 * 24 * 3600 * 1000;
/** How often it is looked for what is that old, in milliseconds. */
const LOOK_MS = 3600 * 1000;

/**
 * Containers that were removed in the app, until they are brought back or the trash is emptied, by hand or by age. To
 * Docker's API they are gone: not listed, their names free. Their files and their image's layers stay.
 */
export class ContainerTrash {
  readonly #parts: ContainerTrashParts;
  readonly #date: DateSetting;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ContainerTrashParts) {
    this.#parts = parts;
    this.#date = parts.date ?? new DateSetting();
  }

  /** Deletes what is old, now and from then on. Only when all containers are known: their images would go, too. */
  start(): void {
    const look = (): void => {
      this.#followDate();
      this.emptyOlderThan(Date.now() - KEPT_MS).catch((error: unknown) => {
        this.#parts.logger.warn('old removed containers could not be deleted', { error });
      });
    };
    this.#timer = setInterval(look, LOOK_MS).unref();
    look();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A machine that knew the date only after a while must not take that for years that have passed. */
  #followDate(): void {
    const change = this.#date.take();
    if (change !== null) this.#parts.repository.dateChanged(change);
  }

  /** The last removed first. */
  list(): TrashedContainer[] {
    this.#followDate();
    return this.#parts.repository.all();
  }

  /**
   * Removes a container so that it can come back. Throws `conflict` when it runs and `force` is not set. One that was
   * made with `--rm` is gone for good, as it is when it ends.
   */
  async put(handle: ContainerHandle, force: boolean): Promise<void> {
    const attachments = this.#parts.networking.attachments(handle.record);
    await this.#parts.lifecycle.takeAway(handle, force, () => {
      const { state } = handle.record;
      // Before anything bears the new date.
      this.#followDate();
      const record = { ...handle.record, state: { ...state, restartCount: 0, ...offNetworks(state) } };
      this.#parts.repository.put({ record, removedAt: Date.now(), attachments });
      crashPoint('discard-recorded');
    });
  }

  /**
   * Brings a container back, stopped, under its old name or `name`; volumes that are gone meanwhile are made anew,
   * networks that are gone left out. Throws `not-found`, and `conflict` when the name is in use.
   */
  async restore(reference: string, name: string | null): Promise<ContainerRecord> {
    const { repository, registry, networking, volumes, events, hasNetwork } = this.#parts;
    const { record: old, attachments } = this.#find(reference);
    const record = name === null ? old : { ...old, name };
    registry.assertNameFree(record.name);
    for (const volume of volumesOf(record)) {
      await volumes.create({ name: volume, driver: 'local', labels: {}, options: {} });
    }
    crashPoint('restore-volumes');
    // Others may have come while volumes were made.
    this.#find(old.id);
    registry.assertNameFree(record.name);
    // First, as when a container is created: should the engine die in between, the next one forgets it.
    const left = attachments.filter(({ networkId }) => hasNetwork(networkId));
    if (left.length > 0) networking.remember(record, left);
    crashPoint('restore-attached');
    repository.restore(record);
    crashPoint('restore-recorded');
    registry.add(new ContainerHandle(record));
    events.publish('container', 'create', record.id, {
      ...record.config.Labels,
      image: record.imageName,
      name: record.name,
    });
    return record;
  }

  /** What its log is read by. Throws `not-found`. */
  logOwner(reference: string): LogOwner {
    const { record } = this.#find(reference);
    return { id: record.id, record, supervised: null };
  }

  /** Deletes one for good. Throws `not-found`. */
  async delete(reference: string): Promise<void> {
    await this.#delete([this.#find(reference)]);
  }

  /** Deletes all that were removed before a time (ms since the epoch). Returns their ids. */
  async emptyOlderThan(time: number): Promise<string[]> {
    const old = this.list().filter(({ removedAt }) => removedAt < time);
    await this.#delete(old);
    return old.map(({ record }) => record.id);
  }

  async #delete(entries: readonly TrashedContainer[]): Promise<void> {
    const { dataRoot, repository, launcher, logger, collectImages } = this.#parts;
    for (const { record } of entries) {
      const { id } = record;
      repository.delete(id);
      crashPoint('discarded-deleted');
      // Should the engine die before this, the next one finds a directory that belongs to no container.
      const remains = await moveToTrash(dataRoot, containerPaths(dataRoot, id).directory, id).catch(
        (error: unknown) => {
          if (errorCode(error) !== 'ENOENT') throw error;
          return null;
        },
      );
      crashPoint('discarded-renamed');
      if (remains === null) continue;
      launcher.removeTree(remains).catch((error: unknown) => {
        logger.warn('the remains of a container stay until the next start', { container: id, error });
      });
    }
    if (entries.length > 0) await collectImages();
  }

  #find(reference: string): TrashedContainer {
    const entry = this.#parts.repository.find(reference) ?? this.list().find(({ record }) => record.name === reference);
    if (entry === undefined) throw new EngineError('not-found', `No such container in the trash: ${reference}`);
    return entry;
  }
}
