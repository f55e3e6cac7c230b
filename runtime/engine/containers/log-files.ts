import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A rotation takes microseconds; a container that is removed while its log is read has none any more. */
const MISSING_ATTEMPTS = 20;
const MISSING_PAUSE = 5;

const decompress = promisify(gunzip);

/** Bytes of a log file, plain or compressed. */
export interface LogSource {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/** An open file of a container's log. */
export interface LogFile extends LogSource {
  /** null: the one in use. */
  readonly number: number | null;
  readonly inode: number;
  /** Number of the file before it; 0 when none was there. */
  readonly predecessor: number;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * The files of one container's log: `log`, and what it was before: `log.<number>`, counting up, some compressed
 * (`.gz`). The monitor renames and deletes them at any moment; a file that is open stays readable.
 */
export class LogFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Numbers of the rotated files, oldest first. */
  async numbers(): Promise<number[]> {
    const names = await readdir(this.#directory).catch(() => []); // The container is gone: no log.
    const found = names.flatMap((name) => /^log\.(\d+)(?:\.gz)?$/.exec(name)?.[1] ?? []).map(Number);
    return [...new Set(found)].sort((a, b) => a - b);
  }

  /** The oldest file after `number`; the one in use when there is no rotated one; null without a log. */
  async after(number: number): Promise<LogFile | null> {
    for (let attempt = 0; ; attempt += 1) {
      const next = await this.#rotatedAfter(number);
      if (next !== null) return next;
      const current = await this.current();
      // Rotated between the two looks: then what is in use now is not the next one.
      const overtaken = current === null ? null : await this.#rotatedAfter(number);
      if (overtaken !== null) {
        await current?.close();
        return overtaken;
      }
      // Where there was a file before, there is one now, but for the moment between its renaming and the next one.
      if (current !== null || number === 0 || attempt >= MISSING_ATTEMPTS) return current;
      await pause(MISSING_PAUSE);
    }
  }

  async #rotatedAfter(number: number): Promise<LogFile | null> {
    for (const candidate of await this.numbers()) {
      const file = candidate > number ? await this.#rotated(candidate) : null;
      if (file !== null) return file;
    }
    return null;
  }

  /** The file before one; null when it was the first. */
  async before(file: LogFile): Promise<LogFile | null> {
    const numbers = await this.numbers();
    const older = file.number === null ? numbers : numbers.filter((number) => number < (file.number ?? 0));
    for (const number of older.reverse()) {
      const found = await this.#rotated(number);
      // A compressed file has no inode to compare, and the one in use is never compressed.
      if (found !== null && (found.inode === 0 || found.inode !== file.inode)) return found;
      await found?.close();
    }
    return null;
  }

  /** The file that goes on where one ends: by its number, or, for one that was in use, by what it has become. */
  async following(file: LogFile): Promise<LogFile | null> {
    if (file.number !== null) return this.after(file.number);
    let number = file.predecessor;
    for (const candidate of await this.numbers()) {
      if (candidate <= file.predecessor) continue;
      const found = await this.#rotated(candidate);
      // Compressed, it has another inode; but then it is the first after its predecessor.
      const isSame = found !== null && (found.inode === file.inode || (found.inode === 0 && candidate === number + 1));
      await found?.close();
      if (isSame) {
        number = candidate;
        break;
      }
    }
    return this.after(number);
  }

  /** Whether another file is in use now. */
  async isRotated(file: LogFile): Promise<boolean> {
    const status = await stat(join(this.#directory, 'log')).catch(() => null); // Between rename and creation.
    return status !== null && status.ino !== file.inode;
  }

  /** The file in use; null before the first start. */
  async current(): Promise<LogFile | null> {
    for (;;) {
      const handle = await openOrNull(join(this.#directory, 'log'));
      if (handle === null) return null;
      const file = await plainFile(handle, null, (await this.numbers()).at(-1) ?? 0);
      // Rotated meanwhile, the last number would be its own.
      if (!(await this.isRotated(file))) return file;
      await file.close();
    }
  }

  /** null when it was deleted meanwhile. */
  async #rotated(number: number): Promise<LogFile | null> {
    const path = join(this.#directory, `log.${number}`);
    const handle = await openOrNull(path);
    if (handle !== null) return plainFile(handle, number, number - 1);
    const compressed = await readFile(`${path}.gz`).catch(() => null);
    return compressed === null ? null : memoryFile(await decompress(compressed), number);
  }
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function plainFile(handle: FileHandle, number: number | null, predecessor: number): Promise<LogFile> {
  const { ino } = await handle.stat();
  return {
    number,
    predecessor,
    inode: ino,
    read: (buffer, offset, length, position) => handle.read(buffer, offset, length, position),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

function memoryFile(bytes: Buffer, number: number): LogFile {
  return {
    number,
    predecessor: number - 1,
    inode: 0,
    read: (buffer, offset, length, position) =>
      Promise.resolve({ bytesRead: bytes.copy(buffer, offset, position, position + length) }),
    size: () => Promise.resolve(bytes.length),
    close: () => Promise.resolve(),
  };
}
