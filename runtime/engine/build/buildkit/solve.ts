import type { Readable } from 'node:stream';
import type { ImageStore } from '../../images/image-store.ts';
import { EngineError } from '../../errors.ts';
import { StepError, type BuildRequest, type BuildResult } from '../builder.ts';
import { KEEP_GIT_DIR, keepsGitDir } from '../context.ts';
import { NO_GIT_ACCESS, type GitAccess } from '../execute/git-access.ts';
import type { WorkspaceParts } from '../execute/workspace.ts';
import type { CacheOptions } from '../cache/remote/cache-options.ts';
import type { BuildJob, Builds } from '../history/builds.ts';
import { sourceDateEpoch, type BuildOptions, type LinkedBuild } from '../plan/options.ts';
import { planWarnings } from '../frontend/plan-warnings.ts';
import type { ReadDockerfile } from '../frontend/questions.ts';
import { BuildTrace } from '../history/trace.ts';
import { ArchiveSource, type BuildSource } from '../source.ts';
import { sessionAgents } from './agents.ts';
import type { LinkedRequest } from './bridge.ts';
import { clientContent, type ClientStore } from './client-content.ts';
import { directorySessions } from './directory-sessions.ts';
import { sessionExporter, type ExporterRequest } from './exporters.ts';
import { cacheOptions, frontendOptions, WITHOUT_SESSION } from './frontend-options.ts';
import type { KeptFiles } from './kept-files.ts';
import { SessionSource } from './session-source.ts';
import type { BuildSession, BuildSessions } from './session.ts';

export interface SolveParts extends WorkspaceParts {
  readonly execRoot: string;
  readonly builds: Builds;
  readonly sessions: BuildSessions;
  readonly kept: KeptFiles;
  readonly images: Pick<ImageStore, 'resolve'>;
}

/** A build as BuildKit's clients ask for it. */
export interface Solve {
  readonly ref: string;
  /** Attributes of the frontend `dockerfile.v0`. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Requests whose results it builds on, by the names that its attributes have for them. */
  readonly inputs: ReadonlyMap<string, LinkedRequest>;
  /** Id of the client's session; '' for none. */
  readonly session: string;
  readonly exporters: readonly ExporterRequest[];
  readonly entitlements: readonly string[];
  /** Caches to read and to write, besides those that the attributes name. */
  readonly caches: Omit<CacheOptions, 'client'>;
  /** A context that comes as an archive, besides the session. */
  readonly upload: Readable | null;
  readonly signal: AbortSignal;
}

/** An archive that the client sends through its session, under an address that it made up. */
const UPLOAD_PREFIX = 'http://buildkit-session/';

/** Does a build for one of BuildKit's clients. Throws what the builder throws. */
export function solve(parts: SolveParts, request: Solve): Promise<BuildResult> {
  const { ref, attributes, signal, exporters } = request;
  const names = exporters.map((one) => one.attributes.get('name') ?? '').find((one) => one !== '') ?? '';
  const title = names === '' ? (attributes.get('filename') ?? 'Dockerfile') : names;
  const job = { ref, title, attributes: told(attributes), signal };
  const solving = parts.builds.run(job, (own, stop) => prepare(parts, request, { job: own, names, signal: stop }));
  return solving.catch((error: unknown) => {
    throw error instanceof StepError ? new EngineError('internal', error.explanation, { cause: error }) : error;
  });
}

async function prepare(
  parts: SolveParts,
  request: Solve,
  { job, names, signal }: { job: BuildJob; names: string; signal: AbortSignal },
): Promise<Omit<BuildRequest, 'signal'>> {
  const { exporters, upload } = request;
  const asked = { ...request, attributes: withEpoch(request.attributes, exporters) };
  const session = await sessionOf(parts, request.session, signal);
  const options = await optionsOf(parts, asked, session, { names, signal });
  return {
    options,
    source: (stop) => sourceOf(parts, { attributes: request.attributes, upload }, session, stop),
    exporter: sessionExporter(exporters, session, parts, {
      credentials: options.credentials,
      epoch: sourceDateEpoch(options),
    }),
    progress: job.trace,
    onPlan: (plan) => {
      job.trace.plan(plan);
    },
    onWarnings: (warnings, file) => {
      job.trace.warn(warnings, file);
    },
  };
}

function sessionOf({ sessions }: SolveParts, id: string, signal: AbortSignal): Promise<BuildSession | null> {
  return id === '' ? Promise.resolve(null) : sessions.find(id, signal);
}

