import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import { trashOf } from '../store/trash-places.ts';

/** How containers get their root filesystems. */
export interface StorageDriver {
  /** As `docker info` names them: overlay2 shares the layers, vfs copies them for each container. */
  readonly name: 'overlay2' | 'vfs';
  /** What it is, for `docker info`. */
  readonly status: readonly (readonly [string, string])[];
  /** What a person should know; '' for nothing. */
  readonly warning: string;
}

const OVERLAY: StorageDriver = {
  name: 'overlay2',
  status: [['Backing', 'native overlay, mounted in each container']],
  warning: '',
};

/**
 * Tries an overlay in the data root, once. Where it does not work (an old kernel without root, a data root on another
 * overlay or on a network filesystem) containers get copies. `BERTH_STORAGE_DRIVER=vfs` asks for copies.
 */
export async function probeStorageDriver(
  dataRoot: string,
  launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage'>,
  environment: NodeJS.ProcessEnv,
): Promise<StorageDriver> {
  if (environment['BERTH_STORAGE_DRIVER'] === 'vfs') return copies('BERTH_STORAGE_DRIVER asks for it');
  // Containers and steps of builds have their upper directories there, and each may be on a disk of its own.
  for (const trash of new Set([trashOf(dataRoot, 'containers'), trashOf(dataRoot, 'build/work')])) {
    const place = join(trash, `probe-${randomBytes(8).toString('hex')}`);
    await launcher.makeDirectory(place, 0o755);
    try {
      await launcher.storage.probeOverlay(place);
    } catch (error) {
      return copies(messageOf(error));
    } finally {
      await launcher.removeTree(place);
    }
  }
  return OVERLAY;
}

function copies(reason: string): StorageDriver {
  return {
    name: 'vfs',
    status: [['Backing', 'a copy of the image for each container']],
    warning: `Overlay filesystems are not used: every container takes the space of its whole image (${reason})`,
  };
}
