import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launcher } from '../../launcher/interface.ts';
import { entriesOf } from '../../store/file-systems.ts';
import { moveToTrashSync } from '../../store/trash-places.ts';
import type { BuildRecords, MountRow } from '../cache/records.ts';
import type { RunMount } from '../dockerfile/run-mounts.ts';

/** A directory of a cache mount, held until `release`. */
export interface HeldCache {
  readonly path: string;
  release(): void;
}

interface Use {
  users: number;
  /** Ends when the holder of a `locked` mount lets go. */
  lock: Promise<void>;
}

/** Where the cache is in a directory of ours: it may belong to a user of the container, and only ours can be moved. */
const FILES = 'files';
/** Earlier versions had the cache itself there, under a name of another form. */
const ID = /^c[0-9a-f]{32}(?:-\d+)?$/;

/** The directories of `RUN --mount=type=cache`, which outlive builds: `build/mounts/<id>/files`. */
export class CacheMounts {
  readonly #root: string;
  readonly #dataRoot: string;
  readonly #launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage'>;
  readonly #records: BuildRecords;
  readonly #uses = new Map<string, Use>();

  constructor(
    dataRoot: string,
    launcher: Pick<Launcher, 'makeDirectory' | 'removeTree' | 'storage'>,
    records: BuildRecords,
  ) {
    this.#root = join(dataRoot, 'build', 'mounts');
    this.#dataRoot = dataRoot;
    this.#launcher = launcher;
    this.#records = records;
  }

  /** Removes directories of which nothing is known, for their making was cut short, and those of earlier versions. */
  async recover(): Promise<void> {
    if (!existsSync(this.#root)) return;
    for (const { id } of this.#records.mounts()) {
      if (!ID.test(id) || !existsSync(join(this.#root, id))) this.#records.deleteMount(id);
    }
    for (const id of entriesOf(this.#root)) {
      if (this.#records.mount(id) !== undefined) continue;
      if (ID.test(id)) this.#moveToTrash(id);
      else await this.#launcher.removeTree(join(this.#root, id));
    }
  }

  /**
   * The directory of a mount, made by `fill` when it is new. `locked` waits for other steps, `private` gives each a
   * directory of its own.
   */
  async hold(mount: RunMount, cacheId: string, fill: (path: string) => Promise<void>): Promise<HeldCache> {
    const base = `c${createHash('sha256').update(cacheId).digest('hex').slice(0, 32)}`;
    let id = base;
    for (let number = 1; mount.sharing === 'private' && (this.#uses.get(id)?.users ?? 0) > 0; number += 1)
      id = `${base}-${number}`;
    const use = this.#uses.get(id) ?? { users: 0, lock: Promise.resolve() };
    this.#uses.set(id, use);
    use.users += 1;
    let unlock: () => void = () => undefined;
    if (mount.sharing === 'locked') {
      const before = use.lock;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      use.lock = before.then(() => promise);
      unlock = () => {
        resolve(undefined);
      };
      await before;
    }
    const release = (): void => {
      unlock();
      use.users -= 1;
      if (use.users === 0) this.#uses.delete(id);
    };
    try {
      await this.#ensure(id, cacheId, fill);
    } catch (error) {
      release();
      throw error;
    }
    return { path: join(this.#root, id, FILES), release };
  }

  readonly #making = new Map<string, Promise<void>>();

  #ensure(id: string, cacheId: string, fill: (path: string) => Promise<void>): Promise<void> {
    const known = this.#records.mount(id);
    const now = Date.now();
    if (known !== undefined) {
      this.#records.putMount({ ...known, usedAt: now, uses: known.uses + 1 });
      return Promise.resolve();
    }
    const begun = this.#making.get(id);
    if (begun !== undefined) return begun;
    const making = this.#make(id, cacheId, fill).finally(() => this.#making.delete(id));
    this.#making.set(id, making);
    return making;
  }

  async #make(id: string, cacheId: string, fill: (path: string) => Promise<void>): Promise<void> {
    const directory = join(this.#root, id);
    await this.#launcher.removeTree(directory);
    await mkdir(directory, { recursive: true, mode: 0o711 });
    const path = join(directory, FILES);
    await this.#launcher.makeDirectory(path, 0o755);
    await fill(path);
    const now = Date.now();
    this.#records.putMount({ id, cacheId, madeAt: now, usedAt: now, uses: 1 });
  }

  isUsed(id: string): boolean {
    return this.#uses.has(id);
  }

  /** Bytes in a directory. */
  sizeOf({ id }: MountRow): Promise<number> {
    return this.#launcher.storage.usage(join(this.#root, id, FILES));
  }

  /** Takes a directory away that nobody uses. */
  async remove({ id }: MountRow): Promise<void> {
    this.#records.deleteMount(id);
    await this.#launcher.removeTree(this.#moveToTrash(id));
  }

  /** The same directory may be made and removed again before the trash is empty. */
  #moveToTrash(id: string): string {
    return moveToTrashSync(this.#dataRoot, join(this.#root, id), `mount-${id}-${Date.now()}`);
  }
}
