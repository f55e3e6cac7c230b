import { createHash, randomBytes } from 'node:crypto';
import { messageOf } from '../../errors.ts';
import type { BuildPlan } from '../builder.ts';
import type { LintWarning } from '../dockerfile/lint.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { wholeText } from '../dockerfile/source.ts';
import { ruleDescription, ruleUrl } from '../frontend/lint-rules.ts';
import { inputsOf, type Vertex } from '../plan/vertex.ts';
import type { BuildProgress, BuildTask, StepEvent } from '../solve/progress.ts';

/** One step or task of a build. Times in ms since the epoch; null before it began, or ended. */
export interface TraceVertex {
  /** `sha256:...`, different for every build. */
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly started: number | null;
  readonly completed: number | null;
  readonly cached: boolean;
  readonly error: string;
}

/** A part of a step: how much of how much is done. */
export interface TraceStatus {
  readonly vertex: string;
  readonly id: string;
  readonly current: number;
  readonly total: number;
  readonly time: number;
  readonly started: number;
  readonly completed: number | null;
}

/** What a step's command wrote. */
export interface TraceLog {
  readonly vertex: string;
  readonly time: number;
  readonly stream: 1 | 2;
  readonly bytes: Buffer;
}

/** Something that the Dockerfile should not do. */
export interface TraceWarning {
  readonly vertex: string;
  readonly text: string;
  /** What the rule is about. */
  readonly description: string;
  readonly url: string;
  readonly file: string;
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

/** What happened since the last update. */
export interface TraceUpdate {
  readonly vertexes: readonly TraceVertex[];
  readonly statuses: readonly TraceStatus[];
  readonly logs: readonly TraceLog[];
  readonly warnings: readonly TraceWarning[];
}

/** Bytes of output that are kept of one build for those who look later; what is written beyond is only seen live. */
const LOG_SIZE_MAX = 2 * 1024 * 1024;
/** ms in which what happens is put together into one update. */
const UPDATE_INTERVAL = 15;

/** What happens in a build, for those who watch it and those who come later. */
export class BuildTrace implements BuildProgress {
  readonly #vertexes = new Map<string, TraceVertex>();
  readonly #statuses = new Map<string, TraceStatus>();
  readonly #logs: TraceLog[] = [];
  readonly #warnings: TraceWarning[] = [];
  readonly #digests = new Map<Vertex, string>();
  readonly #names = new Map<Vertex, string>();
  readonly #listeners = new Set<(update: TraceUpdate) => void>();
  readonly #salt = randomBytes(16);
  #logSize = 0;
  #pending = emptyUpdate();
  #timer: NodeJS.Timeout | null = null;
  #count = 0;
  #definition = '';

