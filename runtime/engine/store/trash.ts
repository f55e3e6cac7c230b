import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Launcher } from '../launcher/interface.ts';
import { errorCode } from './files.ts';
import { moveToTrashSync, trashContents } from './trash-places.ts';
import { crashPoint } from '../system/crash-points.ts';

/**
 * Things on their way out. `discard` takes them out of sight with one rename, which a crash cannot leave half done;
 * the slow removal follows in the background, and `empty` at start finishes what an earlier engine could not.
 */
export class Trash {
  readonly #dataRoot: string;
  readonly #launcher: Pick<Launcher, 'removeTree'>;
  readonly #onError: (error: unknown) => void;
  #pending: Promise<void> = Promise.resolve();

  constructor(dataRoot: string, launcher: Pick<Launcher, 'removeTree'>, onError: (error: unknown) => void) {
    this.#dataRoot = dataRoot;
    this.#launcher = launcher;
    this.#onError = onError;
    mkdirSync(join(dataRoot, 'trash'), { recursive: true, mode: 0o700 });
  }

  /** Takes a file or directory away. Missing is fine. */
  discard(path: string): void {
    let target: string;
    try {
      target = moveToTrashSync(this.#dataRoot, path, randomUUID());
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    crashPoint('trash-moved');
    this.#remove(target);
  }

  /** Removes everything that is in the trash now. */
  async empty(): Promise<void> {
    for (const path of trashContents(this.#dataRoot)) this.#remove(path);
    await this.#pending;
  }

  /** Resolves when all that was discarded so far is gone. */
  async settled(): Promise<void> {
    await this.#pending;
  }

  #remove(path: string): void {
    // One after the other: removal is disk-bound, and a pull or a start should not compete with several of them.
    this.#pending = this.#pending.then(() => this.#launcher.removeTree(path)).catch(this.#onError);
  }
}
