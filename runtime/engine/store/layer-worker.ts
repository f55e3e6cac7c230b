/**
 * Worker thread that takes one layer at a time: writes the bytes as they travel to a file, inflates them, hashes both
 * forms, and hands the archive to the launcher, so that the engine's own thread stays free. Messages are those of
 * `layer-messages.ts`.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fdatasync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { PassThrough, type Transform } from 'node:stream';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { createGunzip } from 'node:zlib';
import type { Digest } from './digest.ts';
import type { LayerJob, ToWorker, FromWorker } from './layer-messages.ts';
import { ArchiveSender } from './layer-sender.ts';
import { ZstdFrames } from './zstd.ts';

/** Piece size for reading and inflating: few messages, still cache-sized. */
const PIECE = 256 * 1024;
/** The disk is set to work each time so much is written, so that it has little left to do when the layer ends. */
const FLUSH_EVERY = 8 * 1024 * 1024;
const CANCELLED = 'the layer was given up';
/** The longest magic number that is looked at. */
const MAGIC_LENGTH = 6;

class Run {
  readonly #job: LayerJob;
  readonly #send: (message: FromWorker) => void;
  readonly #sender: ArchiveSender | null;
  readonly #blobHash: Hash = createHash('sha256');
  readonly #plainHash: Hash = createHash('sha256');
  readonly #file: number | null;
  #head: Buffer | null = Buffer.alloc(0);
  #inflater: Transform | null = null;
  /** Of gzip that something follows, as zeros to fill a block, this comes before the end of the layer. */
  #isInflated = false;
  /** The layer comes as it is: what is taken is what is sent. */
  #isPlain = false;
  #blobSize = 0;
  #plainSize = 0;
  #unflushed = 0;
  #flushing: Promise<void> | null = null;
  #flushError: Error | null = null;
  /** Why nothing more is taken. */
  #failure: Error | null = null;

  constructor(job: LayerJob, send: (message: FromWorker) => void) {
    this.#job = job;
    this.#send = send;
    this.#file = job.writePath === null ? null : openSync(job.writePath, 'wx', 0o600);
    this.#sender = job.sink === null ? null : new ArchiveSender(job.sink, () => this.#inflater?.resume());
  }

  /** Takes bytes; resolves to whether nothing of the layer needs their memory any more. */
  async write(bytes: Buffer): Promise<boolean> {
    if (this.#failure !== null) throw this.#failure;
    this.#blobSize += bytes.length;
    if (this.#file !== null) {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
      this.#flushNow(this.#file, bytes.length);
    }
    if (this.#head === null) {
      await this.#feed(bytes);
    } else {
      this.#head = Buffer.concat([this.#head, bytes]);
      if (this.#head.length >= MAGIC_LENGTH) await this.#begin();
    }
    return !this.#isPlain;
  }

  /** The kernel tells a descriptor of a failed write only once (fsync(2)), so it is kept for the end. */
  #flushNow(file: number, written: number): void {
    this.#unflushed += written;
    if (this.#unflushed < FLUSH_EVERY || this.#flushing !== null) return;
    this.#unflushed = 0;
    this.#flushing = new Promise((resolve) => {
      fdatasync(file, (error) => {
        this.#flushing = null;
        this.#flushError ??= error;
        resolve();
      });
    });
  }

