import { Worker } from 'node:worker_threads';
import type { LogMatch } from '../../contract/log-search.ts';
import { logPattern } from '../../contract/log-pattern.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { FromMatcher, ToMatcher } from './match-messages.ts';

const WORKER = import.meta.url.endsWith('.ts') ? './match-worker.ts' : './match-worker.mjs';
/** As long may 64 kB of a log take, in milliseconds: a thousand times of what an expression takes that does not go astray. */
const LIMIT_MS = 3000;

/** One log that is searched. */
export interface LogScan {
  /** Takes bytes of the log, or its end. Rejects with `timeout` when the expression takes too long for them. */
  scan(
    bytes: Uint8Array<ArrayBuffer> | null,
  ): Promise<{ readonly matches: readonly LogMatch[]; readonly lines: number }>;
  close(): void;
}

interface Question {
  readonly resolve: (answer: FromMatcher) => void;
  readonly reject: (error: BridgeError) => void;
}

/**
 * Looks for one expression in logs, in a thread of its own. JavaScript's expressions can take longer than anybody lives
 * ("catastrophic backtracking"), and nothing but the end of their thread stops them.
 */
export class Matcher {
  readonly #pattern: string;
  readonly #regex: boolean;
  readonly #limitMs: number;
  readonly #worker: Worker;
  readonly #questions = new Map<number, Question>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #broken: BridgeError | null = null;

  /** Throws `invalid` for what is no regular expression. */
  constructor(pattern: string, regex: boolean, limitMs = LIMIT_MS) {
    try {
      logPattern(pattern, regex);
    } catch (error) {
      throw new BridgeError('invalid', 'This is not a regular expression.', {
        detail: error instanceof Error ? error.message : String(error),
      });
    }
    this.#pattern = pattern;
    this.#regex = regex;
    this.#limitMs = limitMs;
    this.#worker = new Worker(new URL(WORKER, import.meta.url));
    this.#worker.unref();
    this.#worker.on('message', (answer: FromMatcher) => {
      this.#questions.get(answer.question)?.resolve(answer);
      this.#questions.delete(answer.question);
      this.#watch();
    });
    this.#worker.on('error', (error: unknown) => {
      this.#break(BridgeError.from(error));
    });
  }

  /** Begins with another log. */
  open(context: number): LogScan {
    const scan = (this.#next += 1);
    this.#say({ kind: 'open', scan, pattern: this.#pattern, regex: this.#regex, context });
    return {
      scan: (bytes) =>
        new Promise((resolve, reject) => {
          if (this.#broken !== null) {
            reject(this.#broken);
            return;
          }
          const question = (this.#next += 1);
          this.#questions.set(question, { resolve, reject });
          if (this.#questions.size === 1) this.#watch();
          this.#say({ kind: 'scan', question, scan, bytes }, bytes === null ? [] : [bytes.buffer]);
        }),
      close: () => {
        this.#say({ kind: 'close', scan });
      },
    };
  }

  /** Ends the thread, whatever it does. */
  close(): void {
    this.#break(new BridgeError('cancelled', 'Cancelled.'));
  }

  #say(message: ToMatcher, moved: ArrayBuffer[] = []): void {
    if (this.#broken === null) this.#worker.postMessage(message, moved);
  }

  /** From now on the next answer may take its time. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#questions.size === 0) return;
    this.#timer = setTimeout(() => {
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
