import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PatternError } from '../../common/path-patterns.ts';
import { EngineError } from '../errors.ts';
import type { ImageRecord } from '../images/catalog.ts';
import type { ImageStore } from '../images/image-store.ts';
import { entriesOf } from '../store/file-systems.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import { Slots } from '../store/slots.ts';
import type { Lease } from '../store/leases.ts';
import { moveToTrash } from '../store/trash-places.ts';
import type { BuildCache } from './cache/cache.ts';
import type { CachedStep } from './cache/records.ts';
import { CombinedCache } from './cache/remote/build-cache.ts';
import { readBeforeMistake } from './dockerfile/before-mistake.ts';
import { CHECK_ARG } from './dockerfile/check-settings.ts';
import { lint, type LintWarning } from './dockerfile/lint.ts';
import { parseDockerfile, type Dockerfile } from './dockerfile/parse.ts';
import { DockerfileError } from './dockerfile/source.ts';
import type { ExecutorParts } from './execute/executor.ts';
import type { Exporter } from './export/exporter.ts';
import type { BuildOptions } from './plan/options.ts';
import { LinkedBuilds } from './linked-builds.ts';
import { PlatformBuild, type BuildPlan, type PlatformBuildParts } from './platform-build.ts';
import { readCaches, writeCaches } from './remote-caches.ts';
import type { BuildProgress, StepEvent } from './solve/progress.ts';
import { SharedWork } from './solve/shared-work.ts';
import type { BuildSource } from './source.ts';

export { StepError, type BuildPlan } from './platform-build.ts';

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

/** What a build has come to. */
export interface BuildResult {
  /** null when no image was recorded. */
  readonly image: ImageRecord | null;
  /** What the exporter has to tell, under BuildKit's names. */
  readonly response: ReadonlyMap<string, string>;
  /** Variables that were given and that no ARG took. */
  readonly unusedArgs: readonly string[];
}

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
    for (const name of ['work', 'spool', 'contexts']) {
      const directory = join(dataRoot, 'build', name);
      await mkdir(directory, { recursive: true, mode: 0o711 });
      for (const entry of entriesOf(directory)) await moveToTrash(dataRoot, join(directory, entry), `build-${entry}`);
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
      const { text, name, ignored } = await source.dockerfile(request.options.dockerfile, request.progress);
      const lintOptions = { check: request.options.buildArgs.get(CHECK_ARG), ignored };
      const file = readDockerfile(text, name, (above) => {
        request.onWarnings(lint(above, lintOptions), above);
      });
      checkSyntax(file, request.options);
      const warnings = lint(file, lintOptions);
      return await this.#buildFile(request, file, source, warnings);
    } catch (error) {
      if (request.signal.aborted) throw new EngineError('internal', 'context canceled', { cause: error });
      if (error instanceof PatternError) throw new EngineError('invalid', error.message, { cause: error });
      throw error;
    } finally {
      release();
      await source.dispose();
    }
  }

  async #buildFile(
    request: BuildRequest,
    file: Dockerfile,
    source: BuildSource,
    warnings: readonly LintWarning[],
  ): Promise<BuildResult> {
    const { options, signal, progress } = request;
    const { platforms } = options;
    if (platforms.length > 1 && !request.exporter.takesSeveral)
      throw new EngineError(
        'invalid',
        'this output takes a result for one platform only: use type=image, type=registry or type=oci',
      );
    const { images } = this.#parts;
    return images.content.leased(async (lease) => {
      const context = { images, options, progress, lease, signal };
      const remotes = await readCaches(context);
      const onFailure = (message: string): void => {
        progress.status({ status: message });
      };
      const cache = new CombinedCache(this.#parts.cache, remotes, {
        content: images.content,
        lease,
        signal,
        onFailure,
      });
      const wanted: readonly BuildOptions[] =
        platforms.length === 0 ? [options] : platforms.map((platform) => ({ ...options, platform }));
      const parts = { ...this.#parts, cache, pulls: this.#pulls, shared: this.#shared, slots: this.#slots };
      const linkedKeys: string[] = [];
      const linked = linkedBuilds(parts, request, lease, (keys) => linkedKeys.push(...keys));
      const builds = wanted.map(
        (one) => new PlatformBuild(parts, { ...request, options: one }, file, source, { lease, linked }),
      );
      try {
        const results = await all(builds.map((one, index) => one.build(index === 0 ? warnings : null)));
        signal.throwIfAborted();
        const [first, ...others] = results.map(({ built }) => built);
        if (first === undefined) throw new EngineError('internal', 'there is nothing to build');
        const built = { images: [first, ...others] as const, lease, content: images.content, progress, signal };
        const exported = await request.exporter.export({ ...built, images: [first, ...others] });
        const keys = [...linkedKeys, ...results.flatMap((one) => one.keys)];
        const written = await writeCaches(
          { keys, result: built.images.flatMap(({ layers }) => layers), cache },
          context,
        );
        const response = new Map([...exported.response, ...written]);
        return { image: exported.image, response, unusedArgs: unusedArgs(file, options) };
      } finally {
        await Promise.all([linked.settled(), ...builds.map((one) => one.dispose())]);
      }
    });
  }
}

