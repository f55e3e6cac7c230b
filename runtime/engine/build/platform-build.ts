import { randomUUID } from 'node:crypto';
import { EngineError, messageOf } from '../errors.ts';
import { hostPlatform } from '../images/platform.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { KeyedLock } from '../store/keyed-lock.ts';
import type { Slots } from '../store/slots.ts';
import type { Lease } from '../store/leases.ts';
import { billOfMaterials } from './attest/sbom.ts';
import { provenance, type Predicate } from './attest/provenance.ts';
import { fetchedLayout, type FetchedSource } from './attest/fetched-source.ts';
import { runFacts } from './attest/run-facts.ts';
import { BaseImages } from './base-images.ts';
import type { CachedStep } from './cache/records.ts';
import type { CombinedCache } from './cache/remote/build-cache.ts';
import { inlineCache } from './cache/remote/export.ts';
import { CHECK_ARG, checkSettings } from './dockerfile/check-settings.ts';
import { violation } from './frontend/linted-text.ts';
import { counted, ofStages, type LintWarning } from './dockerfile/lint.ts';
import type { Dockerfile } from './dockerfile/parse.ts';
import { DockerfileError, excerpt, wholeText, type SourceFile } from './dockerfile/source.ts';
import { explained } from './explained-error.ts';
import { BuildExecutor, type ExecutorParts } from './execute/executor.ts';
import { RunFailure } from './execute/run.ts';
import { draftOf } from './export/draft.ts';
import type { BuiltImage } from './export/exporter.ts';
import { squashed } from './export/squash.ts';
import { layoutImage } from './layout-images.ts';
import type { LinkedImages } from './linked-builds.ts';
import { namedContext } from './plan/named-contexts.ts';
import { neededPaths } from './plan/needed-paths.ts';
import { sourceDateEpoch, type BuildOptions } from './plan/options.ts';
import { BuildPlanner, type PlannedStage } from './plan/planner.ts';
import type { Place, Vertex } from './plan/vertex.ts';
import { wantsInlineCache } from './remote-caches.ts';
import type { BuildProgress, StepEvent } from './solve/progress.ts';
import type { SharedWork } from './solve/shared-work.ts';
import { Solver } from './solve/solver.ts';
import type { BuildSource } from './source.ts';
import type { FileTree } from './tree/file-tree.ts';

export interface BuildPlan {
  readonly target: PlannedStage;
  readonly stages: readonly PlannedStage[];
  /** Short id of what a step has made, once it has; '' when it is not known. */
  layerId(vertex: Vertex): Promise<string>;
}

/** What a list of packages says of an image that bears no time, since it has to say something. */
const NO_TIME = '1970-01-01T00:00:00Z';

/** An instruction could not be carried out. */
export class StepError extends EngineError {
  readonly place: Place;
  /** What the command of a RUN ended with; 0 for anything else. */
  readonly exitCode: number;

  /** The same in BuildKit's words, without the lines. */
  readonly summary: string;
  readonly source: SourceFile;

  constructor(prefix: string, failure: unknown, place: Place, source: SourceFile) {
    super('internal', `${prefix}${messageOf(failure)}\n${excerpt(source, place.span)}`, { cause: failure });
    this.place = place;
    this.source = source;
    const isRun = failure instanceof RunFailure;
    this.exitCode = isRun ? failure.exitCode : 0;
    this.summary = explained(failure);
  }

  /** In BuildKit's words, with the lines. */
  get explanation(): string {
    return `${this.summary}\n${excerpt(this.source, this.place.span)}`;
  }
}

/** What all builds share. */
export interface PlatformBuildParts extends ExecutorParts {
  readonly images: ImageStore;
  readonly cache: CombinedCache;
  readonly pulls: KeyedLock;
  readonly shared: SharedWork<CachedStep, StepEvent>;
  readonly slots: Slots;
}

/** What is asked of the build for one platform. */
export interface PlatformRequest {
  readonly options: BuildOptions;
  readonly signal: AbortSignal;
  readonly progress: BuildProgress;
  onPlan(plan: BuildPlan): void;
  onWarnings(warnings: readonly LintWarning[], file: Dockerfile): void;
}

/** What was built for one platform. */
export interface PlatformResult {
  readonly built: BuiltImage;
  /** Keys of the steps that it came upon. */
  readonly keys: readonly string[];
}

/** The build of one Dockerfile for one platform. */
export class PlatformBuild {
  readonly #parts: PlatformBuildParts;
  readonly #request: PlatformRequest;
  readonly #file: Dockerfile;
  readonly #source: BuildSource;
  readonly #lease: Lease;
  readonly #linked: LinkedImages;
  #solver: Solver | null = null;
  #executor: BuildExecutor | null = null;

  constructor(
    parts: PlatformBuildParts,
    request: PlatformRequest,
    file: Dockerfile,
    source: BuildSource,
    { lease, linked }: { readonly lease: Lease; readonly linked: LinkedImages },
  ) {
    this.#parts = parts;
    this.#request = request;
    this.#file = file;
    this.#source = source;
    this.#lease = lease;
    this.#linked = linked;
  }

