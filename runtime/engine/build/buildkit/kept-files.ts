import { createHash, randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeContent, TreeEntry } from '../tree/file-tree.ts';
import type { Stat } from '../../../common/buildkit/session-messages.ts';
import type { ReceiveTarget } from './receive.ts';

/** Directories of clients whose files are kept between builds, and the bytes of all of them together. */
const KEPT_MAX = 16;
const KEPT_SIZE_MAX = 4 * 1024 ** 3;
/** Bytes written at a time. */
const PIECE = 1024 * 1024;
/** Bytes of files that are there no more, over which everything is sent again rather than kept. */
const DEAD_SIZE_MAX = 64 * 1024 * 1024;

/** Where the files lie: emptied at every start, since what a file held is only known in memory. */
export function keptFilesDirectory(dataRoot: string): string {
  return join(dataRoot, 'build', 'contexts');
}

/** The files of one directory of a client as the last build saw them: contents one after the other in one file. */
class KeptDirectory implements TreeContent {
  readonly #path: string;
  readonly #handle: FileHandle;
  #known = new Map<string, { readonly stat: Stat; readonly entry: TreeEntry }>();
  #pending: Uint8Array[] = [];
  #pendingSize = 0;
  #written = 0;
  #size = 0;
  #users = 0;
  #isDropped = false;
  usedAt = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async make(path: string): Promise<KeptDirectory> {
    return new KeptDirectory(path, await open(path, 'wx+', 0o600));
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of what the last build did not use. */
  get deadSize(): number {
    let live = 0;
    for (const { entry } of this.#known.values()) live += entry.size;
    return Math.max(0, this.#size - live);
  }

  use(): void {
    this.#users += 1;
    this.usedAt = Date.now();
  }

  known(stat: Stat): TreeEntry | null {
    const kept = this.#known.get(stat.path);
    return kept !== undefined && isSame(kept.stat, stat) ? kept.entry : null;
  }

  append(bytes: Uint8Array): Promise<void> | undefined {
    this.#pending.push(bytes);
    this.#pendingSize += bytes.length;
    this.#size += bytes.length;
    return this.#pendingSize >= PIECE ? this.flush() : undefined;
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending.splice(0));
    this.#pendingSize = 0;
    const start = this.#written;
    this.#written += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, start + at);
      at += bytesWritten;
    }
  }

  /** What is there now, for the next build. */
  remember(stats: ReadonlyMap<string, Stat>, entries: ReadonlyMap<string, TreeEntry>): void {
    this.#known = new Map(
      [...stats].flatMap(([path, stat]) => {
        const entry = entries.get(path);
        return entry === undefined ? [] : [[path, { stat, entry }] as const];
      }),
    );
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const { bytesRead } = await this.#handle.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) throw new Error('the kept files are too short');
      at += bytesRead;
    }
    return bytes;
  }

  async *stream(offset: number, length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let at = 0; at < length; at += PIECE) yield await this.read(offset + at, Math.min(PIECE, length - at));
  }

  /** One user less. */
  async dispose(): Promise<void> {
    this.#users -= 1;
    if (this.#isDropped && this.#users === 0) await this.#handle.close();
  }

  /** Out of sight now; gone when nobody reads it any more. */
  async drop(): Promise<void> {
    this.#isDropped = true;
    await rm(this.#path, { force: true });
    if (this.#users === 0) await this.#handle.close();
  }
}

/** A directory's files while they are received for one build. */
export class ReceivedFiles implements ReceiveTarget {
  readonly #directory: KeptDirectory;
  readonly #stats = new Map<string, Stat>();

  constructor(directory: KeptDirectory) {
    this.#directory = directory;
  }

  get size(): number {
    return this.#directory.size;
  }

  known(stat: Stat): TreeEntry | null {
    this.#stats.set(stat.path, stat);
    return this.#directory.known(stat);
  }

  append(bytes: Uint8Array): Promise<void> | undefined {
    return this.#directory.append(bytes);
  }

  /** All has come: the contents can be read until `dispose` of what is returned. */
  async finish(entries: ReadonlyMap<string, TreeEntry>): Promise<TreeContent> {
    await this.#directory.flush();
    this.#directory.remember(this.#stats, entries);
    return this.#directory;
  }

  /** Nothing came of it. */
  dispose(): Promise<void> {
    return this.#directory.dispose();
  }
}

/** Files of clients' directories, kept so that a build is only sent what changed since the one before. */
export class KeptFiles {
  readonly #root: string;
  readonly #directories = new Map<string, KeptDirectory>();
  /** Directories that are being received into: one build at a time appends to a file. */
  readonly #busy = new Set<string>();

  constructor(dataRoot: string) {
    this.#root = keptFilesDirectory(dataRoot);
  }

  /** Bytes of all that is kept. */
  get size(): number {
    return [...this.#directories.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** When any of it was last used, in ms since the epoch. */
  get usedAt(): number {
    return Math.max(0, ...[...this.#directories.values()].map(({ usedAt }) => usedAt));
  }

  /**
   * Receives a directory by `work`. `key` is the directory's name among all clients; '' for one that nothing is known
   * of, and two builds of one directory at a time do not share.
   */
  async receive<T>(key: string, work: (files: ReceivedFiles) => Promise<T>): Promise<T> {
    const name = createHash('sha256').update(key).digest('hex');
    const isShared = key !== '' && !this.#busy.has(name);
    const known = isShared ? this.#directories.get(name) : undefined;
    const isWorn = known !== undefined && known.deadSize > DEAD_SIZE_MAX;
    if (isShared) this.#busy.add(name);
    try {
      const directory =
        known !== undefined && !isWorn ? known : await KeptDirectory.make(join(this.#root, randomUUID()));
      directory.use();
      if (directory !== known) {
        if (known !== undefined) await known.drop();
        if (isShared) this.#directories.set(name, directory);
        // Of what is not shared nothing needs to stay but what is open.
        else await directory.drop();
      }
      const files = new ReceivedFiles(directory);
      try {
        return await work(files);
      } catch (error) {
        await files.dispose();
        throw error;
      }
    } finally {
      if (isShared) this.#busy.delete(name);
      await this.#trim();
    }
  }

  /** Lets go of everything that no build uses. Returns the bytes. */
  async clear(): Promise<number> {
    const before = this.size;
    for (const [name, directory] of this.#directories) {
      if (this.#busy.has(name)) continue;
      this.#directories.delete(name);
      await directory.drop();
    }
    return before - this.size;
  }

  async #trim(): Promise<void> {
    const oldest = [...this.#directories].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [name, directory] of oldest) {
      if (this.#directories.size <= KEPT_MAX && this.size <= KEPT_SIZE_MAX) return;
      if (this.#busy.has(name)) continue;
      this.#directories.delete(name);
      await directory.drop();
    }
  }
}

/** Whether a file is the same by what is known of it, as fsutil decides it. */
function isSame(a: Stat, b: Stat): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.size === b.size &&
    a.modTime === b.modTime &&
    a.linkname === b.linkname &&
    a.devmajor === b.devmajor &&
    a.devminor === b.devminor
  );
}