/** Options of a build, with those of the builds that it is linked to. Throws `invalid`. */
async function optionsOf(
  parts: SolveParts,
  request: Pick<Solve, 'attributes' | 'entitlements' | 'caches' | 'inputs'>,
  session: BuildSession | null,
  { names, signal }: { readonly names: string; readonly signal: AbortSignal },
): Promise<BuildOptions> {
  const { attributes, entitlements } = request;
  const own =
    session === null
      ? WITHOUT_SESSION
      : {
          ...sessionAccess(parts, session, signal),
          credentials: (domain: string) => session.credentials(domain, signal),
        };
  const client = session === null ? null : (store: string): ClientStore => clientContent(session, store, signal);
  const caches = cacheOptions(request.caches, attributes, client);
  const linked = new Map<string, LinkedBuild>();
  for (const [name, input] of request.inputs) {
    const theirs = await sessionOf(parts, await input.session, signal);
    const asked = { ...input, entitlements, caches: { imports: [], exports: [] } };
    linked.set(name, {
      options: await optionsOf(parts, asked, theirs, { names: '', signal }),
      source: (stop) => sourceOf(parts, { attributes: input.attributes, upload: null }, theirs, stop),
    });
  }
  return frontendOptions(attributes, names, entitlements, { ...own, caches, linked });
}

/** The secrets and agents of a session. */
function sessionAccess({ execRoot, onWarning }: SolveParts, session: BuildSession, signal: AbortSignal): GitAccess {
  const warn = (message: string): void => {
    onWarning(message, undefined);
  };
  return {
    secrets: { get: (id) => session.secret(id, signal) },
    agents: sessionAgents(session, execRoot, signal, warn),
  };
}

/** The time that an output asks for, as the variable that gives it to a whole build. */
function withEpoch(
  attributes: ReadonlyMap<string, string>,
  exporters: readonly ExporterRequest[],
): ReadonlyMap<string, string> {
  const name = 'build-arg:SOURCE_DATE_EPOCH';
  const asked = exporters.map((one) => one.attributes.get('source-date-epoch') ?? '').find((one) => one !== '');
  return asked === undefined || attributes.has(name) ? attributes : new Map([...attributes, [name, asked]]);
}

/** Reads a build's Dockerfile and nothing else, for questions about it. */
export async function readDockerfile(
  parts: SolveParts,
  attributes: ReadonlyMap<string, string>,
  sessionId: string,
  signal: AbortSignal,
): Promise<ReadDockerfile> {
  const session = await sessionOf(parts, sessionId, signal);
  const source = sourceOf(parts, { attributes, upload: null }, session, signal);
  try {
    const { text, name, ignored } = await source.dockerfile(attributes.get('filename') ?? '', new BuildTrace());
    const entitlements: readonly string[] = [];
    const nothing = { attributes, entitlements, caches: { imports: [], exports: [] }, inputs: new Map() };
    const options = await optionsOf(parts, nothing, session, { names: '', signal });
    return { text, name, ignored, planned: (file) => planWarnings(file, options, parts.images) };
  } finally {
    await source.dispose();
  }
}

function sourceOf(
  parts: SolveParts,
  { attributes, upload }: Pick<Solve, 'attributes' | 'upload'>,
  session: BuildSession | null,
  signal: AbortSignal,
): BuildSource {
  const contextName = attributes.get('contextkey') ?? 'context';
  const remote = attributes.get(contextName) ?? attributes.get('context') ?? '';
  const access = session === null ? NO_GIT_ACCESS : sessionAccess(parts, session, signal);
  const keepGitDir = keepsGitDir(attributes.get(`build-arg:${KEEP_GIT_DIR}`));
  if (session !== null && remote.startsWith(UPLOAD_PREFIX))
    return new ArchiveSource(parts, { context: session.upload(new URL(remote), signal), remote: '', signal });
  const isLocalDockerfile = attributes.has('dockerfilekey');
  if (session === null || upload !== null || (remote !== '' && !isLocalDockerfile))
    return new ArchiveSource(parts, { context: upload, remote, keepGitDir, access, signal });
  const directories = {
    context: contextName,
    remote,
    keepGitDir,
    access,
    dockerfile: attributes.get('dockerfilekey') ?? 'dockerfile',
    sessionOf: directorySessions(session, parts.sessions, attributes, signal),
  };
  return new SessionSource(directories, parts.kept, parts, signal);
}

/** What may be told of a build to those who look at it later: no values of variables, which may be secret. */
export function told(attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...attributes].filter(([key]) => !key.startsWith('build-arg:')));
}
