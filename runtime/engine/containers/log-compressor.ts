import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Logger } from '../../common/logger.ts';
import { containerPaths } from './container-files.ts';
import type { ContainerHandle } from './handle.ts';
import { logDriver, logRotation } from './log-config.ts';

const compress = promisify(gzip);

/**
 * Compresses rotated logs of containers that ask for it. The monitor rotates and deletes; this only replaces a finished
 * file by its compressed form, and may be killed at any moment: what it left undone is done at the next rotation.
 */
export class LogCompressor {
  readonly #dataRoot: string;
  readonly #logger: Logger;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #busy = new Map<string, Promise<void>>();

  constructor(dataRoot: string, logger: Logger) {
    this.#dataRoot = dataRoot;
    this.#logger = logger;
  }

  started(handle: ContainerHandle): void {
    const { hostConfig } = handle.record;
    if (logDriver(hostConfig) === 'none' || !logRotation(hostConfig).compress) return;
    const watcher = watch(containerPaths(this.#dataRoot, handle.id).directory, (event, name) => {
      if (event === 'rename' && /^log\.\d+$/.test(name ?? '')) this.#compressLater(handle);
    });
    watcher.on('error', () => undefined); // The directory went with its container.
    watcher.unref();
    this.#watchers.set(handle.id, watcher);
    this.#compressLater(handle);
  }

  ended(handle: ContainerHandle): void {
    if (this.#watchers.get(handle.id) === undefined) return;
    this.#watchers.get(handle.id)?.close();
    this.#watchers.delete(handle.id);
    this.#compressLater(handle);
  }

  #compressLater(handle: ContainerHandle): void {
    const before = this.#busy.get(handle.id) ?? Promise.resolve();
    const done = before
      .then(() => this.#compress(handle))
      .catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          // Removed meanwhile.
          this.#logger.warn('a rotated log could not be compressed', { container: handle.id, error });
      })
      .finally(() => {
        if (this.#busy.get(handle.id) === done) this.#busy.delete(handle.id);
      });
    this.#busy.set(handle.id, done);
  }

  async #compress(handle: ContainerHandle): Promise<void> {
    const { directory } = containerPaths(this.#dataRoot, handle.id);
    const kept = logRotation(handle.record.hostConfig).maximumFiles - 1;
    for (const name of (await readdir(directory)).filter((entry) => /^log\.\d+$/.test(entry))) {
      const path = join(directory, name);
      await writeFile(`${path}.tmp`, await compress(await readFile(path)), { mode: 0o640 });
      await rename(`${path}.tmp`, `${path}.gz`);
      await rm(path, { force: true });
    }
    // One the monitor has deleted while it was compressed is back: older than what is to be kept.
    const numbers = (await readdir(directory))
      .flatMap((entry) => /^log\.(\d+)(?:\.gz)?$/.exec(entry)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
    for (const number of numbers.slice(kept)) await rm(join(directory, `log.${number}.gz`), { force: true });
  }
}
