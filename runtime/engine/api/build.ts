import { once } from 'node:events';
import { ClassicOutput } from '../build/classic-output.ts';
import { StepError, type BuildRequest, type BuildResult } from '../build/builder.ts';
import type { ControlParts } from '../build/buildkit/control.ts';
import { told } from '../build/buildkit/solve.ts';
import type { BuildCache } from '../build/cache/cache.ts';
import type { Vertex } from '../build/plan/vertex.ts';
import { storeImage } from '../build/export/exporter.ts';
import type { BuildJob } from '../build/history/builds.ts';
import { ArchiveSource } from '../build/source.ts';
import { EngineError, messageOf } from '../errors.ts';
import { familiarName } from '../images/reference.ts';
import { buildOptions } from './build-query.ts';
import { BuildSecrets } from './build-secrets.ts';
import { frontendAttributes } from './buildkit-query.ts';
import { buildWithKit, BuildUploads, registerBuildkitRoutes } from './buildkit.ts';
import { parseFilters } from './filters.ts';
import { queryFlag, sendEmpty, sendJson, type ApiContext, type Router } from './router.ts';

/** Names of builds as clients make them up, fit to be a part of a path. */
const REF = /^[A-Za-z0-9][\w-]{7,127}$/;

export interface BuildRouteParts {
  readonly buildkit: ControlParts;
  readonly cache: BuildCache;
}

/** `/build*` and `/session`. */
export function registerBuildRoutes(router: Router, parts: BuildRouteParts): void {
  const running = new Map<string, AbortController>();
  const secrets = new BuildSecrets();
  const uploads = new BuildUploads();
  router.add('POST', '/build', (context) =>
    context.query.get('version') === '2'
      ? buildWithKit(context, parts.buildkit, { running, uploads })
      : build(context, parts, running, secrets),
  );
  // Ours: secrets go ahead of the build that uses them, so that they are in no address and no archive.
  router.add('POST', '/build/secrets', async (context) => {
    sendJson(context, 201, { Token: secrets.put(await context.json()) });
  });
  registerBuildkitRoutes(router, parts.buildkit);
  router.add('POST', '/build/prune', async (context) => {
    const { query } = context;
    const keep = query.get('keep-storage') ?? query.get('max-used-space') ?? query.get('reserved-space') ?? '0';
    if (!/^\d+$/.test(keep))
      throw new EngineError('invalid', `keep-storage is in bytes and expects an integer, got ${keep}`);
    const { deleted, reclaimed } = await parts.cache.prune({
      all: queryFlag(query, 'all'),
      keepBytes: Number(keep),
      filters: parseFilters(query),
    });
    sendJson(context, 200, { CachesDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed });
  });
  // Docker answers alike for a build that it does not know.
  router.add('POST', '/build/cancel', (context) => {
    const id = context.query.get('id') ?? '';
    if (id === '') throw new EngineError('invalid', 'build ID not provided');
    running.get(id)?.abort();
    sendEmpty(context, 200);
  });
}

/** The lines of the answer; the status can still be an error until the first of them is out. */
class BuildStream {
  readonly #context: ApiContext;
  readonly #isQuiet: boolean;

  constructor(context: ApiContext, isQuiet: boolean) {
    this.#context = context;
    this.#isQuiet = isQuiet;
  }

  get isBegun(): boolean {
    return this.#context.response.headersSent;
  }

  text(stream: string): void {
    if (!this.#isQuiet && stream !== '') this.send({ stream });
  }

  status(message: object): void {
    if (!this.#isQuiet) this.send(message);
  }

  send(message: object): void {
    const { response } = this.#context;
    if (response.destroyed) return;
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write(`${JSON.stringify(message)}\r\n`);
  }
}

async function build(
  context: ApiContext,
  parts: BuildRouteParts,
  running: Map<string, AbortController>,
  secrets: BuildSecrets,
): Promise<void> {
  const { query, request, response } = context;
  const options = buildOptions(query, request, secrets.take(query.get('secrets') ?? ''));
  const stream = new BuildStream(context, queryFlag(query, 'q'));
  const output = new ClassicOutput((text) => {
    stream.text(text);
  });
  const stop = new AbortController();
  const id = query.get('buildid') ?? '';
  if (id !== '') running.set(id, stop);
  const remote = query.get('remote') ?? '';
  let failed: Vertex | null = null;
  const upload = remote === '' ? request : null;
  const prepare = (job: BuildJob): Omit<BuildRequest, 'signal'> => ({
    options,
    source: (signal) => new ArchiveSource(parts.buildkit, { context: upload, remote, signal }),
    exporter: storeImage,
    progress: {
      step: (vertex, event) => {
        if (event.type === 'finished' && event.error !== '') failed ??= vertex;
        output.step(vertex, event);
        job.trace.step(vertex, event);
      },
      status: (message) => {
        stream.status(message);
      },
      task: (title) => job.trace.task(title),
    },
    onPlan: (plan) => {
      output.plan(plan);
      job.trace.plan(plan);
    },
    onWarnings: (warnings, file) => {
      const { source } = file;
      job.trace.warn(warnings, file);
      for (const { rule, message, span } of warnings)
        stream.text(`[Warning] ${rule}: ${message} (${source.name}:${span.start})\n`);
    },
  });
  const title = options.references.map(familiarName).join(',') || (query.get('dockerfile') ?? 'Dockerfile');
  const job = {
    // So that whoever asked finds it among all builds.
    ref: REF.test(id) ? id : '',
    title,
    attributes: told(frontendAttributes(query)),
    signal: AbortSignal.any([context.signal, stop.signal]),
  };
  try {
    const result = await parts.buildkit.builds.run(job, (own) => Promise.resolve(prepare(own)));
    await output.finish(null);
    tellResult(stream, result, queryFlag(query, 'q'), options.references.map(familiarName));
  } catch (error) {
    await output.finish(failed);
    if (!stream.isBegun && !(error instanceof StepError)) throw error;
    const message = messageOf(error);
    const code = error instanceof StepError ? error.exitCode : 0;
    stream.send({ errorDetail: { ...(code === 0 ? {} : { code }), message }, error: message });
  } finally {
    running.delete(id);
    // A client that still sends would not read the answer.
    request.resume();
  }
  response.end();
  if (!response.writableFinished && !response.destroyed) await once(response, 'close');
}

function tellResult(
  stream: BuildStream,
  { image, unusedArgs }: BuildResult,
  isQuiet: boolean,
  names: readonly string[],
): void {
  if (image === null) return;
  if (unusedArgs.length > 0)
    stream.text(`[Warning] One or more build-args [${unusedArgs.join(' ')}] were not consumed\n`);
  stream.status({ aux: { ID: image.id } });
  if (isQuiet) {
    stream.send({ stream: `${image.id}\n` });
    return;
  }
  stream.text(`Successfully built ${image.id.replace('sha256:', '').slice(0, 12)}\n`);
  for (const name of names) stream.text(`Successfully tagged ${name}\n`);
}
