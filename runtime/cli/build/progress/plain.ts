import { BuildSteps, secondsText, type BuildDisplay, type BuildStatus, type ShownStep } from './status.ts';

/** A line for everything that happens, under the number of its step, as `docker build --progress=plain` has it. */
export class PlainDisplay implements BuildDisplay {
  readonly #write: (text: string) => void;
  readonly #steps = new BuildSteps();
  readonly #shown = new Map<ShownStep, number>();
  readonly #over = new Set<ShownStep>();
  readonly #named = new Set<ShownStep>();
  #last: ShownStep | null = null;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  update(status: BuildStatus): void {
    for (const step of this.#steps.take(status)) this.#show(step);
    for (const { short, url } of status.warnings ?? [])
      this.#write(` ! ${Buffer.from(short, 'base64').toString()} (${url})\n`);
  }

  #show(step: ShownStep): void {
    if (this.#over.has(step) || (step.started === null && !step.cached)) return;
    if (this.#last !== step) {
      if (this.#last !== null) this.#write('\n');
      this.#write(`#${step.number} ${step.name}${this.#named.has(step) ? ' (continued)' : ''}\n`);
      this.#named.add(step);
      this.#last = step;
    }
    const isOver = step.completed !== null;
    const lines =
      isOver && step.partial !== '' ? [...step.lines, { time: step.completed, text: step.partial }] : step.lines;
    for (const { time, text } of lines.slice(this.#shown.get(step) ?? 0)) {
      const seconds = (Math.max(0, (time ?? 0) - (step.started ?? 0)) / 1000).toFixed(3);
      this.#write(`#${step.number} ${seconds} ${text}\n`);
    }
    this.#shown.set(step, lines.length);
    if (!isOver) return;
    this.#over.add(step);
    for (const [name, { isDone }] of step.parts) this.#write(`#${step.number} ${name}${isDone ? ' done' : ''}\n`);
    const time = secondsText(step.started, step.completed);
    this.#write(
      `#${step.number} ${step.error === '' ? (step.cached ? 'CACHED' : `DONE ${time}`) : `ERROR: ${step.error.split('\n')[0] ?? ''}`}\n`,
    );
  }

  finish(): void {
    if (this.#last !== null) this.#write('\n');
  }
}
