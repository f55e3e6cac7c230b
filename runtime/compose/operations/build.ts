import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { BuildContextError, openContext, registryConfigHeader, type BuildContext } from '../../common/build-context.ts';
import { attestation, cacheReference } from '../../common/build-requests.ts';
import { localCaches, type LocalCaches } from '../../common/buildkit/local-caches.ts';
import { isLayout, layoutContext, type LayoutContext } from '../../common/buildkit/layout-context.ts';
import type { ClientSession } from '../../common/buildkit/session.ts';
import { jsonLines } from '../../common/lines.ts';
import { ComposeError } from '../errors.ts';
import type { Project, Service } from '../model/project.ts';
import { imageLabels } from '../plan/labels.ts';
import type { ComposeContext } from './context.ts';

/** What is asked for beside what the project says. */
export interface BuildAsked {
  /** One without a value has that of the environment. */
  readonly arguments?: Readonly<Record<string, string | null>>;
  readonly noCache?: boolean;
  readonly pull?: boolean;
  /** Agents by id beside those of the project: a path, or null for that of SSH_AUTH_SOCK. */
  readonly ssh?: Readonly<Record<string, string | null>>;
  /** Bytes. */
  readonly memory?: number;
  /** What further contexts stand for, instead of what the project says. */
  readonly contexts?: ReadonlyMap<string, string>;
  /** Whether all platforms of the service are built, as for a push, not only the one that containers are made for. */
  readonly allPlatforms?: boolean;
  /** What is to be attested, instead of what the project says. */
  readonly provenance?: string | undefined;
  readonly sbom?: string | undefined;
  /** The Dockerfile is only looked over; told of whether there is anything to say of it. */
  readonly onCheck?: (isClean: boolean) => void;
}

interface Line {
  readonly stream?: string;
  readonly error?: string;
  /** Ours: what the build is answered with, or a question about it. */
  readonly aux?: { readonly Response?: Readonly<Record<string, string>>; readonly Status?: number };
}

/** Builds the image of a service. Rejects with ComposeError that ends with what the build printed last. */
export async function buildService(
  context: ComposeContext,
  project: Project,
  service: Service,
  asked: BuildAsked = {},
): Promise<void> {
  const { build } = service;
  if (build === undefined) throw new ComposeError(`service "${service.name}" has nothing to build`);
  const source = await openSource(project, service).catch((error: unknown) => {
    if (error instanceof BuildContextError) throw new ComposeError(`service "${service.name}": ${error.message}`);
    throw error;
  });
  const contexts = { ...build.additional_contexts, ...Object.fromEntries(asked.contexts ?? []) };
  const caches = await localCaches({ from: build.cache_from ?? [], to: build.cache_to ?? [] }, project.directory);
  for (const status of caches.warnings)
    context.progress({ object: `Image ${service.image}`, status, state: 'warning' });
  const session = await contextSession(context, project, service, contexts, caches.stores);
  const args = fromEnvironment(context, { ...build.args, ...asked.arguments });
  try {
    const options = { args, contexts: session?.contexts ?? contexts, session: session?.id, caches };
    const stream = await request(context, project, service, asked, source, options);
    await caches.finish(await follow(stream, context, service, asked));
  } finally {
    session?.close();
  }
}

/** Asks for a build. */
async function request(
  context: ComposeContext,
  project: Project,
  service: Service,
  asked: BuildAsked,
  source: BuildContext,
  {
    args,
    contexts,
    session,
    caches,
  }: {
    readonly args: object;
    readonly contexts: object;
    readonly session: string | undefined;
    readonly caches: LocalCaches;
  },
): Promise<Readable> {
  const build = service.build ?? {};
  return context.api.open('POST', '/build', {
    query: {
      t: [service.image, ...(build.tags ?? [])],
      dockerfile: source.dockerfile,
      remote: source.remote,
      target: build.target,
      buildargs: JSON.stringify(args),
      labels: JSON.stringify(imageLabels(project, service)),
      buildcontexts: JSON.stringify(contexts),
      session,
      platform: platformsOf(service, asked),
      call: asked.onCheck === undefined ? undefined : 'check',
      cachefrom: caches.from.length === 0 ? undefined : JSON.stringify(caches.from),
      cacheto: caches.to.length === 0 ? undefined : JSON.stringify(caches.to),
      // The engine tells what has become of them to those who ask for its trace.
      trace: caches.to.length === 0 ? undefined : 0,
      attest: attestations(service, asked),
      nocache: (asked.noCache ?? build.no_cache ?? false) ? 1 : undefined,
      nocachefilter: build.no_cache_filter,
      pull: (asked.pull ?? build.pull ?? false) ? 1 : undefined,
      networkmode: build.network,
      extrahosts: build.extra_hosts,
      shmsize: build.shm_size,
      memory: asked.memory,
      ulimits: JSON.stringify(
        Object.entries(build.ulimits ?? {}).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
      ),
      allow: [...(build.entitlements ?? []), ...(build.privileged === true ? ['security.insecure'] : [])],
      secrets: await secretsToken(context, project, service),
      ssh: JSON.stringify(sshSockets(context, { ...build.ssh, ...asked.ssh })),
    },
    headers: await registryConfigHeader(
      source.text,
      context.registries,
      [...caches.from, ...caches.to].map(cacheReference),
    ),
    signal: context.signal,
    ...(source.archive === null ? {} : { stream: source.archive }),
  });
}