/** The builds that one is linked to, and those that these are linked to, all on the same lease. */
function linkedBuilds(
  parts: PlatformBuildParts,
  request: BuildRequest,
  lease: Lease,
  onKeys: (keys: readonly string[]) => void,
): LinkedBuilds {
  return new LinkedBuilds(request.options.linked, async (linked, platform) => {
    const source = linked.source(request.signal);
    const own = { ...request, options: { ...linked.options, platform, platforms: [] } };
    const others = linkedBuilds(parts, own, lease, onKeys);
    try {
      const { text, name } = await source.dockerfile(own.options.dockerfile, request.progress);
      const file = parseDockerfile(text, name);
      checkSyntax(file, own.options);
      const build = new PlatformBuild(parts, own, file, source, { lease, linked: others });
      try {
        const { built, keys } = await build.build([]);
        onKeys(keys);
        return await parts.images.content.makeImage(built.draft, lease);
      } finally {
        await build.dispose();
      }
    } finally {
      await others.settled();
      await source.dispose();
    }
  });
}

/** All results, when all have ended; the first failure otherwise. */
async function all<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** Of one that is wrong, what stands above the mistake is told. Throws DockerfileError. */
function readDockerfile(text: string, name: string, onAbove: (above: Dockerfile) => void): Dockerfile {
  try {
    return parseDockerfile(text, name);
  } catch (error) {
    const above = error instanceof DockerfileError ? readBeforeMistake(text, name, error) : null;
    if (above !== null) onAbove(above);
    throw error;
  }
}

/** BuildKit's frontends other than its own are programs in images, which are not run here. */
function checkSyntax({ lines, source }: Dockerfile, { buildArgs }: BuildOptions): void {
  const asked = buildArgs.get('BUILDKIT_SYNTAX');
  const [syntax = ''] = (asked ?? lines.syntax).trim().split(/\s+/);
  if (/^(?:|dockerfile\.v0|(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?)$/.test(syntax)) return;
  const message = `the frontend ${syntax} is not supported: this engine reads the language of docker/dockerfile itself`;
  if (asked !== undefined) throw new EngineError('invalid', message);
  const line = source.lines.findIndex((one) => /^#\s*syntax\s*=/i.test(one)) + 1;
  throw new DockerfileError(message, { start: line, end: line }, source);
}

/** Names that tools pass without asking whether they are used. */
const QUIET_ARGS = /^(?:BUILDKIT_\w+|SOURCE_DATE_EPOCH|(?:https?|ftp|no|all)_proxy)$/i;

function unusedArgs(file: Dockerfile, { buildArgs }: BuildOptions): string[] {
  const instructions = [...file.globals, ...file.stages.flatMap((stage) => stage.instructions)];
  const known = new Set(instructions.flatMap((one) => (one.kind === 'ARG' ? one.args.map(({ key }) => key) : [])));
  return [...buildArgs.keys()].filter(
    (name) =>
      !known.has(name) &&
      !QUIET_ARGS.test(name) &&
      !/^(?:TARGET|BUILD)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT|STAGE)$/.test(name),
  );
}
