import type { StoredLayer } from '../../images/content.ts';
import { chainIds } from '../../store/digest.ts';
import type { Slots } from '../../store/slots.ts';
import type { CachedStep } from '../cache/records.ts';
import { explained } from '../explained-error.ts';
import { inputsOf, readsContext, type Operation, type Place, type Vertex } from '../plan/vertex.ts';
import { definitionOf, keyOf } from './keys.ts';
import type { BuildProgress, StepEvent } from './progress.ts';
import type { SharedWork } from './shared-work.ts';

/** What a filesystem is made of, and when its topmost layer was made. */
export interface Snapshot {
  /** Lowest first. */
  readonly layers: readonly StoredLayer[];
  /** RFC 3339; '' for that of a base image. */
  readonly created: string;
  /** Whether the last step has a layer of its own. */
  readonly hasLayer: boolean;
}

/** What an operation works on besides the layers below. */
export interface ContentKey {
  readonly key: string;
  /** Inputs whose files count in it, so that it is all the same what they are made of. */
  readonly covers: readonly Vertex[];
}

/** Does what cannot be had from the cache. */
export interface Executor {
  /** Null when an operation's definition and its inputs say all. `inputs` are the layers of its inputs, made if need be. */
  contentKey(
    operation: Operation,
    place: Place,
    inputs: () => Promise<readonly (readonly StoredLayer[])[]>,
  ): Promise<ContentKey | null>;
  /** Runs an operation on layers. Returns the layer it made, or null when it changed nothing. */
  execute(
    operation: Operation,
    place: Place,
    below: readonly StoredLayer[],
    inputs: readonly (readonly StoredLayer[])[],
    onOutput: (stream: 1 | 2, bytes: Buffer) => void,
    signal: AbortSignal,
  ): Promise<StoredLayer | null>;
  /** Puts layers that were made apart one over the other. */
  stack(layers: readonly StoredLayer[]): Promise<void>;
  layersOf(vertex: Extract<Vertex, { kind: 'base' }>): readonly StoredLayer[];
  hold(layers: readonly StoredLayer[]): void;
  /** RFC 3339: the time that a new layer gets. */
  now(): string;
}

/** Where results come from that need not be made. */
export interface StepCache {
  /** The key that a step of this definition had, if its result can be had. */
  aliased(alias: string): string | null;
  /** A result with its layers in the store. */
  find(key: string): CachedStep | null | Promise<CachedStep | null>;
  /** Remembers a result; `alias` is the definition from which its key is found without looking at contents. */
  put(step: CachedStep, alias: string | null): CachedStep;
}

export interface SolverParts {
  readonly cache: StepCache;
  readonly shared: SharedWork<CachedStep, StepEvent>;
  readonly executor: Executor;
  readonly progress: BuildProgress;
  /** RUNs of all builds at a time. */
  readonly slots: Slots;
  readonly signal: AbortSignal;
  /** Whether a step is to be made anew. */
  readonly ignoresCache: (place: Place) => boolean;
}

/** Finds the results of a graph's nodes: keys first, and what no cached result covers is run, side by side where it can be. */
export class Solver {
  readonly #parts: SolverParts;
  readonly #keys = new Map<Vertex, Promise<string>>();
  readonly #snapshots = new Map<Vertex, Promise<Snapshot>>();
  readonly #aliases = new Map<Vertex, string>();
  readonly #told = new Set<Vertex>();
  /** What this build has begun; others may wait for it longer than this one does. */
  readonly #works: Promise<unknown>[] = [];
  readonly #failures = new WeakMap<object, Place>();
  readonly #cached = new Set<Vertex>();
  /** Resolves when something had to be run: this build is not in the cache as a whole. */
  readonly #missed = Promise.withResolvers<undefined>();

  constructor(parts: SolverParts) {
    this.#parts = parts;
  }

