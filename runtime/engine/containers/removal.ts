import type { Logger } from '../../common/logger.ts';
import { EngineError } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import { errorCode } from '../store/files.ts';
import { moveToTrash } from '../store/trash-places.ts';
import { crashPoint } from '../system/crash-points.ts';
import { containerPaths } from './container-files.ts';
import type { ContainerHandle } from './handle.ts';
import type { MountPoints } from './mount-points.ts';
import type { ContainerNetworking } from './networking.ts';
import type { ContainerRegistry } from './registry.ts';
import type { ContainerRepository } from './repository.ts';
import type { ContainerState } from './types.ts';

export interface RemovalParts {
  readonly dataRoot: string;
  readonly registry: ContainerRegistry;
  readonly repository: ContainerRepository;
  readonly launcher: Pick<Launcher, 'removeTree'>;
  readonly networking: ContainerNetworking;
  readonly mountPoints: MountPoints;
  readonly logger: Logger;
  readonly setState: (handle: ContainerHandle, state: ContainerState) => void;
  readonly publish: (handle: ContainerHandle, action: string) => void;
}

/** Takes away what there is of a container that does not run. Its operations must be held. */
export class Removal {
  readonly #parts: RemovalParts;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  /** The visible part of removal is one rename; the tree is deleted in the background. */
  async remove(handle: ContainerHandle, volumes = false): Promise<void> {
    const { registry, repository, dataRoot, launcher, logger } = this.#parts;
    if (handle.state.status === 'removing') return;
    const removesVolumes = volumes || handle.record.hostConfig.AutoRemove === true;
    const before = handle.state;
    this.#parts.setState(handle, { ...before, status: 'removing', removesVolumes });
    crashPoint('remove-marked');
    const { directory } = containerPaths(dataRoot, handle.id);
    const trash = await moveToTrash(dataRoot, directory, handle.id).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null; // Gone already: a removal that was cut short.
      // Nothing has been taken away: it is what it was, and can be removed when the disk can be written again.
      this.#parts.setState(handle, before);
      throw error;
    });
    crashPoint('remove-renamed');
    // Before the record, which tells a next engine of them.
    if (removesVolumes) {
      await this.#parts.mountPoints.removeAnonymous(handle.record).catch((error: unknown) => {
        logger.warn('a volume of a removed container stays', { container: handle.id, error });
      });
    }
    crashPoint('remove-volumes');
    repository.delete(handle.id);
    registry.remove(handle);
    crashPoint('remove-deleted');
    this.announce(handle);
    if (trash === null) return;
    launcher.removeTree(trash).catch((error: unknown) => {
      logger.warn('the remains of a container stay in the trash until the next start', { container: handle.id, error });
    });
  }

  /** To everybody outside the container is gone. */
  announce(handle: ContainerHandle): void {
    this.#parts.networking.forget(handle.id);
    crashPoint('remove-forgotten');
    handle.failPendingAttaches(new EngineError('not-found', `No such container: ${handle.id}`));
    this.#parts.publish(handle, 'destroy');
    handle.announceRemoval();
  }
}
