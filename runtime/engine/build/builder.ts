import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError, messageOf } from '../errors.ts';
import type { ImageRecord } from '../images/catalog.ts';
import type { HistoryEntry } from '../images/config.ts';
import type { ImageStore } from '../images/image-store.ts';
import { choosePlatform, normalizePlatform, type Platform } from '../images/platform.ts';
import { parseReference } from '../images/reference.ts';
import { KeyedLock, Slots } from '../store/keyed-lock.ts';
import type { BuildCache } from './cache/cache.ts';
import type { CachedStep } from './cache/records.ts';
import { lint, warningsAreErrors, type LintWarning } from './dockerfile/lint.ts';
import { parseDockerfile, type Dockerfile } from './dockerfile/parse.ts';
import { DockerfileError, excerpt } from './dockerfile/source.ts';
import { BuildExecutor, type ExecutorParts } from './execute/executor.ts';
import { RunFailure } from './execute/run.ts';
import type { ImageState } from './plan/image-state.ts';
import { sourceDateEpoch, timeText, type BuildOptions } from './plan/options.ts';
import { BuildPlanner, type PlannedStage } from './plan/planner.ts';
import type { Place, Vertex } from './plan/vertex.ts';
import type { BuildProgress, StepEvent } from './solve/progress.ts';
import { SharedWork } from './solve/shared-work.ts';
import { Solver } from './solve/solver.ts';
import type { Exporter } from './export/exporter.ts';
import { neededPaths } from './plan/needed-paths.ts';
import type { BuildSource } from './source.ts';
import type { FileTree } from './tree/file-tree.ts';
import { PatternError } from '../../common/path-patterns.ts';
import type { ImageDraft } from '../images/content.ts';

export interface BuilderParts extends ExecutorParts {
  readonly images: ImageStore;
  readonly cache: BuildCache;
}

/** One build that is asked for. */
export interface BuildRequest {
  readonly options: BuildOptions;
  /** Where its files come from; it is let go of when the build ends. */
  readonly source: (signal: AbortSignal) => BuildSource;
  /** What becomes of the result. */
  readonly exporter: Exporter;
  readonly signal: AbortSignal;
  readonly progress: BuildProgress;
  /** Told of the plan before anything is run. */
  onPlan(plan: BuildPlan): void;
  onWarnings(warnings: readonly LintWarning[], file: Dockerfile): void;
}

export interface BuildPlan {
  readonly target: PlannedStage;
  readonly stages: readonly PlannedStage[];
  /** Short id of what a step has made, once it has; '' when it is not known. */
  layerId(vertex: Vertex): Promise<string>;
}

/** What a build has come to. */
export interface BuildResult {
  /** null when no image was recorded. */
  readonly image: ImageRecord | null;
  /** What the exporter has to tell, under BuildKit's names. */
  readonly response: ReadonlyMap<string, string>;
  /** Variables that were given and that no ARG took. */
  readonly unusedArgs: readonly string[];
}

/** An instruction could not be carried out. */
export class StepError extends EngineError {
  readonly place: Place;
  /** What the command of a RUN ended with; 0 for anything else. */
  readonly exitCode: number;

  /** The same in BuildKit's words. */
  readonly explanation: string;

  constructor(prefix: string, failure: unknown, place: Place, lines: string) {
    super('internal', `${prefix}${messageOf(failure)}\n${lines}`, { cause: failure });
    this.place = place;
    const isRun = failure instanceof RunFailure;
    this.exitCode = isRun ? failure.exitCode : 0;
    this.explanation = `${isRun ? failure.explanation : messageOf(failure)}\n${lines}`;
  }
}

/** Comment of each line of an image's history, as BuildKit writes it, so that tools know the format. */
const HISTORY_COMMENT = 'buildkit.dockerfile.v0';
/** Containers of RUN at a time, over all builds: compilers use several processors each. */
const RUNS_MAX = 8;

/** A line of a pull's progress. */
interface PullLine {
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** Builds images from Dockerfiles. */
export class Builder {
  readonly #parts: BuilderParts;
  readonly #shared = new SharedWork<CachedStep, StepEvent>();
  readonly #slots = new Slots(RUNS_MAX);
  readonly #pulls = new KeyedLock();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(parts: BuilderParts) {
    this.#parts = parts;
  }