  /** All so far. */
  get whole(): TraceUpdate {
    return {
      vertexes: [...this.#vertexes.values()],
      statuses: [...this.#statuses.values()],
      logs: [...this.#logs],
      warnings: [...this.#warnings],
    };
  }

  /** Told of all so far at once, and of what follows as it happens. Returns what ends that. */
  subscribe(listener: (update: TraceUpdate) => void): () => void {
    this.flush();
    const whole = this.whole;
    if (!isEmpty(whole)) listener(whole);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells what is pending. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { vertexes, statuses, logs, warnings } = this.#pending;
    if (vertexes.size + statuses.size + logs.length + warnings.length === 0) return;
    this.#pending = emptyUpdate();
    const update = { vertexes: [...vertexes.values()], statuses: [...statuses.values()], logs, warnings };
    for (const listener of this.#listeners) listener(update);
  }

  plan({ stages }: BuildPlan): void {
    for (const { steps, baseTitle } of stages)
      for (const { vertex } of steps)
        if (vertex?.kind === 'base' && vertex.image !== null && !this.#names.has(vertex))
          this.#names.set(vertex, baseTitle);
    for (const { steps } of stages)
      for (const { vertex } of steps) if (vertex !== null) this.#put({ ...this.#vertexOf(vertex) });
  }

  warn(warnings: readonly LintWarning[], { source }: Dockerfile): void {
    for (const { rule, message, span } of warnings) {
      const warning = {
        vertex: this.#definition,
        text: `${rule}: ${message} (line ${span.start})`,
        description: ruleDescription(rule),
        url: ruleUrl(rule),
        file: source.name,
        source: wholeText(source),
        start: span.start,
        end: span.end,
      };
      this.#warnings.push(warning);
      this.#pending.warnings.push(warning);
      this.#later();
    }
  }

  step(vertex: Vertex, event: StepEvent): void {
    // What an empty filesystem is made of is nothing to see.
    if (vertex.kind === 'base' && vertex.image === null) return;
    const known = this.#vertexOf(vertex);
    if (event.type === 'output') {
      this.#log({ vertex: known.digest, time: Date.now(), stream: event.stream, bytes: event.bytes });
      return;
    }
    if (event.type === 'started') {
      this.#put({ ...known, started: event.time });
      return;
    }
    const { time, cached, error } = event;
    this.#put({ ...known, started: known.started ?? time, completed: time, cached, error });
  }

  status(): void {
    // Pulls are tasks here.
  }

  task(title: string): BuildTask {
    const digest = this.#digest();
    if (this.#definition === '' && title.includes('load build definition')) this.#definition = digest;
    const vertex = { digest, name: title, inputs: [], started: null, completed: null, cached: false, error: '' };
    return {
      run: async (work) => {
        const started = Date.now();
        this.#put({ ...vertex, started });
        try {
          const result = await work();
          this.#put({ ...vertex, started, completed: Date.now() });
          return result;
        } catch (error) {
          this.#put({ ...vertex, started, completed: Date.now(), error: messageOf(error) });
          throw error;
        }
      },
      part: (name, current, total, isDone) => {
        const time = Date.now();
        const key = `${digest} ${name}`;
        const started = this.#statuses.get(key)?.started ?? time;
        const completed = isDone ? time : null;
        const status = { vertex: digest, id: name, current, total, time, started, completed };
        this.#statuses.set(key, status);
        this.#pending.statuses.set(key, status);
        this.#later();
      },
    };
  }

  #digest(): string {
    this.#count += 1;
    return `sha256:${createHash('sha256').update(this.#salt).update(String(this.#count)).digest('hex')}`;
  }

  #vertexOf(vertex: Vertex): TraceVertex {
    // Of a link it is the node above that does the work.
    const maker = vertex.kind === 'link' ? vertex.above : vertex;
    const digest = this.#digests.get(maker) ?? this.#digest();
    this.#digests.set(maker, digest);
    const known = this.#vertexes.get(digest);
    if (known !== undefined) return known;
    const name = maker.kind === 'base' ? (this.#names.get(maker) ?? titleOf(maker)) : maker.place.title;
    const below = maker.kind === 'step' ? [maker.parent, ...inputsOf(maker.operation)] : [];
    const inputs = below
      .filter((one) => one.kind !== 'base' || one.image !== null)
      .map((one) => this.#vertexOf(one).digest);
    const made = { digest, name, inputs, started: null, completed: null, cached: false, error: '' };
    this.#vertexes.set(digest, made);
    return made;
  }

  #put(vertex: TraceVertex): void {
    this.#vertexes.set(vertex.digest, vertex);
    this.#pending.vertexes.set(vertex.digest, vertex);
    this.#later();
  }

  #log(log: TraceLog): void {
    this.#pending.logs.push(log);
    this.#later();
    if (this.#logSize + log.bytes.length > LOG_SIZE_MAX) return;
    this.#logSize += log.bytes.length;
    this.#logs.push(log);
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, UPDATE_INTERVAL);
  }
}

function titleOf(vertex: Extract<Vertex, { kind: 'base' }>): string {
  return vertex.image === null ? 'FROM scratch' : `FROM ${vertex.image.id}`;
}

function emptyUpdate(): {
  vertexes: Map<string, TraceVertex>;
  statuses: Map<string, TraceStatus>;
  logs: TraceLog[];
  warnings: TraceWarning[];
} {
  return { vertexes: new Map(), statuses: new Map(), logs: [], warnings: [] };
}

function isEmpty({ vertexes, statuses, logs, warnings }: TraceUpdate): boolean {
  return vertexes.length + statuses.length + logs.length + warnings.length === 0;
}
