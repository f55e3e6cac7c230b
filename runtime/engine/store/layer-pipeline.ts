import { Worker } from 'node:worker_threads';
import { EngineError } from '../errors.ts';
import { LaunchError, type AppliedLayer } from '../launcher/types.ts';
import type { FromWorker, LayerDigests, LayerJob, LayerOutcome, LayerSink, ToWorker } from './layer-messages.ts';

/** Where a layer's bytes come from: a stored file, or a stream (which is also written to a new file). */
export type LayerSource =
  | { readonly readPath: string }
  | {
      readonly bytes: AsyncIterable<Uint8Array>;
      readonly writePath: string;
      /** Nobody else reads the pieces again, so that their memory may go to the thread that takes the layer. */
      readonly isHandedOver?: true;
    };

/** A layer that was read to its end. */
export interface LayerResult {
  readonly digests: LayerDigests;
  /** What came of unpacking it, which fails apart: the layer is stored all the same. null when nobody unpacked it. */
  readonly applied: AppliedLayer | LaunchError | null;
}

/** A layer on its way. */
export interface LayerRun {
  /** Rejects on a damaged stream, a full disk or `cancel`, once nobody writes anything of the layer any more. */
  readonly result: Promise<LayerResult>;
  /** Gives it up for this reason. */
  cancel(reason: Error): void;
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

  /**
   * Takes one layer through: stored as the source says, hashed, and unpacked by whoever listens at the sink. The archive
   * goes there from the thread itself, so that a pull does not keep the engine from answering others.
   */
  run(source: LayerSource, sink: LayerSink | null): LayerRun {
    const worker = this.#take();
    const send = (message: ToWorker, transfer: ArrayBuffer[] = []): void => {
      worker.postMessage(message, transfer);
    };
    let finished = false;
    let givenUp: Error | null = null;
    // A call, since the compiler does not see that other callbacks set them meanwhile.
    const isOver = (): boolean => finished || givenUp !== null;
    let inFlight = 0;
    let wake: () => void = () => undefined;
    const { promise: result, resolve, reject } = Promise.withResolvers<LayerResult>();
    result.catch(() => undefined);
    const fail = (error: unknown): void => {
      if (finished) return;
      finished = true;
      reject(error);
      wake();
    };
    // Its own end is awaited, since the launcher may still be writing.
    const cancel = (reason: Error): void => {
      if (isOver()) return;
      givenUp = reason;
      send({ type: 'cancel' });
      wake();
    };

    worker.on('message', (message: FromWorker) => {
      if (message.type === 'took') {
        inFlight -= message.count;
        wake();
      } else if (message.type === 'failed') {
        void this.#end(worker); // Bytes may still be on their way to it.
        fail(givenUp ?? failure(message.message, message.code));
      } else {
        this.#release(worker);
        finished = true;
        resolve({ digests: message, applied: appliedOf(message.outcome) });
      }
    });
    worker.on('error', (error) => {
      void this.#end(worker);
      fail(givenUp ?? error);
    });

    send({
      type: 'start',
      job: {
        readPath: 'readPath' in source ? source.readPath : null,
        writePath: 'writePath' in source ? source.writePath : null,
        sink,
        ...this.#limits,
      },
    });
    if ('bytes' in source) {
      const pump = async (): Promise<void> => {
        for await (const chunk of source.bytes) {
          if (isOver()) return;
          const own = source.isHandedOver === true && isAlone(chunk) ? chunk : new Uint8Array(chunk);
          inFlight += own.length;
          send({ type: 'bytes', bytes: own }, [own.buffer]);
          while (inFlight > INPUT_WINDOW && !isOver()) {
            await new Promise<void>((go) => (wake = go));
          }
        }
        send({ type: 'end' });
      };
      pump().catch((error: unknown) => {
        cancel(error instanceof Error ? error : new Error(String(error)));
      });
    }
    return { result, cancel };
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

/** Whether nothing else can lie in the memory of these bytes. */
function isAlone(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}

function appliedOf(outcome: LayerOutcome): LayerResult['applied'] {
  if ('applied' in outcome) return outcome.applied;
  if ('nobody' in outcome) return null;
  const { kind, message, errno } = outcome.refusal;
  return new LaunchError(kind, message, errno);
}

function failure(message: string, code: string): EngineError {
  if (code === 'ENOSPC' || code === 'EDQUOT') return new EngineError('internal', 'no space left on device');
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    return new EngineError('invalid', `the layer's compressed data is damaged: ${message}`);
  return new EngineError('invalid', message);
}
