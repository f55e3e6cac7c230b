import { watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { rfc3339 } from '../../common/time.ts';
import { decodeForward, type LogRecord } from '../launcher/log-format.ts';
import { containerPaths } from './container-files.ts';
import type { ContainerHandle } from './handle.ts';
import { findLogTail } from './log-tail.ts';

export interface LogOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Last n records; null for all. */
  readonly tail: number | null;
  /** Nanoseconds since the epoch. */
  readonly since: bigint | null;
  readonly until: bigint | null;
  /** Put the container's labels chosen by the log options before each line; we have none, so a lone space. */
  readonly details: boolean;
}

/** Bytes read from the log at a time: large enough that 100,000 lines a second are a hundred reads. */
const CHUNK = 256 * 1024;

/**
 * Writes a container's log to `sink` in Docker's frames (raw with a terminal) and, when following, goes on until the
 * container ends or `signal` aborts. The log is read from its file, so a slow reader slows nobody else down.
 */
export async function streamLogs(
  handle: ContainerHandle,
  dataRoot: string,
  options: LogOptions,
  sink: Writable,
  signal: AbortSignal,
): Promise<void> {
  const path = containerPaths(dataRoot, handle.id).log;
  const changes = options.follow
    ? new FileChanges(containerPaths(dataRoot, handle.id).directory, handle, signal)
    : null;
  try {
    let file = await openOrNull(path);
    while (file === null && changes !== null && !signal.aborted && (await changes.next()))
      file = await openOrNull(path);
    if (file === null) return;
    try {
      await copy(file, handle, options, sink, signal, changes);
    } finally {
      await file.close();
    }
  } finally {
    changes?.close();
  }
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null; // Never started: there is no log yet.
    throw error;
  }
}

async function copy(
  file: FileHandle,
  handle: ContainerHandle,
  options: LogOptions,
  sink: Writable,
  signal: AbortSignal,
  changes: FileChanges | null,
): Promise<void> {
  const wanted = (record: LogRecord): boolean => (record.stream === 'stderr' ? options.stderr : options.stdout);
  const tty = handle.record.config.Tty === true;
  const { size } = await file.stat();
  let position = options.tail === null ? 0 : await findLogTail(file, size, options.tail, wanted);
  let pending = Buffer.alloc(0);
  const chunk = Buffer.allocUnsafe(CHUNK);
  while (!signal.aborted) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, position);
    if (bytesRead === 0) {
      if (changes === null || !(await changes.next())) return;
      continue;
    }
    position += bytesRead;
    const bytes = Buffer.concat([pending, chunk.subarray(0, bytesRead)]);
    const { records, offset, damaged } = decodeForward(bytes);
    pending = Buffer.from(bytes.subarray(offset));
    const past = options.until === null ? -1 : records.findIndex((record) => record.time > (options.until ?? 0n));
    const chosen = (past < 0 ? records : records.slice(0, past)).filter(
      (record) => wanted(record) && (options.since === null || record.time >= options.since),
    );
    if (chosen.length > 0 && !sink.write(Buffer.concat(chosen.flatMap((record) => render(record, options, tty))))) {
      await once(sink, 'drain', { signal }).catch(() => undefined); // Aborted: the loop ends by its condition.
    }
    if (past >= 0 || damaged) return;
  }
}

const NEWLINE = Buffer.from('\n');

function render(record: LogRecord, options: LogOptions, tty: boolean): Buffer[] {
  const prefix = `${options.timestamps ? `${rfc3339(record.time)} ` : ''}${options.details ? ' ' : ''}`;
  const body = [...(prefix === '' ? [] : [Buffer.from(prefix)]), record.bytes, ...(record.partial ? [] : [NEWLINE])];
  if (tty) return body;
  const header = Buffer.alloc(8);
  header.writeUInt8(record.stream === 'stderr' ? 2 : 1, 0);
  header.writeUInt32BE(
    body.reduce((sum, part) => sum + part.length, 0),
    4,
  );
  return [header, ...body];
}

/** Waits for a log to grow. */
class FileChanges {
  readonly #watcher: FSWatcher;
  readonly #handle: ContainerHandle;
  readonly #signal: AbortSignal;
  #changed = false;
  #wake: (() => void) | null = null;

  /** Watches the directory: the log itself may not be there yet. */
  constructor(directory: string, handle: ContainerHandle, signal: AbortSignal) {
    this.#handle = handle;
    this.#signal = signal;
    this.#watcher = watch(directory, () => {
      this.#touch();
    });
    signal.addEventListener('abort', () => {
      this.#touch();
    });
  }

  #touch(): void {
    this.#changed = true;
    this.#wake?.();
  }

  /** True when there may be more to read, false when the container has ended and everything was read. */
  async next(): Promise<boolean> {
    if (this.#signal.aborted) return false;
    if (this.#changed) {
      this.#changed = false;
      return true;
    }
    const { supervised } = this.#handle;
    // A container that never ran, or runs no more, writes nothing.
    if (supervised === null) return false;
    const ended = supervised.exited.then(() => {
      this.#touch();
    });
    await Promise.race([
      ended,
      new Promise<void>((resolve) => {
        this.#wake = resolve;
      }),
    ]);
    this.#wake = null;
    this.#changed = false;
    return true;
  }

  close(): void {
    this.#watcher.close();
  }
}
