import type { BuildOutput, BuildSummary, BuildUpdate } from '../../contract/builds.ts';
import { ClassicSteps } from './classic-steps.ts';
import { problemOf, summarized } from './problem.ts';

/** Characters of output kept of one build. */
const OUTPUT_MAX = 2 * 1024 * 1024;

/** A build that was started here, as far as the answer of `POST /build` tells of it. */
export class OwnBuild {
  readonly ref: string;
  readonly title: string;
  readonly controller = new AbortController();
  readonly #createdAt = Date.now();
  readonly #steps = new ClassicSteps();
  readonly #output: BuildOutput[] = [];
  readonly #listeners = new Set<(update: BuildUpdate) => void>();
  #outputSize = 0;
  #completedAt: number | null = null;
  #error = '';
  #image = '';
  #wasStopped = false;

  constructor(ref: string, title: string) {
    this.ref = ref;
    this.title = title;
  }

  get isRunning(): boolean {
    return this.#completedAt === null;
  }

  get summary(): BuildSummary {
    const { steps, total } = this.#steps;
    return {
      ref: this.ref,
      title: this.title,
      status: this.isRunning ? 'running' : this.#wasStopped ? 'canceled' : this.#error === '' ? 'completed' : 'failed',
      createdAt: this.#createdAt,
      completedAt: this.#completedAt,
      error: summarized(this.#error),
      total: Math.max(total, steps.length),
      completed: steps.filter(({ completed }) => completed !== null).length,
      cached: steps.filter(({ cached }) => cached).length,
      warnings: 0,
      image: this.#image,
    };
  }

  get problem(): ReturnType<typeof problemOf> {
    return problemOf(this.#error);
  }

  get whole(): BuildUpdate {
    return { steps: this.#steps.steps, output: [...this.#output] };
  }

  /** Told of what happens from now on. Returns what ends that. */
  subscribe(listener: (update: BuildUpdate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends it. */
  cancel(): void {
    this.#wasStopped = this.isRunning;
    this.controller.abort();
  }

  print(text: string): void {
    this.#tell(this.#steps.push(text, Date.now()));
  }

  made(image: string): void {
    this.#image = image;
  }

  /** It has ended; `error` is empty when it went well. */
  end(error: string): void {
    this.#error = error;
    this.#completedAt = Date.now();
    this.#tell(this.#steps.end(summarized(error), this.#completedAt));
  }

  #tell(update: BuildUpdate): void {
    for (const piece of update.output) {
      this.#outputSize += piece.text.length;
      if (this.#outputSize <= OUTPUT_MAX) this.#output.push(piece);
    }
    for (const listener of this.#listeners) listener(update);
  }
}
