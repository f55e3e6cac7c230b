import { Worker } from 'node:worker_threads';
import { logPattern } from '../../contract/log-pattern.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { LineRule } from './alert-scanner.ts';
import type { FromMatcher, Scanned, ToMatcher } from './match-messages.ts';

const WORKER = import.meta.url.endsWith('.ts') ? './match-worker.ts' : './match-worker.mjs';
/**
 * As long may 64 kB of a log take, in milliseconds: some thousand times of what an expression takes that does not go
 * astray, for machines that are busy elsewhere.
 */
const LIMIT_MS = 8000;

/** One log that is looked through. */
export interface LogScan {
  /** Takes bytes of the log, or its end. Rejects with `timeout` when an expression takes too long for them. */
  scan(bytes: Uint8Array<ArrayBuffer> | null): Promise<Scanned>;
  close(): void;
}

interface Question {
  readonly resolve: (answer: FromMatcher) => void;
  readonly reject: (error: BridgeError) => void;
  readonly scan: number;
}

/** Throws `invalid` for what is no regular expression. */
export function assertPattern(pattern: string, regex: boolean): void {
  try {
    logPattern(pattern, regex);
  } catch (error) {
    throw new BridgeError('invalid', 'This is not a regular expression.', {
      detail: error instanceof Error ? error.message : String(error),
    });
  }
}

/**
 * Looks for expressions in logs, in a thread of its own. JavaScript's expressions can take longer than anybody lives
 * ("catastrophic backtracking"), and nothing but the end of their thread stops them.
 */
export class Matcher {
  readonly #limitMs: number;
  readonly #worker: Worker;
  readonly #looking = new Int32Array(new SharedArrayBuffer(4));
  readonly #questions = new Map<number, Question>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  /** Until it is, questions wait: a thread takes its time to begin. */
  #isReady = false;
  #broken: BridgeError | null = null;
  /** The scan that took too long, and the rule of it that was tried then. */
  #astray: { readonly scan: LogScan; readonly rule: number } | null = null;
  readonly #scans = new Map<number, LogScan>();

  constructor(limitMs = LIMIT_MS) {
    this.#limitMs = limitMs;
    this.#worker = new Worker(new URL(WORKER, import.meta.url), { workerData: this.#looking.buffer });
    this.#worker.unref();
    this.#worker.on('message', (answer: FromMatcher | 'ready') => {
      if (answer === 'ready') {
        this.#isReady = true;
        this.#watch();
        return;
      }
      this.#questions.get(answer.question)?.resolve(answer);
      this.#questions.delete(answer.question);
      this.#watch();
    });
    this.#worker.on('error', (error: unknown) => {
      this.#break(BridgeError.from(error));
    });
  }

  /** What took too long; null unless something did. */
  get astray(): { readonly scan: LogScan; readonly rule: number } | null {
    return this.#astray;
  }

  /** Begins to search a log. Throws `invalid` for what is no regular expression. */
  search(pattern: string, regex: boolean, context: number): LogScan {
    assertPattern(pattern, regex);
    const scan = (this.#next += 1);
    this.#say({ kind: 'search', scan, pattern, regex, context });
    return this.#scan(scan);
  }

  /** Begins to watch a log for lines that rules mean; their expressions must be right. */
  watch(rules: readonly LineRule[]): LogScan {
    const scan = (this.#next += 1);
    this.#say({ kind: 'watch', scan, rules });
    return this.#scan(scan);
  }

  /** Ends the thread, whatever it does. */
  close(): void {
    this.#break(new BridgeError('cancelled', 'Cancelled.'));
  }

  #scan(scan: number): LogScan {
    const face: LogScan = {
      scan: (bytes) =>
        new Promise((resolve, reject) => {
          if (this.#broken !== null) {
            reject(this.#broken);
            return;
          }
          const question = (this.#next += 1);
          this.#questions.set(question, { resolve, reject, scan });
          if (this.#questions.size === 1) this.#watch();
          this.#say({ kind: 'scan', question, scan, bytes }, bytes === null ? [] : [bytes.buffer]);
        }),
      close: () => {
        this.#scans.delete(scan);
        this.#say({ kind: 'close', scan });
      },
    };
    this.#scans.set(scan, face);
    return face;
  }

  #say(message: ToMatcher, moved: ArrayBuffer[] = []): void {
    if (this.#broken === null) this.#worker.postMessage(message, moved);
  }

  /** From now on the next answer may take its time. */
  #watch(): void {
    clearTimeout(this.#timer);
    // Answers come in the order of the questions: the first is the one that is at work.
    const [first] = this.#questions.values();
    if (first === undefined || !this.#isReady) return;
    this.#timer = setTimeout(() => {
      const scan = this.#scans.get(first.scan);
      if (scan !== undefined) this.#astray = { scan, rule: this.#looking[0] ?? 0 };
      this.#break(
        new BridgeError('timeout', 'The expression takes too long for this log.', {
          hint: 'Repetitions within repetitions, as in (a+)+, are what takes so long.',
        }),
      );
    }, this.#limitMs);
  }

  #break(error: BridgeError): void {
    clearTimeout(this.#timer);
    this.#broken ??= error;
    for (const { reject } of this.#questions.values()) reject(this.#broken);
    this.#questions.clear();
    void this.#worker.terminate();
  }
}
