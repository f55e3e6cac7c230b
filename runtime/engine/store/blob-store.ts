import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { chmod, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { digestOf, hexOf, isDigest, type Digest } from './digest.ts';
import { entriesOf, isOneFileSystem } from './file-systems.ts';
import { errorCode, syncDirectory } from './files.ts';
import type { Lease } from './leases.ts';
import type { Trash } from './trash.ts';
import { crashPoint } from '../system/crash-points.ts';

/**
 * Immutable blobs under their sha256: manifests, configurations, layers as they travel.
 *
 * A blob is written in `ingest/`, fsynced, checked, made read-only, renamed into place, and its directory fsynced:
 * a blob that is there is whole, whatever was killed or cut off in between.
 */
export class BlobStore {
  readonly #blobs: string;
  /** Where blobs are written: on the file system where they will be. */
  readonly #ingest: string;
  /** Where an earlier engine may have written them, too. */
  readonly #ingests: readonly string[];
  readonly #trash: Trash;

  constructor(root: string, trash: Trash) {
    this.#blobs = join(root, 'blobs', 'sha256');
    this.#trash = trash;
    mkdirSync(this.#blobs, { recursive: true, mode: 0o700 });
    const [beside, inside] = [join(root, 'ingest'), join(this.#blobs, '.ingest')];
    mkdirSync(beside, { recursive: true, mode: 0o700 });
    this.#ingest = isOneFileSystem(beside, this.#blobs) ? beside : inside;
    mkdirSync(this.#ingest, { recursive: true, mode: 0o700 });
    this.#ingests = [beside, inside].filter((path) => existsSync(path));
  }

  pathOf(digest: Digest): string {
    return join(this.#blobs, hexOf(digest));
  }

  has(digest: Digest): boolean {
    return existsSync(this.pathOf(digest));
  }

  /** Size in bytes. Throws `not-found`. */
  async sizeOf(digest: Digest): Promise<number> {
    try {
      return (await stat(this.pathOf(digest))).size;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw new EngineError('not-found', `content ${digest} is not in the store`);
      throw error;
    }
  }

  /** A small blob (manifest, configuration), checked against its digest. */
  async read(digest: Digest): Promise<Buffer> {
    const bytes = await readFile(this.pathOf(digest)).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') throw new EngineError('not-found', `content ${digest} is not in the store`);
      throw error;
    });
    if (digestOf(bytes) !== digest) throw new EngineError('internal', `content ${digest} is damaged on disk`);
    return bytes;
  }

  /** A fresh path to write a blob to; the caller publishes or removes it. */
  newIngestPath(): string {
    return join(this.#ingest, randomUUID());
  }

  /**
   * Makes a written, verified and fsynced ingest file the blob `digest`. Leased before it can be seen: a collection
   * that runs meanwhile would take what nothing names yet.
   */
  async publish(ingestPath: string, digest: Digest, lease: Lease): Promise<void> {
    lease.add(digest);
    if (this.has(digest)) {
      await rm(ingestPath, { force: true });
      return;
    }
    await chmod(ingestPath, 0o444);
    crashPoint('blob-written');
    await rename(ingestPath, this.pathOf(digest));
    crashPoint('blob-renamed');
    await syncDirectory(this.#blobs);
    crashPoint('blob-published');
  }

  /** Stores small bytes, leased as in `publish`, and returns their digest. */
  async write(bytes: Uint8Array, lease: Lease): Promise<Digest> {
    const digest = digestOf(bytes);
    lease.add(digest);
    if (this.has(digest)) return digest;
    const path = this.newIngestPath();
    try {
      const handle = await open(path, 'wx', 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.publish(path, digest, lease);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return digest;
  }

  /** All blobs. */
  async list(): Promise<Digest[]> {
    return (await readdir(this.#blobs)).map((hex) => `sha256:${hex}`).filter((digest) => isDigest(digest));
  }

  discard(digest: Digest): void {
    this.#trash.discard(this.pathOf(digest));
  }

  /** Start-up: no download outlives its engine, so everything in `ingest/` is dead. */
  recover(): void {
    for (const directory of this.#ingests)
      for (const name of entriesOf(directory)) this.#trash.discard(join(directory, name));
  }
}
