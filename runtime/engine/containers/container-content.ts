import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { EngineError } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import type { ContainerView, LayerChange, Place } from '../launcher/storage.ts';
import { LaunchError } from '../launcher/types.ts';
import type { EventBus } from '../system/events.ts';
import { ancestors, archivePath, entryName } from './archive-paths.ts';
import { containerPaths } from './container-files.ts';
import { withView, type ViewParts } from './container-view.ts';
import type { ContainerHandle } from './handle.ts';
import { mountsOf } from './mount-points.ts';

/** How the archive of a PUT is unpacked. */
export interface PutOptions {
  /** A directory is not replaced by anything else, nor the other way round. */
  readonly keepKinds: boolean;
  /** Everything belongs to the container's user. */
  readonly ownedByUser: boolean;
}

/** The files of containers, for `cp`, `diff`, `export` and their sizes. */
export class ContainerContent {
  readonly #parts: ViewParts;
  readonly #launcher: Pick<Launcher, 'storage' | 'makeDirectory' | 'removeTree'>;
  readonly #events: EventBus;

  constructor(
    parts: ViewParts,
    launcher: Pick<Launcher, 'storage' | 'makeDirectory' | 'removeTree'>,
    events: EventBus,
  ) {
    this.#parts = parts;
    this.#launcher = launcher;
    this.#events = events;
  }

  /** What is at a path. Throws `not-found`, `invalid`. */
  stat(handle: ContainerHandle, name: string, path: string): Promise<{ name: string; place: Place }> {
    const absolute = archivePath(path);
    return this.#look(handle, name, path, async (view) => ({
      name: entryName(absolute),
      place: await this.#launcher.storage.stat(view, absolute),
    }));
  }

  /** Hands an archive of what is at a path to `send`, which takes it to its end. Throws `not-found`, `invalid`. */
  get(
    handle: ContainerHandle,
    name: string,
    path: string,
    send: (top: string, place: Place, tar: Readable) => Promise<void>,
  ): Promise<void> {
    const absolute = archivePath(path);
    const top = entryName(absolute);
    return this.#look(handle, name, path, async (view) => {
      const { place, tar: archive } = await this.#launcher.storage.archive(view, absolute, top);
      this.#publish(handle, 'archive-path');
      await send(top, place, archive);
    });
  }

  /**
   * Unpacks a plain archive into the directory at a path. Throws `not-found`; `invalid` for a bad archive or a path that
   * is no directory; `forbidden` where nothing may be written.
   */
  put(handle: ContainerHandle, name: string, path: string, tar: Readable, options: PutOptions): Promise<void> {
    const owner = options.ownedByUser ? (handle.record.config.User ?? '') : '';
    return this.#look(handle, name, path, async (view) => {
      // It ended, and an archive can be read once.
      if (tar.readableDidRead || tar.destroyed)
        throw new EngineError('conflict', `container ${handle.id} has ended meanwhile`);
      const { keepKinds } = options;
      await this.#launcher.storage.extract(view, archivePath(path), tar, { keepKinds, owner }).catch(explainTarget);
      this.#publish(handle, 'extract-to-dir');
    });
  }

  /** Hands an archive of the root filesystem, without its mounts, to `send`. */
  export(handle: ContainerHandle, send: (tar: Readable) => Promise<void>): Promise<void> {
    return withView(handle, this.#parts, 'bare', async (view) => {
      const { tar } = await this.#launcher.storage.archive(view, '/', '');
      this.#publish(handle, 'export');
      await send(tar);
    });
  }

  /** What the container has changed in its image, sorted by path. */
  async changes(handle: ContainerHandle): Promise<LayerChange[]> {
    const changed = await this.#compare(handle, (lower, upper, complete) =>
      this.#launcher.storage.changes(lower, upper, complete),
    );
    const found = new Map(changed.map((change) => [change.path, change]));
    // As Docker has it, a directory counts as modified when anything below it is.
    for (const { path } of [...found.values()]) {
      for (const parent of ancestors(path)) {
        if (found.has(parent)) break;
        found.set(parent, { kind: 'modified', path: parent });
      }
    }
    return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Hands what the container has changed, as an uncompressed OCI layer, to `take`, which reads it to its end. */
  layer<T>(handle: ContainerHandle, take: (tar: Readable) => Promise<T>): Promise<T> {
    return this.#compare(handle, async (lower, upper, complete) =>
      take(await this.#launcher.storage.layer(lower, upper, complete)),
    );
  }

  /** Bytes in the files that the container has written. */
  async writtenBytes(handle: ContainerHandle, imageBytes: number): Promise<number> {
    const bytes = await this.#launcher.storage.usage(this.#layers(handle).upper);
    return handle.record.root === 'copy' ? Math.max(0, bytes - imageBytes) : bytes;
  }

  /** Where there are no overlays, the layers are copied into one tree for the comparison, and removed after it. */
  async #compare<T>(
    handle: ContainerHandle,
    work: (lower: readonly string[], upper: string, complete: boolean) => Promise<T>,
  ): Promise<T> {
    const { lower, upper } = this.#layers(handle);
    if (handle.record.root === 'overlay') return work(lower, upper, false);
    const copy = join(this.#parts.dataRoot, 'trash', `layers-${randomBytes(8).toString('hex')}`);
    await this.#launcher.makeDirectory(copy, 0o755);
    try {
      await this.#launcher.storage.flatten(lower, copy);
      return await work([copy], upper, true);
    } finally {
      await this.#launcher.removeTree(copy);
    }
  }

  #layers({ record }: ContainerHandle): { lower: readonly string[]; upper: string } {
    return {
      lower: this.#parts.layers.rootPaths(record.imageId),
      upper: containerPaths(this.#parts.dataRoot, record.id).upper,
    };
  }

  /** Runs `work` with a view, and gives its failures Docker's words. `name` is how the client calls the container. */
  async #look<T>(
    handle: ContainerHandle,
    name: string,
    path: string,
    work: (view: ContainerView) => Promise<T>,
  ): Promise<T> {
    try {
      return await withView(handle, this.#parts, 'mounts', async (view) => {
        if (handle.state.status === 'created') await this.#makeWorkingDirectory(handle, view);
        return work(view);
      });
    } catch (error) {
      throw error instanceof LaunchError ? explain(error, handle, name, path) : error;
    }
  }

  /**
   * Docker makes the working directory with the container, and things are copied there before the first start; ours is
   * made by the start, and here for those who come before it.
   */
  async #makeWorkingDirectory({ record }: ContainerHandle, view: ContainerView): Promise<void> {
    const path = archivePath(record.config.WorkingDir ?? '');
    if (path === '/') return;
    const isThere = await this.#launcher.storage.stat(view, path).then(
      () => true,
      (error: unknown) => !(error instanceof LaunchError) || error.errno !== ENOENT,
    );
    if (isThere) return;
    const pack = tar.pack();
    pack.entry({ name: path.slice(1), type: 'directory', mode: 0o755, mtime: new Date() });
    pack.finalize();
    const options = { keepKinds: true, owner: '' };
    // Where nothing can be written, what is asked for is not there either.
    await this.#launcher.storage.extract(view, '/', Readable.from(pack), options).catch(() => undefined);
  }

  #publish({ record }: ContainerHandle, action: string): void {
    this.#events.publish('container', action, record.id, {
      ...record.config.Labels,
      image: record.imageName,
      name: record.name,
    });
  }
}

