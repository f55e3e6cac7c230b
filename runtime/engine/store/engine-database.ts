import { closeSync, fdatasync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

/** How often (ms) it is asked whether the write-ahead log has grown enough; the question takes some microseconds. */
const CHECKPOINT_INTERVAL = 5_000;
/** Pages of 4 KiB in the log after which they are written into the database: 8 MiB. SQLite's own 1,000, in fewer steps. */
const CHECKPOINT_PAGES = 2_000;
/** 64 MiB: where no thread could do so, a commit does it all the same. */
const LAST_CHECKPOINT_PAGES = 16_000;
/** Beside this module, and beside the bundle that it went into. */
const WORKER = import.meta.url.endsWith('.ts') ? './checkpoint-worker.ts' : './checkpoint-worker.mjs';
const IN_MEMORY = ':memory:';
const flush = promisify(fdatasync);

/**
 * A SQLite database in WAL mode of which no commit waits for the disk: it survives the kill of any process as it is, and a
 * power cut once `synced` comes back. A thread of its own writes the log into the database (sqlite.org/wal.html#ckpt).
 * What is left for the caller's thread is one fsync of the log's header each time that the log begins anew.
 */
export class EngineDatabase extends DatabaseSync {
  /** The log, once there is one. Closing it is harmless: SQLite has its locks on the other two files. */
  #log: number | null = null;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isCheckpointing = false;
  readonly #path: string;

  constructor(path: string) {
    super(path);
    this.#path = path;
    this.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    // 2 s: the only other writer is a `berth doctor` started by hand.
    this.exec(`PRAGMA busy_timeout = 2000; PRAGMA wal_autocheckpoint = ${LAST_CHECKPOINT_PAGES};`);
    if (path === IN_MEMORY) return;
    this.#timer = setInterval(() => {
      this.#checkpointIfDue();
    }, CHECKPOINT_INTERVAL).unref();
  }

  /**
   * Comes back when every commit that was made before the call survives a power cut; all who ask meanwhile share the
   * next fdatasync. Rejects with the error of the disk.
   */
  async synced(): Promise<void> {
    if (this.#path === IN_MEMORY) return;
    // One that runs already may have begun before the caller's commit.
    this.#next ??= this.#running
      .catch(() => undefined) // Told to those who waited for it.
      .then(() => {
        this.#next = null;
        this.#log ??= openSync(`${this.#path}-wal`, 'r');
        this.#running = flush(this.#log);
        return this.#running;
      });
    await this.#next;
  }

  /** Pages in the log that are not in the database yet. */
  get unwrittenPages(): number {
    const row = this.prepare('PRAGMA wal_checkpoint(NOOP)').get();
    return Number(row?.['log']) - Number(row?.['checkpointed']);
  }

  #checkpointIfDue(): void {
    if (this.#isCheckpointing || this.unwrittenPages < CHECKPOINT_PAGES) return;
    this.#isCheckpointing = true;
    const worker = new Worker(new URL(WORKER, import.meta.url), { workerData: this.#path });
    worker.unref();
    const end = (): void => {
      this.#isCheckpointing = false;
    };
    // One that failed is tried again with the next look, and in the end by a commit, which says what is wrong.
    worker.once('error', end);
    worker.once('exit', end);
  }

  override close(): void {
    clearInterval(this.#timer);
    super.close();
    const log = this.#log;
    this.#log = null;
    if (log === null) return;
    const shut = (): void => {
      closeSync(log);
    };
    this.#running.then(shut, shut);
  }
}
