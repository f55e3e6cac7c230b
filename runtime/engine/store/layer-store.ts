import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { chmod, mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Launcher } from '../launcher/interface.ts';
import { EngineError } from '../errors.ts';
import { hexOf, type Digest } from './digest.ts';
import { entriesOf, isOneFileSystem } from './file-systems.ts';
import { errorCode } from './files.ts';
import type { Trash } from './trash.ts';
import { crashPoint } from '../system/crash-points.ts';

/** A layer directory that is being filled. */
export interface LayerDraft {
  readonly directory: string;
  /** The tree itself, owned by root of the container. */
  readonly diff: string;
}

/** What rename(2) says of a directory that cannot be moved where it should go. */
const UNMOVABLE: ReadonlySet<string> = new Set(['EXDEV', 'EACCES', 'EPERM']);

/** 32 hexadecimal digits of the chain id: 128 bits never collide, and lowerdir strings stay short. */
const NAME_LENGTH = 32;

/**
 * Unpacked layers, ready to be overlay lower directories, under `layers/<chain id>/diff`. A layer is filled in
 * `layers/.new/` and renamed into place when it is complete, so one that is there is whole.
 */
export class LayerStore {
  readonly #layers: string;
  readonly #drafts: string;
  readonly #trash: Trash;
  readonly #launcher: Pick<Launcher, 'makeDirectory'>;

  constructor(root: string, trash: Trash, launcher: Pick<Launcher, 'makeDirectory'>) {
    this.#layers = join(root, 'layers');
    this.#drafts = join(this.#layers, '.new');
    this.#trash = trash;
    this.#launcher = launcher;
    // Container users other than root must be able to pass through to the tree; the data root above keeps others out.
    mkdirSync(this.#layers, { recursive: true, mode: 0o711 });
    mkdirSync(this.#drafts, { recursive: true, mode: 0o711 });
    if (isOneFileSystem(this.#drafts, this.#layers)) return;
    throw new EngineError(
      'conflict',
      `${this.#drafts} is a file system of its own, and finished layers have to be renamed out of it: unmount it, or mount it at ${this.#layers}`,
    );
  }

  #directoryOf(chainId: Digest): string {
    return join(this.#layers, hexOf(chainId).slice(0, NAME_LENGTH));
  }

  /** The overlay lower directory of a layer. */
  diffOf(chainId: Digest): string {
    return join(this.#directoryOf(chainId), 'diff');
  }

  /** A directory with nothing in it. */
  get empty(): string {
    return join(this.#layers, '..', 'empty');
  }

  async makeEmpty(): Promise<void> {
    if (!existsSync(this.empty)) await this.#launcher.makeDirectory(this.empty, 0o755);
  }

  /**
   * What Docker adds to every container's root, below its image, which may have its own: the file that programs look for
   * to know that they are in one, and the list of mounts.
   */
  get base(): string {
    return join(this.#layers, '..', 'base');
  }

  /** Makes what is missing of it, also after a kill in the middle. */
  async makeBase(): Promise<void> {
    const mark = join(this.base, '.dockerenv');
    const mounts = join(this.base, 'etc/mtab');
    if (!existsSync(this.base)) await this.#launcher.makeDirectory(this.base, 0o755);
    if (!existsSync(dirname(mounts))) await this.#launcher.makeDirectory(dirname(mounts), 0o755);
    const found = await stat(mark).catch(() => null);
    if (found === null || (found.mode & 0o777) !== 0o755) {
      await writeFile(mark, '');
      await chmod(mark, 0o755);
    }
    await symlink('/proc/mounts', mounts).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }

  has(chainId: Digest): boolean {
    return existsSync(this.#directoryOf(chainId));
  }

  async newDraft(): Promise<LayerDraft> {
    const directory = join(this.#drafts, randomUUID());
    const diff = join(directory, 'diff');
    await mkdir(directory, { mode: 0o711 });
    await this.#launcher.makeDirectory(diff, 0o755);
    crashPoint('layer-drafted');
    return { directory, diff };
  }

  /**
   * Makes a directory that holds a layer's files already the tree of a draft. False, with nothing done, when it cannot be
   * moved: it lies on another file system (EXDEV), or this user has no right to move it (EACCES).
   */
  async adopt(draft: LayerDraft, directory: string): Promise<boolean> {
    try {
      await rename(directory, draft.diff);
      crashPoint('layer-adopted');
      return true;
    } catch (error) {
      if (UNMOVABLE.has(errorCode(error) ?? '')) return false;
      throw error;
    }
  }

  /**
   * Puts a complete tree in place. Not synced: the blob is the durable form, and a layer whose files did not reach
   * the disk before the machine stopped is unpacked again (see `ImageStore.open`).
   */
  async publish(draft: LayerDraft, chainId: Digest): Promise<void> {
    crashPoint('layer-filled');
    // A directory without a record, left by a crash between the rename and the record, gives way.
    this.#trash.discard(this.#directoryOf(chainId));
    await rename(draft.directory, this.#directoryOf(chainId));
    crashPoint('layer-renamed');
  }

  /** Swaps the tree of `draft` for that of `fresh`. */
  async replaceDraft(draft: LayerDraft, fresh: LayerDraft): Promise<void> {
    this.#trash.discard(draft.directory);
    await rename(fresh.directory, draft.directory);
  }

  discardDraft(draft: LayerDraft): void {
    this.#trash.discard(draft.directory);
  }

  discard(chainId: Digest): void {
    this.#trash.discard(this.#directoryOf(chainId));
  }

  /** Names (32 digits of the chain id) of all layer directories. */
  list(): string[] {
    return entriesOf(this.#layers);
  }

  /** Name under which a layer is listed. */
  nameOf(chainId: Digest): string {
    return hexOf(chainId).slice(0, NAME_LENGTH);
  }

  /** Takes away a directory that belongs to no known layer. */
  discardNamed(name: string): void {
    this.#trash.discard(join(this.#layers, name));
  }

  /** Start-up: drafts of an earlier engine are dead. */
  recover(): void {
    for (const name of entriesOf(this.#drafts)) this.#trash.discard(join(this.#drafts, name));
  }
}
