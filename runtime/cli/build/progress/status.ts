/** What happens in a build, as BuildKit's clients write it with `--progress=rawjson`. Times are RFC 3339. */
export interface BuildStatus {
  readonly vertexes?: readonly {
    readonly digest: string;
    readonly name: string;
    readonly started?: string;
    readonly completed?: string;
    readonly cached?: boolean;
    readonly error?: string;
  }[];
  readonly statuses?: readonly {
    readonly id: string;
    readonly vertex: string;
    readonly total: number;
    readonly current: number;
    readonly completed?: string;
  }[];
  readonly logs?: readonly {
    readonly vertex: string;
    /** base64 */
    readonly data: string;
    readonly timestamp: string;
  }[];
  readonly warnings?: readonly { readonly short: string; readonly url: string }[];
}

/** Shows what happens in a build as it happens. */
export interface BuildDisplay {
  update(status: BuildStatus): void;
  /** No more comes. */
  finish(): void;
}

/** One step as it is shown. Times in ms since the epoch; null before it began, or ended. */
export interface ShownStep {
  readonly number: number;
  readonly name: string;
  started: number | null;
  completed: number | null;
  cached: boolean;
  error: string;
  /** What its command wrote, whole lines. */
  readonly lines: { readonly time: number; readonly text: string }[];
  /** The beginning of a line whose end has not come. */
  partial: string;
  readonly parts: Map<string, { readonly current: number; readonly total: number; readonly isDone: boolean }>;
}

/** All steps of a build, by what was told of them. */
export class BuildSteps {
  readonly #steps = new Map<string, ShownStep>();

  get all(): readonly ShownStep[] {
    return [...this.#steps.values()];
  }

  /** Takes an update in. Returns the steps that it says something new of. */
  take({ vertexes = [], statuses = [], logs = [] }: BuildStatus): ReadonlySet<ShownStep> {
    const changed = new Set<ShownStep>();
    for (const { digest, name, started, completed, cached, error } of vertexes) {
      const step = this.#step(digest, name);
      if (step === null) continue;
      step.started = started === undefined ? null : Date.parse(started);
      step.completed = completed === undefined ? null : Date.parse(completed);
      step.cached = cached === true;
      step.error = error ?? '';
      if (step.started !== null || step.cached) changed.add(step);
    }
    for (const { id, vertex, current, total, completed } of statuses) {
      const step = this.#step(vertex, null);
      if (step === null) continue;
      step.parts.set(id, { current, total, isDone: completed !== undefined });
      changed.add(step);
    }
    for (const { vertex, data, timestamp } of logs) {
      const step = this.#step(vertex, null);
      if (step === null) continue;
      const time = Date.parse(timestamp);
      const lines = (step.partial + Buffer.from(data, 'base64').toString()).split('\n');
      step.partial = lines.pop() ?? '';
      for (const text of lines) step.lines.push({ time, text: text.replace(/\r+$/, '').replace(/^.*\r/, '') });
      changed.add(step);
    }
    return changed;
  }

  #step(digest: string, name: string | null): ShownStep | null {
    const known = this.#steps.get(digest);
    if (known !== undefined || name === null) return known ?? null;
    const step: ShownStep = {
      number: this.#steps.size + 1,
      name,
      started: null,
      completed: null,
      cached: false,
      error: '',
      lines: [],
      partial: '',
      parts: new Map(),
    };
    this.#steps.set(digest, step);
    return step;
  }
}

/** Seconds from one time to another, as they are shown: `1.2s`. */
export function secondsText(from: number | null, to: number | null): string {
  return `${(Math.max(0, (to ?? 0) - (from ?? to ?? 0)) / 1000).toFixed(1)}s`;
}