  /** Makes the directories, and moves away what an engine that was killed has left in them. */
  static async recover(dataRoot: string): Promise<void> {
    for (const name of ['work', 'spool', 'contexts']) {
      const directory = join(dataRoot, 'build', name);
      await mkdir(directory, { recursive: true, mode: 0o711 });
      for (const entry of await readdir(directory))
        await rename(join(directory, entry), join(dataRoot, 'trash', `build-${entry}`));
    }
  }

  /** Builds an image. Throws DockerfileError, StepError, EngineError; then nothing is left but the cache. */
  async build(request: BuildRequest): Promise<BuildResult> {
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    const running = this.#build({ ...request, signal });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Cancels all builds and waits for their end. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  async #build(request: BuildRequest): Promise<BuildResult> {
    const release = this.#parts.cache.use();
    const source = request.source(request.signal);
    try {
      const { text, name } = await source.dockerfile(request.options.dockerfile, request.progress);
      return await this.#buildFile(request, parseDockerfile(text, name), source);
    } catch (error) {
      if (request.signal.aborted) throw new EngineError('internal', 'context canceled', { cause: error });
      if (error instanceof PatternError) throw new EngineError('invalid', error.message, { cause: error });
      throw error;
    } finally {
      release();
      await source.dispose();
    }
  }

  async #buildFile(request: BuildRequest, file: Dockerfile, source: BuildSource): Promise<BuildResult> {
    const { options, signal } = request;
    checkSyntax(file);
    const warnings = lint(file);
    if (warnings.length > 0 && warningsAreErrors(file.lines.check)) {
      const [first] = warnings;
      if (first !== undefined)
        throw new DockerfileError(`lint violation found: ${first.message}`, first.span, file.source);
    }
    const { images } = this.#parts;
    return images.content.leased(async (lease) => {
      const unset: LintWarning[] = [];
      const planner = new BuildPlanner(
        file,
        options,
        (reference, platform) => this.#baseImage(reference, platform, request),
        (name, { kind, span }) => {
          if (kind === 'ARG') return;
          unset.push({ rule: 'UndefinedVar', message: `Usage of undefined variable '$${name}'`, span });
        },
      );
      const { target, stages } = await planner.plan();
      request.onWarnings([...warnings, ...unset], file);
      const inputs = {
        options,
        context: contexts(source, options, neededPaths([target.image.filesystem]), request.progress),
        epoch: sourceDateEpoch(options),
        isOci: target.image.isOci,
        lease,
        signal,
      };
      const executor = new BuildExecutor(this.#parts, inputs);
      const { cache } = this.#parts;
      const solver = new Solver({
        cache,
        shared: this.#shared,
        executor,
        progress: request.progress,
        slots: this.#slots,
        signal,
        ignoresCache: ({ stage }) => options.noCache || options.noCacheFilter.includes(stage),
      });
      request.onPlan({ target, stages, layerId: async (vertex) => topId((await solver.snapshot(vertex)).layers) });
      try {
        const { layers } = await solver.snapshot(target.image.filesystem);
        const draft = await draftOf(target.image, solver, options);
        signal.throwIfAborted();
        const built = { layers, draft, lease, content: images.content, progress: request.progress, signal };
        return { ...(await request.exporter(built)), unusedArgs: unusedArgs(file, options) };
      } catch (error) {
        throw located(error, solver, file);
      } finally {
        await solver.settled();
        await executor.dispose();
      }
    });
  }

  /** A base image, from the store or from its registry. */
  async #baseImage(name: string, platform: Platform, request: BuildRequest): Promise<ImageRecord> {
    const { images } = this.#parts;
    const { options, progress, signal } = request;
    const reference = parseReference(name);
    const local = options.pull ? null : this.#localImage(name, platform);
    if (local !== null) return local;
    return this.#pulls.run(`${name} ${platform.architecture}`, async () => {
      const pulled = options.pull ? null : this.#localImage(name, platform);
      if (pulled !== null) return pulled;
      const task = progress.task(
        `[internal] load metadata for ${reference.domain}/${reference.path}:${reference.tag ?? 'latest'}`,
      );
      try {
        return await task.run(async () =>
          images.pull(name, {
            platform,
            credentials: await options.credentials(reference.domain),
            onProgress: (message) => {
              progress.status({ ...message });
              const { id, progressDetail } = message as PullLine;
              if (id === undefined || progressDetail?.total === undefined) return;
              task.part(`extracting ${id}`, progressDetail.current ?? 0, progressDetail.total, false);
            },
            signal,
          }),
        );
      } catch (error) {
        // One that was made here and is in no registry is as good as it gets.
        const own = options.pull && !signal.aborted ? this.#localImage(name, platform) : null;
        if (own !== null) return own;
        throw error;
      }
    });
  }

  #localImage(name: string, platform: Platform): ImageRecord | null {
    let image: ImageRecord;
    try {
      image = this.#parts.images.resolve(name);
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'not-found') return null;
      throw error;
    }
    const own = normalizePlatform({ ...image.document });
    return choosePlatform([{ platform: own }], platform) === undefined ? null : image;
  }
}

