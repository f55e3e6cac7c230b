import type { BuildOutput, BuildStep, BuildUpdate } from '../../contract/builds.ts';

/** A line that begins a step. */
const BEGIN = /^Step (\d+)\/(\d+) : ([^]*)$/;
/** What docker's classic builder says of a step itself, which is none of the step's output. */
const REMARK = /^ ---> |^Removing intermediate container |^Successfully (?:built|tagged) /;

/** Steps of a build from the stream of `POST /build`, which is all that engines tell who keep no builds. */
export class ClassicSteps {
  readonly #steps = new Map<string, BuildStep>();
  readonly #stages: string[] = [];
  #current: BuildStep | null = null;
  #pending = '';

  /** How many steps there will be; 0 before the first has begun. */
  total = 0;

  get steps(): readonly BuildStep[] {
    return [...this.#steps.values()];
  }

  /** Takes some more of the stream, cut anywhere. */
  push(text: string, now: number): BuildUpdate {
    const lines = (this.#pending + text).split(/(?<=\n)/);
    this.#pending = lines.at(-1)?.endsWith('\n') === false ? (lines.pop() ?? '') : '';
    const changed = new Map<string, BuildStep>();
    const output: BuildOutput[] = [];
    for (const line of lines) this.#line(line, now, changed, output);
    return { steps: [...changed.values()], output };
  }

  /** The build has ended, with `error` if that is not empty. */
  end(error: string, now: number): BuildUpdate {
    const changed = new Map<string, BuildStep>();
    const output: BuildOutput[] = [];
    if (this.#pending !== '') this.#line(`${this.#pending}\n`, now, changed, output);
    this.#pending = '';
    if (this.#current !== null) this.#put({ ...this.#current, completed: now, error }, changed);
    this.#current = null;
    return { steps: [...changed.values()], output };
  }

  #line(line: string, now: number, changed: Map<string, BuildStep>, output: BuildOutput[]): void {
    const [begins, number = '', total = '', instruction = ''] = BEGIN.exec(line.trimEnd()) ?? [];
    if (begins !== undefined) {
      this.total = Number(total);
      const before = this.#current;
      if (before !== null) this.#put({ ...before, completed: now }, changed);
      const isFirst = /^from\s/i.test(instruction);
      if (isFirst) this.#stages.push(/\sas\s+(\S+)\s*$/i.exec(instruction)?.[1] ?? `stage-${this.#stages.length}`);
      this.#put(
        {
          id: number,
          stage: this.#stages.at(-1) ?? '',
          text: instruction,
          inputs: this.#inputsOf(instruction, isFirst ? null : before),
          started: now,
          completed: null,
          cached: false,
          error: '',
        },
        changed,
      );
      return;
    }
    if (this.#current === null) return;
    if (line.startsWith(' ---> Using cache')) this.#put({ ...this.#current, cached: true }, changed);
    else if (!REMARK.test(line)) output.push({ step: this.#current.id, time: now, stream: 1, text: line });
  }

  /** The step before it in its stage, and the last of the stages that it names. */
  #inputsOf(instruction: string, before: BuildStep | null): string[] {
    const named =
      /^from\s+(?:--\S+\s+)*(\S+)/i.exec(instruction)?.[1] ?? /\s--from=(\S+)/i.exec(instruction)?.[1] ?? '';
    const stage = this.#stages[Number(named === '' ? Number.NaN : named)] ?? named.toLowerCase();
    const last = this.steps.filter((step) => step.stage.toLowerCase() === stage).at(-1);
    return [...(before === null ? [] : [before.id]), ...(last === undefined ? [] : [last.id])];
  }

  #put(step: BuildStep, changed: Map<string, BuildStep>): void {
    this.#current = step;
    this.#steps.set(step.id, step);
    changed.set(step.id, step);
  }
}