  /** The key under which a node's result is cached. */
  key(vertex: Vertex): Promise<string> {
    return remembered(this.#keys, vertex, () => this.#placed(vertex, this.#findKey(vertex)));
  }

  /** Nodes with a key of their own that this build has come upon, and their keys; those that failed are left out. */
  async keys(): Promise<ReadonlyMap<Vertex, string>> {
    const known = new Map<Vertex, string>();
    for (const [vertex, key] of this.#keys) {
      const found = await key.catch(() => null);
      if (vertex.kind === 'step' && found !== null) known.set(vertex, found);
    }
    return known;
  }

  /** A node's layers, made if need be. */
  snapshot(vertex: Vertex): Promise<Snapshot> {
    return remembered(this.#snapshots, vertex, () => this.#placed(vertex, this.#make(vertex)));
  }

  /** Where the failure that `error` is happened; null when it was at no instruction. */
  failedAt(error: unknown): Place | null {
    return (typeof error === 'object' && error !== null ? this.#failures.get(error) : undefined) ?? null;
  }

  /** Resolves when nothing is going on any more, whatever became of it. */
  async settled(): Promise<void> {
    const size = (): number => this.#keys.size + this.#snapshots.size + this.#works.length;
    for (let count = -1; count !== size();) {
      count = size();
      await Promise.allSettled([...this.#keys.values(), ...this.#snapshots.values(), ...this.#works]);
    }
  }

  async #placed<T>(vertex: Vertex, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // The first that fails says where: those that wait for it fail of the same error.
      const isKnown = typeof error !== 'object' || error === null || this.#failures.has(error);
      if (!isKnown && vertex.kind !== 'base') {
        this.#failures.set(error, vertex.place);
        // It may not even have begun: what it is to copy is not there.
        if (!this.#parts.signal.aborted)
          this.#tell(vertex, { type: 'finished', time: Date.now(), cached: false, error: explained(error) });
      }
      throw error;
    }
  }

  async #findKey(vertex: Vertex): Promise<string> {
    const { executor, cache, ignoresCache } = this.#parts;
    if (vertex.kind === 'base')
      return keyOf('base', ...chainIds(executor.layersOf(vertex).map(({ diffId }) => diffId)).slice(-1));
    if (vertex.kind === 'link')
      return keyOf('link', ...(await Promise.all([this.key(vertex.parent), this.key(vertex.above)])));
    const { operation, place, parent } = vertex;
    const inputs = inputsOf(operation);
    // Of several COPYs in a row each has to wait for the key of the one before, but not what they copy from: as soon as
    // one stage has to be run, the others that are needed run beside it.
    void this.#missed.promise.then(() => {
      for (const one of inputs) this.snapshot(one).catch(() => undefined);
    });
    const [parentKey, ...inputKeys] = await Promise.all([parent, ...inputs].map((one) => this.key(one)));
    const fast = keyOf('step', parentKey ?? '', definitionOf(operation, inputKeys));
    // What comes from other stages is the same if they are: no need to look at the files.
    const isKnownByInputs = inputs.length > 0 && !readsContext(operation);
    const known = isKnownByInputs && !ignoresCache(place) ? cache.aliased(fast) : null;
    if (known !== null) return known;
    const content = await executor.contentKey(operation, place, () => this.#layersOf(inputs, parent));
    if (content === null) return fast;
    if (isKnownByInputs) this.#aliases.set(vertex, fast);
    const others = inputKeys.filter((_, index) => !content.covers.some((one) => one === inputs[index]));
    return keyOf('content', parentKey ?? '', definitionOf(operation, others), content.key);
  }

  /** The layers of inputs; those of the parent are made meanwhile, since they will be needed. */
  async #layersOf(inputs: readonly Vertex[], parent: Vertex): Promise<readonly (readonly StoredLayer[])[]> {
    this.snapshot(parent).catch(() => undefined);
    return Promise.all(inputs.map(async (one) => (await this.snapshot(one)).layers));
  }

  async #make(vertex: Vertex): Promise<Snapshot> {
    const { executor, cache, signal, ignoresCache } = this.#parts;
    if (vertex.kind === 'base') {
      const layers = executor.layersOf(vertex);
      this.#tell(vertex, { type: 'finished', time: Date.now(), cached: true, error: '' });
      return { layers, created: '', hasLayer: false };
    }
    if (vertex.kind === 'link') return this.#link(vertex);
    const key = await this.key(vertex);
    const cached = ignoresCache(vertex.place) ? null : await cache.find(key);
    if (cached !== null) {
      executor.hold(cached.layers);
      this.#tellCached(vertex);
      return cached;
    }
    const { operation, place, parent } = vertex;
    const inputs = inputsOf(operation);
    const [below, ...others] = await Promise.all([parent, ...inputs].map((one) => this.snapshot(one)));
    signal.throwIfAborted();
    const layersBelow = below?.layers ?? [];
    const perform = async (stop: AbortSignal, emit: (event: StepEvent) => void): Promise<CachedStep> => {
      // Another build may have ended the same step since it was looked for.
      const made = ignoresCache(vertex.place) ? null : await cache.find(key);
      if (made !== null) {
        emit({ type: 'finished', time: Date.now(), cached: true, error: '' });
        return made;
      }
      emit({ type: 'started', time: Date.now() });
      this.#missed.resolve(undefined);
      try {
        const onOutput = (stream: 1 | 2, bytes: Buffer): void => {
          emit({ type: 'output', stream, bytes: Buffer.from(bytes) });
        };
        const runs = (): Promise<StoredLayer | null> =>
          executor.execute(
            operation,
            place,
            layersBelow,
            others.map(({ layers }) => layers),
            onOutput,
            stop,
          );
        const made = await (operation.kind === 'run' ? this.#parts.slots.run(runs) : runs());
        const step = this.#remember(key, vertex, layersBelow, made);
        emit({ type: 'finished', time: Date.now(), cached: false, error: '' });
        return step;
      } catch (error) {
        emit({ type: 'finished', time: Date.now(), cached: false, error: explained(error) });
        throw error;
      }
    };
    const work = (stop: AbortSignal, emit: (event: StepEvent) => void): Promise<CachedStep> => {
      const performed = perform(stop, emit);
      this.#works.push(performed);
      return performed;
    };
    const onEvent = (event: StepEvent): void => {
      this.#tell(vertex, event);
    };
    // A build that makes everything anew does not take another's work; neither does one whose layers below are others.
    const top = chainIds(layersBelow.map(({ diffId }) => diffId)).at(-1) ?? '';
    const apart = ignoresCache(place) ? ` ${Math.random()}` : '';
    const step = await this.#parts.shared.run(`${key} ${top}${apart}`, signal, onEvent, work);
    executor.hold(step.layers);
    return step;
  }

  #remember(
    key: string,
    vertex: Extract<Vertex, { kind: 'step' }>,
    below: readonly StoredLayer[],
    made: StoredLayer | null,
  ): CachedStep {
    const { cache, executor } = this.#parts;
    const layers = made === null ? below : [...below, made];
    return cache.put(
      {
        key,
        layers,
        type: vertex.operation.kind === 'copy' && vertex.operation.from === null ? 'source.local' : 'regular',
        description: vertex.place.title,
        size: 0,
        created: executor.now(),
        hasLayer: made !== null,
      },
      this.#aliases.get(vertex) ?? null,
    );
  }

