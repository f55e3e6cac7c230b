import { watch, type FSWatcher } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { rfc3339 } from '../../common/time.ts';
import { decodeForward, type LogRecord } from '../launcher/log-format.ts';
import { containerPaths } from './container-files.ts';
import type { ContainerHandle } from './handle.ts';
import { logDetails } from './log-config.ts';
import { LogFiles, type LogFile } from './log-files.ts';
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
  /** Put what the log options choose (tag, labels, variables) before each line. */
  readonly details: boolean;
}

/** Whose log it is: a container, or one that was removed and is kept. */
export type LogOwner = Pick<ContainerHandle, 'id' | 'record' | 'supervised'>;

/** Bytes read from the log at a time: large enough that 100,000 lines a second are a hundred reads. */
const CHUNK = 256 * 1024;

/**
 * Writes a container's log to `sink` in Docker's frames (raw with a terminal) and, when following, goes on until the
 * container ends or `signal` aborts. The log is read from its file, so a slow reader slows nobody else down.
 */
export async function streamLogs(
  handle: LogOwner,
  dataRoot: string,
  options: LogOptions,
  sink: Writable,
  signal: AbortSignal,
): Promise<void> {
  const { directory } = containerPaths(dataRoot, handle.id);
  const files = new LogFiles(directory);
  const changes = options.follow ? new FileChanges(directory, handle, signal) : null;
  try {
    let at = await firstFile(files, options);
    while (at === null && changes !== null && !signal.aborted && (await changes.next()))
      at = await firstFile(files, options);
    while (at !== null) {
      const { file }: Position = at;
      const goesOn = await copy(at, handle, options, sink, signal, () => waitFor(files, file, changes)).finally(() =>
        file.close(),
      );
      // Without following, the file in use is the end even if it has just been rotated.
      at = goesOn && (file.number !== null || changes !== null) ? await nextFile(files, file) : null;
    }
  } finally {
    changes?.close();
  }
}

interface Position {
  readonly file: LogFile;
  readonly offset: number;
}

function isWanted(options: LogOptions): (record: LogRecord) => boolean {
  return (record) => (record.stream === 'stderr' ? options.stderr : options.stdout);
}

/** Where reading begins: the oldest file, or as far back as the tail asks; null when there is no log. */
async function firstFile(files: LogFiles, options: LogOptions): Promise<Position | null> {
  if (options.tail === null) {
    const file = await files.after(0);
    return file === null ? null : { file, offset: 0 };
  }
  let file = await files.current();
  let missing = options.tail;
  while (file !== null) {
    const found = await findLogTail(file, await file.size(), missing, isWanted(options));
    ({ missing } = found);
    const before = missing === 0 ? null : await files.before(file);
    if (before === null) return { file, offset: found.offset };
    await file.close();
    file = before;
  }
  return null;
}

async function nextFile(files: LogFiles, file: LogFile): Promise<Position | null> {
  const next = await files.following(file);
  return next === null ? null : { file: next, offset: 0 };
}

/** At the end of what a file has: 'more' to read on in it, 'next' when no more will come, 'end' of everything. */
async function waitFor(files: LogFiles, file: LogFile, changes: FileChanges | null): Promise<'more' | 'next' | 'end'> {
  if (file.number !== null) return 'next';
  if (changes === null) return 'end';
  if (await files.isRotated(file)) return 'next';
  return (await changes.next()) ? 'more' : 'end';
}

/** Copies one file from an offset on. False when everything that was asked for is out. */
async function copy(
  { file, offset: start }: Position,
  handle: LogOwner,
  options: LogOptions,
  sink: Writable,
  signal: AbortSignal,
  atEnd: () => Promise<'more' | 'next' | 'end'>,
): Promise<boolean> {
  const wanted = isWanted(options);
  const { record: container } = handle;
  const tty = container.config.Tty === true;
  const details = options.details
    ? `${await logDetails(container.hostConfig.LogConfig?.Config ?? {}, {
        id: container.id,
        name: container.name,
        labels: container.config.Labels ?? {},
        environment: container.config.Env ?? [],
      })} `
    : '';
  let position = start;
  let pending = Buffer.alloc(0);
  let isLast = false;
  const chunk = Buffer.allocUnsafe(CHUNK);
  while (!signal.aborted) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, position);
    if (bytesRead === 0) {
      if (isLast) return true;
      const verdict = await atEnd();
      if (verdict === 'end') return false;
      // Once more: what was written between the last read and the rotation.
      isLast = verdict === 'next';
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
    const text = Buffer.concat(chosen.flatMap((record) => render(record, options.timestamps, details, tty)));
    if (text.length > 0 && !sink.write(text)) {
      await once(sink, 'drain', { signal }).catch(() => undefined); // Aborted: the loop ends by its condition.
    }
    if (past >= 0 || damaged) return false;
  }
  return false;
}

const NEWLINE = Buffer.from('\n');

function render(record: LogRecord, timestamps: boolean, details: string, tty: boolean): Buffer[] {
  const prefix = `${timestamps ? `${rfc3339(record.time)} ` : ''}${details}`;
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
  readonly #handle: LogOwner;
  readonly #signal: AbortSignal;
  #changed = false;
  #wake: (() => void) | null = null;

  /** Watches the directory: the log itself may not be there yet. */
  constructor(directory: string, handle: LogOwner, signal: AbortSignal) {
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