/** BuildKit's frontends other than its own are programs in images, which are not run here. */
function checkSyntax({ lines, source }: Dockerfile): void {
  const { syntax } = lines;
  if (syntax === '' || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?$/.test(syntax)) return;
  const line = source.lines.findIndex((one) => /^#\s*syntax\s*=/i.test(one)) + 1;
  const span = { start: line, end: line };
  throw new DockerfileError(
    `the frontend ${syntax} is not supported: this engine reads the language of docker/dockerfile itself`,
    span,
    source,
  );
}

/** The contexts of a build, each read once, when it is first needed. */
function contexts(
  source: BuildSource,
  { namedContexts }: BuildOptions,
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
        : source.named(
            name,
            namedContexts.get(name) ?? namedContexts.get(name.replace(/:latest$/, '')) ?? '',
            progress,
          );
    tree.catch(() => undefined);
    read.set(name, tree);
    return tree;
  };
}

/** The image that a stage has come to. */
async function draftOf(state: ImageState, solver: Solver, options: BuildOptions): Promise<ImageDraft> {
  const { layers } = await solver.snapshot(state.filesystem);
  const history = await historyOf(state, solver);
  const labels = { ...state.config.Labels, ...options.labels };
  const epoch = sourceDateEpoch(options);
  const config = { ...state.config, ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }) };
  const now = timeText(epoch === null ? Date.now() : epoch * 1000);
  return {
    platform: state.platform,
    osVersion: state.osVersion,
    author: state.author,
    config,
    history,
    created: history.at(-1)?.created ?? now,
    layers,
    references: options.references,
    isOci: state.isOci,
  };
}

/**
 * History with the times of the layers, so that a build of the same things is the same image. Settings get the time of
 * the layer before them, or that of the base image.
 */
async function historyOf(state: ImageState, solver: Solver): Promise<HistoryEntry[]> {
  let time = state.baseHistory.findLast(({ created }) => created !== undefined)?.created;
  const own: HistoryEntry[] = [];
  for (const { createdBy, vertex } of state.history) {
    const snapshot = vertex === null ? null : await solver.snapshot(vertex);
    if (snapshot !== null && snapshot.created !== '') time = snapshot.created;
    own.push({
      ...(time === undefined ? {} : { created: time }),
      created_by: createdBy,
      comment: HISTORY_COMMENT,
      ...(snapshot?.hasLayer === true ? {} : { empty_layer: true }),
    });
  }
  return [...state.baseHistory, ...own];
}

function topId(layers: readonly { readonly diffId: string }[]): string {
  return layers.at(-1)?.diffId.replace('sha256:', '').slice(0, 12) ?? '';
}

/** Names that tools pass without asking whether they are used. */
const QUIET_ARGS = /^(?:BUILDKIT_\w+|SOURCE_DATE_EPOCH|(?:https?|ftp|no|all)_proxy)$/i;

function unusedArgs(file: Dockerfile, { buildArgs }: BuildOptions): string[] {
  const instructions = [...file.globals, ...file.stages.flatMap((stage) => stage.instructions)];
  const known = new Set(instructions.flatMap((one) => (one.kind === 'ARG' ? one.args.map(({ key }) => key) : [])));
  return [...buildArgs.keys()].filter(
    (name) =>
      !known.has(name) && !QUIET_ARGS.test(name) && !/^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT|STAGE)$/.test(name),
  );
}

function located(error: unknown, solver: Solver, file: Dockerfile): unknown {
  const place = solver.failedAt(error);
  if (place === null || error instanceof DockerfileError) return error;
  const prefix = error instanceof EngineError && /^file not found/.test(error.message) ? 'COPY failed: ' : '';
  return new StepError(prefix, error, place, excerpt(file.source, place.span));
}
