import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ClassicOutput } from '../build/classic-output.ts';
import { StepError, type BuildRequest, type BuildResult } from '../build/builder.ts';
import type { ControlParts } from '../build/buildkit/control.ts';
import { fileExporter, filesExporter, storeExporter, together } from '../build/buildkit/exporters.ts';
import { clientContent } from '../build/buildkit/client-content.ts';
import { clientSource } from '../build/buildkit/client-source.ts';
import type { BuildSession } from '../build/buildkit/session.ts';
import { told } from '../build/buildkit/solve.ts';
import type { BuildCache } from '../build/cache/cache.ts';
import { keepNothing, type Exporter } from '../build/export/exporter.ts';
import { sourceDateEpoch, type BuildOptions } from '../build/plan/options.ts';
import type { Vertex } from '../build/plan/vertex.ts';

import type { Dockerfile } from '../build/dockerfile/parse.ts';
import type { Planned } from '../build/frontend/linted-text.ts';
import { planWarnings, type PlanFindings } from '../build/frontend/plan-warnings.ts';
import { answer } from '../build/frontend/questions.ts';
import { BuildTrace } from '../build/history/trace.ts';
import type { BuildJob } from '../build/history/builds.ts';
import { KEEP_GIT_DIR, keepsGitDir } from '../build/context.ts';
import { ArchiveSource, type BuildSource } from '../build/source.ts';
import { EngineError, messageOf } from '../errors.ts';
import { familiarName } from '../images/reference.ts';
import { BuildArchives } from './build-archives.ts';
import { buildOptions } from './build-query.ts';
import { BuildSecrets } from './build-secrets.ts';
import { frontendAttributes, outputsOf } from './buildkit-query.ts';
import { buildWithKit, BuildUploads, registerBuildkitRoutes } from './buildkit.ts';
import { traceJson } from './build-trace.ts';
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
  const archives = new BuildArchives(parts.buildkit.dataRoot);
  router.add('POST', '/build', (context) =>
    context.query.get('version') === '2'
      ? buildWithKit(context, parts.buildkit, { running, uploads })
      : build(context, parts, running, { secrets, archives }),
  );
  // Ours: secrets go ahead of the build that uses them, so that they are in no address and no archive.
  router.add('POST', '/build/secrets', async (context) => {
    sendJson(context, 201, { Token: secrets.put(await context.json()) });
  });
  // Ours: an archive that a build without a session was asked for.
  router.add('GET', '/build/archives/{token}', async ({ params, response }) => {
    const archive = archives.take(params['token'] ?? '');
    response.writeHead(200, { 'Content-Type': 'application/x-tar' });
    await pipeline(archive, response);
  });
  registerBuildkitRoutes(router, parts.buildkit);
  router.add('POST', '/build/prune', async (context) => {
    const { query } = context;
    const { deleted, reclaimed } = await parts.cache.prune({
      all: queryFlag(query, 'all'),
      space: {
        reserved: bytesIn(query, 'reserved-space') || bytesIn(query, 'keep-storage'),
        maxUsed: bytesIn(query, 'max-used-space'),
        minFree: bytesIn(query, 'min-free-space'),
      },
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

function bytesIn(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '0';
  if (!/^\d+$/.test(text)) throw new EngineError('invalid', `${name} is in bytes and expects an integer, got ${text}`);
  return Number(text);
}

/** The session that a build of our own command has for its files and caches; null for none. */
function clientSession(
  query: URLSearchParams,
  { sessions }: ControlParts,
  signal: AbortSignal,
): Promise<BuildSession | null> {
  const id = query.get('session') ?? '';
  return id === '' ? Promise.resolve(null) : sessions.find(id, signal);
}

/** What is to become of the result, by the `outputs` that our own command sends: the engine's store by default. */
function exporterOf(
  query: URLSearchParams,
  options: BuildOptions,
  { archives, parts }: { readonly archives: BuildArchives; readonly parts: ControlParts },
  onArchive: (token: string) => void,
): Exporter {
  return together(
    outputsOf(query).map((request) => {
      const put = async (archive: Readable, signal: AbortSignal): Promise<number> => {
        const { token, size } = await archives.put(archive, signal);
        onArchive(token);
        return size;
      };
      if (request.type === 'tar' || request.type === 'local')
        return filesExporter(request, parts, sourceDateEpoch(options), put);
      if (request.type === 'oci' || (request.type === 'docker' && request.attributes.get('dest') !== undefined))
        return fileExporter(request, { send: put });
      return request.type === 'cacheonly' ? keepNothing : storeExporter(request, options.credentials);
    }),
  );
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
  { secrets, archives }: { readonly secrets: BuildSecrets; readonly archives: BuildArchives },
): Promise<void> {
  const { query, request, response } = context;
  const session = await clientSession(query, parts.buildkit, context.signal);
  const client = session === null ? null : (store: string) => clientContent(session, store, context.signal);
  const options = buildOptions(query, request, secrets.take(query.get('secrets') ?? ''), client);
  const stream = new BuildStream(context, queryFlag(query, 'q') || queryFlag(query, 'trace'));
  const output = new ClassicOutput((text) => {
    stream.text(text);
  });
  const stop = new AbortController();
  const id = query.get('buildid') ?? '';
  if (id !== '') running.set(id, stop);
  const remote = query.get('remote') ?? '';
  const question = query.get('call') ?? '';
  const upload = remote === '' ? request : null;
  const keepGitDir = keepsGitDir(options.buildArgs.get(KEEP_GIT_DIR));
  const source = (signal: AbortSignal): BuildSource =>
    session === null
      ? new ArchiveSource(parts.buildkit, { context: upload, remote, keepGitDir, access: options, signal })
      : clientSource(parts.buildkit, { session, remote, upload, keepGitDir, access: options }, signal);
  if (question !== '' && question !== 'build') {
    const planned = (file: Dockerfile): Promise<PlanFindings> => planWarnings(file, options, parts.buildkit.images);
    await tellAnswer(context, source(context.signal), { ...options, planned }, question, stream);
    return;
  }
  let failed: Vertex | null = null;
  const exporter = exporterOf(query, options, { archives, parts: parts.buildkit }, (token) => {
    stream.send({ aux: { Archive: token } });
  });
  // Ours: what happens, for a client that shows it itself.
  const isTraced = queryFlag(query, 'trace');
  const prepare = (job: BuildJob): Omit<BuildRequest, 'signal'> => ({
    options,
    source,
    exporter,
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
    const result = await parts.buildkit.builds.run(job, (own) => {
      if (isTraced)
        own.trace.subscribe((update) => {
          stream.send({ id: 'berth.trace', aux: traceJson(update) });
        });
      return Promise.resolve(prepare(own));
    });
    await output.finish(null);
    tellResult(stream, result, queryFlag(query, 'q'), options.references.map(familiarName), query.has('trace'));
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

/** Answers `call=check`, `outline` or `targets`: a question about the Dockerfile, for which nothing is built. */
async function tellAnswer(
  { request, response }: ApiContext,
  source: BuildSource,
  { dockerfile, target, buildArgs, planned }: BuildOptions & { readonly planned: Planned },
  question: string,
  stream: BuildStream,
): Promise<void> {
  try {
    const { text, name, ignored } = await source.dockerfile(dockerfile, new BuildTrace());
    const asked = question === 'check' ? 'lint' : question;
    const found = await answer(`frontend.${asked}`, { text, name, ignored, planned }, { target, buildArgs });
    stream.send({ stream: found.text });
    stream.send({ aux: { Answer: found.json, Status: found.status } });
  } finally {
    await source.dispose();
    request.resume();
  }
  response.end();
}

function tellResult(
  stream: BuildStream,
  { image, unusedArgs, response }: BuildResult,
  isQuiet: boolean,
  names: readonly string[],
  isOurs: boolean,
): void {
  if (isOurs) stream.send({ aux: { Response: Object.fromEntries(response) } });
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
