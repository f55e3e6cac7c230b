import type { BuildOutput } from '../../../runtime/contract/builds.ts';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { Signal } from '../logs/signal.ts';

/** What the steps of a build wrote: all of it in one log, and each step's in one of its own. */
export class BuildLog {
  readonly all = new LogBuffer();
  readonly changed = new Signal();
  readonly #steps = new Map<string, LogBuffer>();
  /** What came of a line that has not ended yet, by step and stream, with when it began. */
  readonly #open = new Map<string, { readonly step: string; readonly mark: string; text: string; time: number }>();

  /** The log of a step; empty for one that wrote nothing. */
  of(step: string): LogBuffer {
    const known = this.#steps.get(step) ?? new LogBuffer();
    this.#steps.set(step, known);
    return known;
  }

  /** Takes pieces in order; `nameOf` is what a line of a step begins with in the log of all. */
  push(output: readonly BuildOutput[], nameOf: (step: string) => string): void {
    for (const { step, stream, time, text } of output) {
      const key = `${String(stream)} ${step}`;
      const open = this.#open.get(key) ?? { step, mark: stream === 2 ? '\x02' : '\x01', text: '', time };
      if (open.text === '') open.time = time;
      const lines = (open.text + text).split('\n');
      open.text = lines.pop() ?? '';
      this.#open.set(key, open);
      this.#append(open, lines, nameOf(step));
    }
  }

  /** There is no more to come: lines without an end are lines. */
  end(nameOf: (step: string) => string): void {
    for (const open of this.#open.values()) if (open.text !== '') this.#append(open, [open.text], nameOf(open.step));
    this.#open.clear();
  }

  #append(
    { step, mark, time }: { readonly step: string; readonly mark: string; readonly time: number },
    lines: readonly string[],
    name: string,
  ): void {
    if (lines.length === 0) return;
    const head = `${mark}${new Date(time).toISOString()} `;
    this.of(step).append(lines.map((line) => `${head}${line}`));
    this.all.append(lines.map((line) => `${head}${name === '' ? '' : `${name}: `}${line}`));
  }
}
