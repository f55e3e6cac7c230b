import type { BuildPlan } from './builder.ts';
import type { Vertex } from './plan/vertex.ts';
import type { StepEvent } from './solve/progress.ts';

interface StepState {
  readonly output: string[];
  started: boolean;
  finished: boolean;
  cached: boolean;
  failed: boolean;
}

interface Line {
  readonly head: string;
  readonly vertex: Vertex | null;
  /** What makes it is shown at an instruction before: a stage that begins with another one. */
  readonly isTold: boolean;
  headed: boolean;
  shown: number;
}

/**
 * A build in the words of `docker build`: `Step 2/5 : RUN make`. Steps that run side by side are shown one after the
 * other: what a later one says is held back until it is its turn.
 */
export class ClassicOutput {
  readonly #write: (text: string) => void;
  readonly #states = new Map<Vertex, StepState>();
  #plan: BuildPlan | null = null;
  #lines: Line[] = [];
  #at = 0;
  #showing: Promise<void> = Promise.resolve();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  plan(plan: BuildPlan): void {
    this.#plan = plan;
    const all = plan.stages.flatMap(({ steps }) => steps);
    const told = new Set<Vertex>();
    this.#lines = all.map(({ text, vertex }, index) => ({
      head: `Step ${index + 1}/${all.length} : ${text}\n`,
      vertex,
      isTold: isTold(told, vertex),
      headed: false,
      shown: 0,
    }));
    this.#advance();
  }

  step(vertex: Vertex, event: StepEvent): void {
    const state = this.#state(vertex);
    if (event.type === 'started') state.started = true;
    else if (event.type === 'output') state.output.push(event.bytes.toString());
    else {
      state.finished = true;
      state.cached = event.cached;
      state.failed = event.error !== '';
    }
    this.#advance();
  }

  #state(vertex: Vertex): StepState {
    const known = this.#states.get(vertex);
    if (known !== undefined) return known;
    const state = { output: [], started: false, finished: false, cached: false, failed: false };
    this.#states.set(vertex, state);
    return state;
  }

  #advance(): void {
    this.#showing = this.#showing.then(() => this.#show());
  }

  async #show(): Promise<void> {
    for (let line = this.#lines[this.#at]; line !== undefined; line = this.#lines[this.#at]) {
      if (!(await this.#showLine(line))) return;
      this.#at += 1;
    }
  }

  /** False when the step is not done yet. */
  async #showLine(line: Line): Promise<boolean> {
    const { vertex } = line;
    if (!line.headed) {
      line.headed = true;
      this.#write(line.head);
    }
    // A setting is done at once, on whatever is below it.
    if (vertex === null) {
      await this.#showId(this.#below());
      return true;
    }
    const state = this.#state(this.#maker(vertex));
    if (!line.isTold && state.output.length > line.shown) {
      this.#write(state.output.slice(line.shown).join(''));
      line.shown = state.output.length;
    }
    if (!state.finished || state.failed) return false;
    if (state.cached && vertex.kind !== 'base' && !line.isTold) this.#write(' ---> Using cache\n');
    await this.#showId(vertex);
    return true;
  }

  /** Of a link it is the node above that does the work. */
  #maker(vertex: Vertex): Vertex {
    return vertex.kind === 'link' ? vertex.above : vertex;
  }

  #below(): Vertex | null {
    for (let index = this.#at - 1; index >= 0; index -= 1) {
      const vertex = this.#lines[index]?.vertex ?? null;
      if (vertex !== null) return vertex;
    }
    return null;
  }

  async #showId(vertex: Vertex | null): Promise<void> {
    const id = vertex === null ? '' : await this.#plan?.layerId(vertex).catch(() => '');
    this.#write(` ---> ${id ?? ''}\n`);
  }

  /** Resolves when all that can be shown is; after a failure also what the failed step said. */
  async finish(failed: Vertex | null): Promise<void> {
    this.#advance();
    await this.#showing;
    if (failed === null) return;
    const index = this.#lines.findIndex(({ vertex }) => vertex !== null && this.#maker(vertex) === failed);
    const line = this.#lines[index];
    if (line === undefined || index < this.#at) return;
    if (!line.headed) this.#write(line.head);
    const output = this.#states.get(failed)?.output ?? [];
    this.#write(output.slice(line.shown).join(''));
  }
}

/** Whether a node was met before; from then on it was. */
function isTold(told: Set<Vertex>, vertex: Vertex | null): boolean {
  if (vertex === null) return false;
  const known = told.has(vertex);
  told.add(vertex);
  return known;
}