/** errno numbers of Linux that the launcher's refusals carry. */
const ENOENT = 2;
const ENOTDIR = 20;
const EROFS = 30;
const ENAMETOOLONG = 36;
const ELOOP = 40;

function explain(error: LaunchError, handle: ContainerHandle, name: string, path: string): Error {
  const cause = { cause: error };
  switch (error.errno) {
    case ENOENT:
      return new EngineError('not-found', `Could not find the file ${path} in container ${name}`, cause);
    case ENOTDIR:
      return new EngineError('invalid', `${path}: not a directory`, cause);
    case EROFS:
      return new EngineError('forbidden', readonlyWords(handle, path), cause);
    case ENAMETOOLONG:
    case ELOOP:
      return new EngineError('invalid', error.message, cause);
    case 0:
      // Said by the launcher of what it was given: a malformed archive, a directory in the way, an unknown user.
      return error.kind === 'process-gone' ? error : new EngineError('invalid', error.message, cause);
    default:
      return error;
  }
}

/** Of a path that things are put at, Docker says more than that it is no directory. */
function explainTarget(error: unknown): never {
  if (!(error instanceof LaunchError) || error.errno !== ENOTDIR) throw error;
  throw new EngineError('invalid', 'extraction point is not a directory', { cause: error });
}

function readonlyWords({ record }: ContainerHandle, path: string): string {
  const absolute = archivePath(path);
  const isInVolume = mountsOf(record).some(
    ({ destination }) => absolute === destination || absolute.startsWith(`${destination}/`),
  );
  return isInVolume ? 'mounted volume is marked read-only' : 'container rootfs is marked read-only';
}
