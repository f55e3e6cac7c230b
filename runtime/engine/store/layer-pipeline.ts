import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { EngineError } from '../errors.ts';
import type { FromWorker, LayerDigests, LayerJob, ToWorker } from './layer-messages.ts';

/** Where a layer's bytes come from: a stored file, or a stream (which is also written to a new file). */
export type LayerSource =
  { readonly readPath: string } | { readonly bytes: AsyncIterable<Uint8Array>; readonly writePath: string };

/** A layer on its way. */
export interface LayerRun {
  /** The uncompressed archive; must be read to the end, or destroyed. Empty when it was not asked for. */
  readonly plain: Readable;
  /** Rejects on a damaged stream, a full disk, or when `plain` was destroyed. */
  readonly digests: Promise<LayerDigests>;
}

/** Bytes on their way to the worker before the source is held back. */
const INPUT_WINDOW = 1024 * 1024;
/** An idle thread is kept this long (ms), so that the layers of one image share it. */
const IDLE_TIME = 2_000;
/** Beside this module, and beside the bundle that it went into. */
const WORKER = import.meta.url.endsWith('.ts') ? './layer-worker.ts' : './layer-worker.mjs';
const LIMITS = {
  // 1 TiB, as in the launcher.
  maxPlainSize: 2 ** 40,
  // gzip reaches 1030:1 on zeros; real layers stay below 20:1. The floor spares small layers of big zero files.
  maxRatio: 200,
  ratioFloor: 1024 * 1024 * 1024,
} as const;

/** Threads that inflate, hash and store layers. */
export class LayerPipeline {
  readonly #idle: { worker: Worker; timer: NodeJS.Timeout }[] = [];
  readonly #busy = new Set<Worker>();
  readonly #limits: Pick<LayerJob, 'maxPlainSize' | 'maxRatio' | 'ratioFloor'>;

  constructor(limits: Partial<Pick<LayerJob, 'maxPlainSize' | 'maxRatio' | 'ratioFloor'>> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Takes one layer through. `emitPlain` false: only store and hash. */
  run(source: LayerSource, emitPlain: boolean): LayerRun {
    const worker = this.#take();
    const send = (message: ToWorker, transfer: ArrayBuffer[] = []): void => {
      worker.postMessage(message, transfer);
    };
    let untaken = 0; // bytes pushed to `plain` that its reader has not asked past yet
    let finished = false;
    // A call, since the compiler does not see that other callbacks set it meanwhile.
    const hasFinished = (): boolean => finished;
    const plain = new Readable({
      highWaterMark: INPUT_WINDOW,
      read() {
        if (untaken > 0) send({ type: 'credit', count: untaken });
        untaken = 0;
      },
    });
    // Its failure is told by `digests`; a stream nobody reads must not end the process.
    plain.on('error', () => undefined);

    let inFlight = 0;
    let wake: () => void = () => undefined;
    const { promise: digests, resolve, reject } = Promise.withResolvers<LayerDigests>();
    digests.catch(() => undefined);
    const fail = (error: unknown): void => {
      if (finished) return;
      finished = true;
      void this.#end(worker);
      reject(error);
      wake();
      plain.destroy(error instanceof Error ? error : new Error(String(error)));
    };
    plain.on('close', () => {
      if (!plain.readableEnded) fail(new EngineError('internal', 'the layer was not read to its end'));
    });

    worker.on('message', (message: FromWorker) => {
      if (finished) return;
      if (message.type === 'took') {
        inFlight -= message.count;
        wake();
      } else if (message.type === 'plain') {
        untaken += message.bytes.length;
        plain.push(message.bytes);
      } else if (message.type === 'failed') {
        fail(failure(message.message, message.code));
      } else {
        finished = true;
        plain.push(null);
        if (!emitPlain) plain.resume();
        this.#release(worker);
        resolve(message);
      }
    });
    worker.on('error', fail);

    send({
      type: 'start',
      job: {
        readPath: 'readPath' in source ? source.readPath : null,
        writePath: 'writePath' in source ? source.writePath : null,
        emitPlain,
        ...this.#limits,
      },
    });
    if ('bytes' in source) {
      const pump = async (): Promise<void> => {
        for await (const chunk of source.bytes) {
          if (finished) return;
          const copy = new Uint8Array(chunk);
          inFlight += copy.length;
          send({ type: 'bytes', bytes: copy }, [copy.buffer]);
          while (inFlight > INPUT_WINDOW && !hasFinished()) {
            await new Promise<void>((go) => (wake = go));
          }
        }
        send({ type: 'end' });
      };
      pump().catch(fail);
    }
    return { plain, digests };
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    for (const { worker, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      await worker.terminate();
    }
    for (const worker of [...this.#busy]) await this.#end(worker);
  }

  #take(): Worker {
    const kept = this.#idle.pop();
    if (kept !== undefined) clearTimeout(kept.timer);
    const worker = kept?.worker ?? new Worker(new URL(WORKER, import.meta.url));
    worker.ref();
    this.#busy.add(worker);
    return worker;
  }

  #release(worker: Worker): void {
    worker.removeAllListeners('message');
    worker.removeAllListeners('error');
    worker.unref();
    this.#busy.delete(worker);
    const timer = setTimeout(() => {
      const index = this.#idle.findIndex((kept) => kept.worker === worker);
      if (index >= 0) this.#idle.splice(index, 1);
      void worker.terminate();
    }, IDLE_TIME);
    timer.unref();
    this.#idle.push({ worker, timer });
  }

  async #end(worker: Worker): Promise<void> {
    worker.removeAllListeners('message');
    this.#busy.delete(worker);
    await worker.terminate();
  }
}

function failure(message: string, code: string): EngineError {
  if (code === 'ENOSPC' || code === 'EDQUOT') return new EngineError('internal', 'no space left on device');
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    return new EngineError('invalid', `the layer's compressed data is damaged: ${message}`);
  return new EngineError('invalid', message);
}
