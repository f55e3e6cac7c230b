import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NewLayer } from '../../images/content.ts';
import type { Launcher } from '../../launcher/interface.ts';
import type { ContainerView } from '../../launcher/storage.ts';
import type { ProxySettings } from '../../registry/proxy.ts';
import { moveToTrash } from '../../store/trash-places.ts';
import type { StorageDriver } from '../../system/storage-driver.ts';
import { filteredTar, type TarFilter } from '../tree/tar-filter.ts';

export interface WorkspaceParts {
  readonly dataRoot: string;
  readonly launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage'>;
  readonly storage: StorageDriver;
  /** What is fetched for a build is fetched through these. */
  readonly proxies: () => ProxySettings;
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

  /**
   * Hands what was changed to `take`, which reads the archive to its end: without `stubs` (places of mounts, parents
   * first) that are empty, and with no time later than `latest`. Where the files are in an overlay's directory and their
   * times stay, that directory can become the layer; the step has to have ended.
   */
  async layer<T>({ stubs, latest }: TarFilter, take: (layer: NewLayer) => Promise<T>): Promise<T> {
    const { launcher } = this.#parts;
    const { storage } = launcher;
    if (this.work === '') {
      const copy = join(this.directory, 'below');
      await launcher.makeDirectory(copy, 0o755);
      await storage.flatten(this.lower, copy);
      return take({ tar: filteredTar(await storage.layer([copy], this.upper, true), { stubs, latest }), tree: null });
    }
    const size = await storage.tidy(this.lower, this.upper, [...stubs]);
    const tar = await storage.layer(this.lower, this.upper, false);
    if (latest === null) return take({ tar, tree: { directory: this.upper, size } });
    return take({ tar: filteredTar(tar, { stubs: new Set(), latest }), tree: null });
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