  async finish(): Promise<void> {
    if (this.#head !== null) await this.#begin();
    const inflater = this.#inflater;
    if (inflater === null) throw new Error('the layer was not begun');
    if (this.#failure !== null) throw this.#failure;
    if (!this.#isInflated) {
      const ended = new Promise<void>((resolve, reject) => {
        inflater.once('end', resolve);
        inflater.once('error', reject);
      });
      inflater.end();
      await ended;
    }
    const outcome = (await this.#sender?.finish()) ?? { nobody: true };
    await this.#flushing;
    if (this.#flushError !== null) throw this.#flushError;
    if (this.#file !== null) fsyncSync(this.#file);
    this.#closeNow();
    const blobDigest: Digest = `sha256:${this.#blobHash.digest('hex')}`;
    const diffId: Digest = `sha256:${this.#plainHash.digest('hex')}`;
    this.#send({ type: 'done', blobDigest, blobSize: this.#blobSize, diffId, plainSize: this.#plainSize, outcome });
  }

  /** Ends what is under way; whoever waits for it is told by an error. */
  cancel(): void {
    this.#failure ??= new Error(CANCELLED);
    this.#inflater?.destroy(this.#failure);
  }

  /** After a failure: resolves when nobody writes any more, neither here (a flush has the descriptor) nor in the launcher. */
  async abandon(): Promise<void> {
    await this.#sender?.finish();
    await this.#flushing;
    this.#closeNow();
  }

  #closeNow(): void {
    if (this.#file !== null) closeSync(this.#file);
  }

  async #begin(): Promise<void> {
    const head = this.#head ?? Buffer.alloc(0);
    this.#head = null;
    const inflater = inflaterFor(head);
    this.#inflater = inflater;
    this.#isPlain = inflater instanceof PassThrough;
    // Also what happens while nobody writes.
    inflater.on('error', (error) => (this.#failure ??= error));
    inflater.on('end', () => (this.#isInflated = true));
    inflater.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    await this.#feed(head);
  }

  /** Inflating runs in a thread of its own meanwhile, so hashing here costs no time. */
  async #feed(bytes: Buffer): Promise<void> {
    const inflater = this.#inflater;
    if (inflater === null) return;
    if (this.#isInflated) {
      this.#blobHash.update(bytes);
      return;
    }
    const taken = new Promise<void>((resolve, reject) => {
      inflater.once('error', reject);
      inflater.write(bytes, (error) => {
        inflater.off('error', reject);
        if (error) reject(error);
        else resolve();
      });
    });
    this.#blobHash.update(bytes);
    await taken;
  }

  #take(chunk: Buffer): void {
    this.#plainSize += chunk.length;
    const { maxPlainSize, maxRatio, ratioFloor } = this.#job;
    const bomb = this.#plainSize > ratioFloor && this.#plainSize > this.#blobSize * maxRatio;
    if (this.#plainSize > maxPlainSize || bomb) {
      this.#inflater?.destroy(new Error('the layer grows beyond all measure when it is decompressed; refused'));
      return;
    }
    this.#plainHash.update(chunk);
    const sent = this.#isPlain ? undefined : () => freeFull(chunk);
    if (this.#sender === null) sent?.();
    else if (!this.#sender.send(chunk, sent)) this.#inflater?.pause();
  }
}

/**
 * Gives memory back at once. Left to the collector, the pieces of a layer pile up until it runs: the heap grows and
 * shrinks again and again, with a page fault for every 4 KiB, which was a sixth of the work of a pull.
 */
function free(memory: ArrayBufferLike): void {
  if (memory instanceof ArrayBuffer) memory.transfer(0);
}

/** Frees a piece of the inflater's that is full to its end, as it puts nothing more into it: what it was given before was sent before. */
function freeFull(chunk: Buffer): void {
  const { buffer, byteOffset, byteLength } = chunk;
  if (buffer.byteLength === PIECE && byteOffset + byteLength === PIECE) free(buffer);
}

/** Chosen by magic number, as media types are often wrong: gzip (RFC 1952), zstd (RFC 8878), else plain. */
function inflaterFor(head: Buffer): Transform {
  if (head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b) return createGunzip({ chunkSize: PIECE });
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return new ZstdFrames(PIECE);
  return new PassThrough({ highWaterMark: PIECE });
}

async function readAll(path: string, run: Run): Promise<void> {
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const bytes = Buffer.allocUnsafeSlow(PIECE);
      const count = readSync(file, bytes, 0, PIECE, null);
      if (count === 0) return;
      if (await run.write(bytes.subarray(0, count))) free(bytes.buffer);
    }
  } finally {
    closeSync(file);
  }
}

function serve(port: MessagePort): void {
  const send = (message: FromWorker): void => {
    port.postMessage(message);
  };
  let run: Run | null = null;
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (step: () => Promise<void>): void => {
    queue = queue.then(step).catch(async (error: unknown) => {
      const failed = run;
      run = null;
      await failed?.abandon();
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      send({ type: 'failed', message: error instanceof Error ? error.message : String(error), code });
    });
  };
  port.on('message', (message: ToWorker) => {
    if (message.type === 'start') {
      enqueue(async () => {
        run = new Run(message.job, send);
        if (message.job.readPath === null) return;
        await readAll(message.job.readPath, run);
        await run.finish();
        run = null;
      });
    } else if (message.type === 'bytes') {
      enqueue(async () => {
        const { buffer, byteOffset, byteLength } = message.bytes;
        if ((await run?.write(Buffer.from(buffer, byteOffset, byteLength))) !== false) free(buffer);
        send({ type: 'took', count: byteLength });
      });
    } else if (message.type === 'end') {
      enqueue(async () => {
        await run?.finish();
        run = null;
      });
    } else {
      // What is under way ends now; with nothing under way this step does.
      run?.cancel();
      enqueue(() => (run === null ? Promise.resolve() : Promise.reject(new Error(CANCELLED))));
    }
  });
}

if (parentPort !== null) serve(parentPort);
