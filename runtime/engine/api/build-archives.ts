import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spoolPath } from '../build/execute/stage-files.ts';
import { EngineError } from '../errors.ts';

/** ms that an archive waits for who asked for it: it is fetched as soon as the build has ended. */
const PATIENCE = 60_000;

/** Archives of builds on their way to a client that has no session: written to a file, and taken once. */
export class BuildArchives {
  readonly #dataRoot: string;
  readonly #waiting = new Map<string, { readonly path: string; readonly forgetting: NodeJS.Timeout }>();

  constructor(dataRoot: string) {
    this.#dataRoot = dataRoot;
  }

  /** Keeps an archive. Returns the word that stands for it, and its size in bytes. */
  async put(archive: Readable, signal: AbortSignal): Promise<{ readonly token: string; readonly size: number }> {
    const path = spoolPath(this.#dataRoot);
    try {
      await pipeline(archive, createWriteStream(path, { mode: 0o600 }), { signal });
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    const token = randomBytes(16).toString('hex');
    const forgetting = setTimeout(() => {
      this.#waiting.delete(token);
      // What stays is moved away at the next start.
      rm(path, { force: true }).catch(() => undefined);
    }, PATIENCE).unref();
    this.#waiting.set(token, { path, forgetting });
    return { token, size: (await stat(path)).size };
  }

  /** Throws `not-found` for a word that stands for nothing. */
  take(token: string): Readable {
    const found = this.#waiting.get(token);
    if (found === undefined) throw new EngineError('not-found', 'the archive of this build is not there any more');
    this.#waiting.delete(token);
    clearTimeout(found.forgetting);
    const stream = createReadStream(found.path);
    stream.once('close', () => {
      rm(found.path, { force: true }).catch(() => undefined);
    });
    return stream;
  }
}