  async #link(vertex: Extract<Vertex, { kind: 'link' }>): Promise<Snapshot> {
    const [below, above] = await Promise.all([this.snapshot(vertex.parent), this.snapshot(vertex.above)]);
    const layers = [...below.layers, ...above.layers];
    await this.#parts.executor.stack(layers);
    this.#parts.executor.hold(layers);
    // The files were made by the node above, whose events are this one's.
    const cached = !this.#told.has(vertex.above) || this.#cached.has(vertex.above);
    this.#tell(vertex, { type: 'finished', time: Date.now(), cached, error: '' });
    return { layers, created: above.created, hasLayer: above.hasLayer };
  }

  /** With a node that is cached those below it are, whether or not their own results are still there. */
  #tellCached(vertex: Vertex): void {
    if (this.#told.has(vertex)) return;
    this.#told.add(vertex);
    this.#cached.add(vertex);
    if (vertex.kind !== 'base') {
      this.#tellCached(vertex.parent);
      if (vertex.kind === 'link') this.#tellCached(vertex.above);
      else for (const input of inputsOf(vertex.operation)) this.#tellCached(input);
    }
    this.#parts.progress.step(vertex, { type: 'finished', time: Date.now(), cached: true, error: '' });
  }

  #tell(vertex: Vertex, event: StepEvent): void {
    if (event.type === 'finished') {
      if (this.#told.has(vertex)) return;
      this.#told.add(vertex);
      if (event.cached) this.#cached.add(vertex);
    }
    this.#parts.progress.step(vertex, event);
  }
}

function remembered<T>(map: Map<Vertex, Promise<T>>, vertex: Vertex, make: () => Promise<T>): Promise<T> {
  const known = map.get(vertex);
  if (known !== undefined) return known;
  const made = make();
  made.catch(() => undefined);
  map.set(vertex, made);
  return made;
}