  /**
   * Plans and runs it; `warnings` are those that the text alone gives, null when another platform's build tells all.
   * Throws DockerfileError, StepError, EngineError.
   */
  async build(warnings: readonly LintWarning[] | null): Promise<PlatformResult> {
    const begun = Date.now();
    const { options, signal, progress } = this.#request;
    const { images, cache, slots, shared } = this.#parts;
    const file = this.#file;
    const found: LintWarning[] = [];
    const layouts: FetchedSource[] = [];
    const bases = new BaseImages(images, this.#parts.pulls, { options, progress, signal });
    const planner = new BuildPlanner(
      file,
      options,
      {
        find: (reference, platform) => bases.find(reference, platform),
        layout: async (address, platform, name) => {
          const { client } = options.caches;
          const image = await layoutImage(address, platform, {
            content: images.content,
            client,
            lease: this.#lease,
            signal,
          });
          layouts.push(fetchedLayout(name, platform, address));
          return image;
        },
        linked: (name, platform) => this.#linked.find(name, platform),
      },
      (warning) => found.push(warning),
    );
    const { target, stages } = await planner.plan().catch((error: unknown) => {
      // What was found before is told nevertheless: it may be why.
      if (warnings !== null) this.#warn(warnings, found);
      throw error;
    });
    const built = new Set(stages.map(({ stage }) => stage.index));
    if (warnings !== null) this.#warn(ofStages(warnings, file, built), found);
    const executor = new BuildExecutor(this.#parts, {
      options,
      context: contexts(this.#source, options, neededPaths([target.image.filesystem]), progress),
      epoch: sourceDateEpoch(options),
      isOci: target.image.isOci,
      lease: this.#lease,
      signal,
    });
    this.#executor = executor;
    const solver = new Solver({
      cache,
      shared,
      executor,
      progress,
      slots,
      signal,
      ignoresCache: ({ stage }) => options.noCache || options.noCacheFilter.includes(stage),
    });
    this.#solver = solver;
    this.#request.onPlan({
      target,
      stages,
      layerId: async (vertex) => topId((await solver.snapshot(vertex)).layers),
    });
    try {
      const { layers } = await solver.snapshot(target.image.filesystem);
      const keys = [...(await solver.keys()).values()];
      const plain = await draftOf(target.image, solver, options);
      const inline = wantsInlineCache(options) ? inlineCache({ keys, result: layers, cache }) : null;
      const base = executor.layersOf(rootOf(target.image.filesystem));
      const draft = options.squash
        ? await squashed(this.#parts, { ...plain, inlineCache: null }, base, this.#lease, signal)
        : { ...plain, inlineCache: inline };
      const times = { begun, ended: Date.now() };
      const { origin, fetched } = this.#source;
      const sources = [...layouts, ...(origin === null ? [] : [origin]), ...fetched, ...executor.fetched];
      const found = { materials: bases.materials, sources, origin, ...runFacts(stages) };
      const facts = { options, ...found, dockerfile: textOf(file), id: randomUUID(), ...times };
      return { built: { layers: draft.layers, draft, predicates: await this.#predicates(draft, facts) }, keys };
    } catch (error) {
      throw located(error, solver, file);
    }
  }

  /** Tells of warnings. Throws `invalid` when they are to end the build. */
  #warn(ofText: readonly LintWarning[], ofPlan: readonly LintWarning[]): void {
    const file = this.#file;
    const settings = checkSettings(this.#request.options.buildArgs.get(CHECK_ARG) ?? file.lines.check);
    const warnings = [...ofText, ...counted(ofPlan, file, settings)];
    this.#request.onWarnings(warnings, file);
    if (warnings.length === 0 || !settings.areErrors) return;
    throw new EngineError('invalid', violation(warnings));
  }

  async #predicates(
    { layers, created, references }: BuiltImage['draft'],
    facts: Parameters<typeof provenance>[0],
  ): Promise<Predicate[]> {
    const { attestations } = this.#request.options;
    const predicates: Predicate[] = [];
    if (attestations.sbom) {
      const task = this.#request.progress.task('[internal] list packages');
      const name = references.map(({ path }) => path)[0] ?? 'image';
      const { content } = this.#parts.images;
      predicates.push(
        await task.run(() => billOfMaterials(this.#parts, content, layers, { name, created: created ?? NO_TIME })),
      );
    }
    if (attestations.provenance !== null) predicates.push(provenance(facts, attestations.provenance));
    return predicates;
  }

  /** Waits until nothing of it goes on, and lets go of what it has read. */
  async dispose(): Promise<void> {
    await this.#solver?.settled();
    await this.#executor?.dispose();
  }
}

function textOf({ source }: Dockerfile): { readonly name: string; readonly text: string } {
  return { name: source.name, text: wholeText(source) };
}

/** What a filesystem was begun with. */
function rootOf(vertex: Vertex): Extract<Vertex, { kind: 'base' }> {
  return vertex.kind === 'base' ? vertex : rootOf(vertex.parent);
}

/** The contexts of a build, each read once, when it is first needed. */
function contexts(
  source: BuildSource,
  options: BuildOptions,
  needed: readonly string[] | null,
  progress: BuildProgress,
): (name: string) => Promise<FileTree> {
  const read = new Map<string, Promise<FileTree>>();
  return (name) => {
    const known = read.get(name);
    if (known !== undefined) return known;
    const tree =
      name === ''
        ? source.context(needed, progress)
        : source.named(name, namedContext(options, name, options.platform ?? hostPlatform()) ?? '', progress);
    tree.catch(() => undefined);
    read.set(name, tree);
    return tree;
  };
}

function topId(layers: readonly { readonly diffId: string }[]): string {
  return layers.at(-1)?.diffId.replace('sha256:', '').slice(0, 12) ?? '';
}

function located(error: unknown, solver: Solver, file: Dockerfile): unknown {
  const place = solver.failedAt(error);
  if (place === null || error instanceof DockerfileError) return error;
  const prefix = error instanceof EngineError && /^file not found/.test(error.message) ? 'COPY failed: ' : '';
  return new StepError(prefix, error, place, file.source);
}
