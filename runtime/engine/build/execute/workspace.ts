import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Launcher } from '../../launcher/interface.ts';
import type { ContainerView } from '../../launcher/storage.ts';
import { moveToTrash } from '../../store/trash-places.ts';
import type { StorageDriver } from '../../system/storage-driver.ts';

export interface WorkspaceParts {
  readonly dataRoot: string;
  readonly launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage'>;
  readonly storage: StorageDriver;
  readonly onWarning: (message: string, error: unknown) => void;
}

/** Where steps that are being run have their files: `build/work/<id>`, a name that is also that of their container. */
export function workDirectory(dataRoot: string): string {
  return join(dataRoot, 'build', 'work');
}

/** The files of one step that is being run: the layers below it, and a directory for what it changes. */
export class Workspace {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly directory: string;
  readonly lower: readonly string[];
  readonly upper: string;
  /** '' where no overlay can be used, and `upper` is a copy of the layers. */
  readonly work: string;
  readonly #parts: WorkspaceParts;

  private constructor(parts: WorkspaceParts, id: string, lower: readonly string[]) {
    this.#parts = parts;
    this.id = id;
    this.directory = join(workDirectory(parts.dataRoot), id);
    this.lower = lower;
    this.upper = join(this.directory, 'upper');
    this.work = parts.storage.name === 'vfs' ? '' : join(this.directory, 'work');
  }

  /** `lower` are directories of layers, topmost first; none for an empty filesystem. */
  static async make(parts: WorkspaceParts, lower: readonly string[]): Promise<Workspace> {
    const id = randomBytes(32).toString('hex');
    const { launcher } = parts;
    const directory = join(workDirectory(parts.dataRoot), id);
    const empty = join(directory, 'empty');
    const workspace = new Workspace(parts, id, lower.length === 0 ? [empty] : lower);
    mkdirSync(directory, { mode: 0o711 });
    try {
      // An overlay needs something below.
      if (lower.length === 0) await launcher.makeDirectory(empty, 0o755);
      await launcher.makeDirectory(workspace.upper, 0o755);
      if (workspace.work !== '') await launcher.makeDirectory(workspace.work, 0o700);
      else await launcher.storage.flatten(workspace.lower, workspace.upper);
      return workspace;
    } catch (error) {
      await workspace.dispose();
      throw error;
    }
  }

  /** Its tree, to be looked at and written to. */
  get view(): ContainerView {
    const { lower, upper, work } = this;
    return { root: { lower, upper, work, readonly: false }, mounts: [] };
  }

  /** Hands what was changed, as an uncompressed layer, to `take`, which reads it to its end. */
  async layer<T>(take: (tar: Readable) => Promise<T>): Promise<T> {
    const { launcher } = this.#parts;
    if (this.work !== '') return take(await launcher.storage.layer(this.lower, this.upper, false));
    const copy = join(this.directory, 'below');
    await launcher.makeDirectory(copy, 0o755);
    await launcher.storage.flatten(this.lower, copy);
    return take(await launcher.storage.layer([copy], this.upper, true));
  }

  /** Out of sight at once; the files go in the background. */
  async dispose(): Promise<void> {
    const { dataRoot, launcher, onWarning } = this.#parts;
    const trash = await moveToTrash(dataRoot, this.directory, this.id).catch((error: unknown) => {
      onWarning('the files of a build step stay until the next start', error);
      return null;
    });
    if (trash === null) return;
    launcher.removeTree(trash).catch((error: unknown) => {
      onWarning('the files of a build step stay in the trash until the next start', error);
    });
  }
}