/** The platforms of a build, parted by commas. */
function platformsOf({ build, platform }: Service, { allPlatforms = false }: BuildAsked): string | undefined {
  const all = build?.platforms ?? [];
  return allPlatforms && all.length > 0 ? all.join(',') : (platform ?? all[0]);
}

function attestations({ name, build }: Service, asked: BuildAsked): string[] {
  return (['provenance', 'sbom'] as const).flatMap((type) => {
    const value = asked[type] ?? build?.[type];
    if (value === undefined) return [];
    const text = attestation(type, value);
    if (text === null) throw new ComposeError(`service "${name}": invalid value ${JSON.stringify(value)} of ${type}`);
    return [text];
  });
}

/** Shows a build to its end; returns its answer. Rejects with ComposeError that ends with what the build printed last. */
async function follow(
  stream: Readable,
  { output }: ComposeContext,
  service: Service,
  asked: BuildAsked,
): Promise<Readonly<Record<string, string>>> {
  let last = '';
  let response: Readonly<Record<string, string>> = {};
  for await (const line of jsonLines<Line>(stream)) {
    if (line.stream !== undefined && line.stream.trim() !== '') {
      last = line.stream.trim();
      output?.(line.stream);
    }
    response = line.aux?.Response ?? response;
    if (line.aux?.Status !== undefined) asked.onCheck?.(line.aux.Status === 0);
    if (line.error !== undefined)
      throw new ComposeError(
        `service "${service.name}" could not be built: ${line.error}${last === '' ? '' : `\n${last}`}`,
      );
  }
  return response;
}

/**
 * A session for those further contexts that are directories or layouts of images, and for caches in directories, and what
 * all contexts are then; null when there are none of these.
 */
async function contextSession(
  { api }: ComposeContext,
  project: Project,
  service: Service,
  contexts: Readonly<Record<string, string | null>>,
  caches: ReadonlyMap<string, string>,
): Promise<(ClientSession & { readonly contexts: object }) | null> {
  const directories = new Map<string, string>();
  const layouts = new Map<string, LayoutContext>();
  for (const [name, what] of Object.entries(contexts)) {
    if (what?.startsWith('/') === true) directories.set(name, what);
    if (what === null || !isLayout(what)) continue;
    const layout = await layoutContext(what, project.directory);
    if (layout === null) throw new ComposeError(`service "${service.name}": ${what} is no image in a layout`);
    layouts.set(name, layout);
  }
  if (directories.size === 0 && layouts.size === 0 && caches.size === 0) return null;
  const { offerSession, sessionDirectory, takesSessions } = await import('../../common/build-session.ts');
  if (!(await takesSessions(api)))
    throw new ComposeError(
      `service "${service.name}": this engine reads no directories of its client, so additional_contexts and caches cannot be one`,
    );
  const stores = new Map([
    ...caches,
    ...[...layouts.values()].map(({ store, directory }) => [store, directory] as const),
  ]);
  const session = await offerSession(api, { context: null, directories, stores });
  const named = {
    ...Object.fromEntries([...directories.keys()].map((name) => [name, sessionDirectory(name)])),
    ...Object.fromEntries([...layouts].map(([name, { address }]) => [name, address])),
  };
  return { ...session, contexts: { ...contexts, ...named } };
}

async function openSource(project: Project, { build }: Service): ReturnType<typeof openContext> {
  const path = build?.context ?? project.directory;
  if (build?.dockerfile_inline !== undefined)
    return openContext(path, '-', Readable.from([Buffer.from(build.dockerfile_inline)]));
  const isHere = path.startsWith('/');
  const file = build?.dockerfile;
  return openContext(
    path,
    file === undefined || !isHere || isAbsolute(file) ? file : resolve(path, file),
    Readable.from([]),
  );
}

/** An argument without a value has that of the environment, or is left out. */
function fromEnvironment(
  { variable }: ComposeContext,
  args: Readonly<Record<string, string | null>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) => {
      const known = value ?? variable(name);
      return known === undefined ? [] : [[name, known]];
    }),
  );
}

/** Secrets go ahead of the build, so that they are in no address and no archive. */
async function secretsToken(context: ComposeContext, project: Project, service: Service): Promise<string | undefined> {
  const grants = service.build?.secrets ?? [];
  if (grants.length === 0) return undefined;
  const values: Record<string, string> = {};
  for (const { source, target } of grants) {
    const secret = project.secrets.get(source);
    const value =
      secret?.file === undefined
        ? Buffer.from(context.variable(secret?.environment ?? '') ?? '')
        : await readFile(secret.file).catch(() => {
            throw new ComposeError(`the secret "${source}" of service "${service.name}" cannot be read`);
          });
    values[target ?? source] = value.toString('base64');
  }
  return (await context.api.json<{ Token: string }>('POST', '/build/secrets', { body: values })).Token;
}

function sshSockets(
  { variable }: ComposeContext,
  entries: Readonly<Record<string, string | null>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).map(([id, path]) => {
      const socket = path ?? variable('SSH_AUTH_SOCK');
      if (socket === undefined) throw new ComposeError('no ssh agent: SSH_AUTH_SOCK is not set');
      return [id, socket];
    }),
  );
}
