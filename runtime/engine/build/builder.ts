import { mkdir, readdir, rename } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
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
import { readContext } from './context.ts';
import type { FileTree } from './tree/file-tree.ts';
import { dockerignorePatterns, PatternError, Patterns } from '../../common/path-patterns.ts';

export interface BuilderParts extends ExecutorParts {
  readonly images: ImageStore;
  readonly cache: BuildCache;
}

/** One build that is asked for. */
export interface BuildRequest {
  readonly options: BuildOptions;
  /** The context as an archive; null for an empty one. */
  readonly context: Readable | null;
  /** An address that the context is fetched from; '' for none. */
  readonly remote: string;
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
  readonly image: ImageRecord;
  /** Variables that were given and that no ARG took. */
  readonly unusedArgs: readonly string[];
}

/** An instruction could not be carried out. */
export class StepError extends EngineError {
  readonly place: Place;
  /** What the command of a RUN ended with; 0 for anything else. */
  readonly exitCode: number;

  constructor(message: string, place: Place, cause: unknown) {
    super('internal', message, { cause });
    this.place = place;
    this.exitCode = cause instanceof RunFailure ? cause.exitCode : 0;
  }
}

/** Comment of each line of an image's history, as BuildKit writes it, so that tools know the format. */
const HISTORY_COMMENT = 'buildkit.dockerfile.v0';
/** Containers of RUN at a time, over all builds: compilers use several processors each. */
const RUNS_MAX = 8;

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
    for (const name of ['work', 'spool']) {
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
    let context: FileTree | null = null;
    try {
      context = await readContext(this.#parts, request);
      const { file, ignore } = await readDockerfile(context, request.options);
      if (!ignore.isEmpty) context.filter(({ path }) => !ignore.matches(path));
      return await this.#buildFile(request, file, context);
    } catch (error) {
      if (request.signal.aborted) throw new EngineError('internal', 'context canceled', { cause: error });
      if (error instanceof PatternError) throw new EngineError('invalid', error.message, { cause: error });
      throw error;
    } finally {
      release();
      await context?.dispose();
    }
  }

  async #buildFile(request: BuildRequest, file: Dockerfile, context: FileTree): Promise<BuildResult> {
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
        context: () => Promise.resolve(context),
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
        await solver.snapshot(target.image.filesystem);
        const image = await this.#record(target.image, solver, options, (draft) =>
          images.content.putImage(draft, lease),
        );
        return { image, unusedArgs: unusedArgs(file, options) };
      } catch (error) {
        throw located(error, solver, file);
      } finally {
        await solver.settled();
        await executor.dispose();
      }
    });
  }

  async #record(
    state: ImageState,
    solver: Solver,
    options: BuildOptions,
    put: (draft: Parameters<ImageStore['content']['putImage']>[0]) => Promise<ImageRecord>,
  ): Promise<ImageRecord> {
    const { layers } = await solver.snapshot(state.filesystem);
    const history = await historyOf(state, solver);
    const labels = { ...state.config.Labels, ...options.labels };
    const epoch = sourceDateEpoch(options);
    const config = { ...state.config, ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }) };
    const now = timeText(epoch === null ? Date.now() : epoch * 1000);
    return put({
      platform: state.platform,
      osVersion: state.osVersion,
      author: state.author,
      config,
      history,
      created: history.at(-1)?.created ?? now,
      layers,
      references: options.references,
      isOci: state.isOci,
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
      try {
        return await images.pull(name, {
          platform,
          credentials: options.credentials(reference.domain),
          onProgress: (message) => {
            progress.status({ ...message });
          },
          signal,
        });
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

async function readDockerfile(
  context: FileTree,
  { dockerfile, dockerfileText }: BuildOptions,
): Promise<{ file: Dockerfile; ignore: Patterns }> {
  const asked = posix.resolve('/', dockerfile === '' ? 'Dockerfile' : dockerfile).slice(1);
  const name = context.resolve(asked) === null && asked === 'Dockerfile' ? 'dockerfile' : asked;
  const text = dockerfileText ?? (await textOf(context, name));
  if (text === null)
    throw new EngineError('invalid', `failed to read dockerfile: open ${asked}: no such file or directory`);
  if (text.trim() === '') throw new EngineError('invalid', `the Dockerfile (${asked}) cannot be empty`);
  const own = await textOf(context, `${name}.dockerignore`);
  const ignoreText = own ?? (await textOf(context, '.dockerignore')) ?? '';
  return { file: parseDockerfile(text, asked), ignore: new Patterns(dockerignorePatterns(ignoreText)) };
}

/** A Dockerfile or .dockerignore larger than this is something else. */
const TEXT_SIZE_MAX = 16 * 1024 * 1024;

async function textOf(context: FileTree, path: string): Promise<string | null> {
  const real = context.resolve(path);
  const entry = real === null ? undefined : context.get(real);
  if (entry?.type !== 'file') return null;
  if (entry.size > TEXT_SIZE_MAX) throw new EngineError('invalid', `${path} is too large`);
  return (await context.bytes(entry)).toString();
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
  return new StepError(`${prefix}${messageOf(error)}\n${excerpt(file.source, place.span)}`, place, error);
}
