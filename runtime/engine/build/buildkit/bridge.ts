import { randomBytes } from 'node:crypto';
import { unaryMethod, type GrpcMethod, type ServerCall } from '../../../common/grpc/server.ts';
import { GrpcError, GrpcStatus } from '../../../common/grpc/status.ts';
import { resultDefinition, resultOf } from './messages/definition.ts';
import * as messages from './messages/gateway.ts';
import { answer, type ReadDockerfile } from '../frontend/questions.ts';
import { buildArgsOf } from './frontend-options.ts';
import type { WorkerInfo } from './worker.ts';

const SERVICE = '/moby.buildkit.v1.frontend.LLBBridge/';
/** Which build a call of the bridge belongs to. */
const BUILD_HEADER = 'buildkit-controlapi-buildid';

/** What a client's own frontend asks the Dockerfile's for. */
export interface BridgeRequest {
  readonly frontend: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Results of other requests that it builds on, by the names that its attributes have for them. */
  readonly inputs: ReadonlyMap<string, LinkedRequest>;
}

/** A request whose result another one builds on. */
export interface LinkedRequest extends BridgeRequest {
  /** The session of the client that asked for it. */
  readonly session: Promise<string>;
}

/** ms after which a build that no client waits for is forgotten. */
const PATIENCE = 60_000;

interface BridgeBuild {
  readonly forgetting: NodeJS.Timeout;
  /** Requests by the name of their result. */
  readonly requests: Map<string, BridgeRequest>;
  readonly ended: PromiseWithResolvers<BridgeRequest | null>;
  /** The client's session, which it names when it waits for the build. */
  readonly session: PromiseWithResolvers<string>;
  /** Builds that begin with results of this one, or copy from them. */
  readonly dependents: Set<BridgeBuild>;
  /** Resolved when nothing of the build is needed any more. */
  readonly over: PromiseWithResolvers<undefined>;
}

/**
 * Builds whose frontend runs in the client, as buildx does it: it asks for what the Dockerfile's frontend makes, and
 * names the result that it wants. What it asks for is not begun before that: then its outputs are known too.
 */
export class BridgeBuilds {
  readonly #builds = new Map<string, BridgeBuild>();

  #build(ref: string): BridgeBuild {
    const known = this.#builds.get(ref);
    if (known !== undefined) return known;
    const ended = Promise.withResolvers<BridgeRequest | null>();
    ended.promise.catch(() => undefined);
    const forgetting = setTimeout(() => {
      this.close(ref);
    }, PATIENCE).unref();
    const build = {
      forgetting,
      requests: new Map<string, BridgeRequest>(),
      ended,
      session: Promise.withResolvers<string>(),
      dependents: new Set<BridgeBuild>(),
      over: Promise.withResolvers<undefined>(),
    };
    this.#builds.set(ref, build);
    return build;
  }

  /** What the client wants in the end; null for nothing. Throws what it failed of. To be closed afterwards. */
  async wait(ref: string, session: string, signal: AbortSignal): Promise<BridgeRequest | null> {
    const { ended, forgetting, session: named } = this.#build(ref);
    clearTimeout(forgetting);
    named.resolve(session);
    const giveUp = (): void => {
      ended.reject(new GrpcError(GrpcStatus.cancelled, 'context canceled'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await ended.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /**
   * Resolves when the builds that use results of this one are over: its client ends its session as soon as it is told of
   * its end, and they may still need files of it.
   */
  async used(ref: string): Promise<void> {
    await Promise.all([...this.#build(ref).dependents].map(({ over }) => over.promise));
  }

  /** Forgets a build. */
  close(ref: string): void {
    this.#builds.get(ref)?.over.resolve(undefined);
    this.#builds.delete(ref);
  }

  /** Takes a request in. Returns the name of its result. */
  ask(ref: string, request: BridgeRequest): string {
    const id = randomBytes(13).toString('hex').slice(0, 25);
    this.#build(ref).requests.set(id, request);
    return id;
  }

  /** The session of the client that waits for a build. */
  sessionOf(ref: string): Promise<string> {
    return this.#build(ref).session.promise;
  }

  /** The client is done: it wants the result of a name, or nothing. */
  finish(ref: string, id: string): void {
    const { requests, ended } = this.#build(ref);
    ended.resolve(requests.get(id) ?? null);
  }

  /** The requests whose results definitions stand for. Throws GrpcError for other definitions, and for what is over. */
  inputs(ref: string, definitions: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, LinkedRequest> {
    const build = this.#build(ref);
    return new Map([...definitions].map(([name, definition]) => [name, this.#input(build, name, definition)]));
  }

  #input(build: BridgeBuild, name: string, definition: Uint8Array): LinkedRequest {
    const id = resultOf(definition);
    if (id === null)
      throw new GrpcError(
        GrpcStatus.unimplemented,
        `this engine builds on results of Dockerfiles, not on LLB definitions: ${name}`,
      );
    for (const other of this.#builds.values()) {
      const found = other.requests.get(id);
      if (found === undefined) continue;
      if (other !== build) other.dependents.add(build);
      return { ...found, session: other.session.promise };
    }
    throw new GrpcError(GrpcStatus.notFound, `the build that ${name} is a result of is over`);
  }

  fail(ref: string, error: GrpcError): void {
    this.#build(ref).ended.reject(error);
  }
}

function refOf({ metadata }: ServerCall): string {
  const ref = metadata[BUILD_HEADER];
  if (typeof ref !== 'string') throw new GrpcError(GrpcStatus.invalidArgument, 'no buildid found in context');
  return ref;
}

/** What clients look for before they ask for more than the oldest protocol has. */
const FRONTEND_CAPS = [
  'solve.base',
  'return',
  'returnmap',
  'proto.refarray',
  'resolveimage',
  'readfile',
  'importcaches',
  'gateway.solve.metadata',
  'gateway.solve.evaluate',
  'gateway.evaluate',
  'frontend.caps',
  'gateway.warnings',
  'frontend.inputs',
  'reference.output',
];
const LLB_CAPS = [
  'source.image',
  'source.local',
  'source.local.sessionid',
  'source.local.includepatterns',
  'source.local.followpaths',
  'source.local.excludepatterns',
  'source.local.sharedkeyhint',
  'source.git',
  'source.http',
  'file.base',
  'constraints',
  'platform',
  'meta.ignorecache',
  'meta.description',
  'exporter.multiple',
  'exporter.image.attestations',
  'exporter.image.annotations',
];

/** `moby.buildkit.v1.frontend.LLBBridge`, as much of it as building Dockerfiles needs. */
export function bridgeMethods(
  builds: BridgeBuilds,
  { record }: WorkerInfo,
  read: (attributes: ReadonlyMap<string, string>, session: string, signal: AbortSignal) => Promise<ReadDockerfile>,
): [string, GrpcMethod][] {
  /** A question about the Dockerfile, for which nothing is built. */
  const ask = async (
    question: string,
    attributes: ReadonlyMap<string, string>,
    call: ServerCall,
  ): Promise<ReadonlyMap<string, Buffer>> => {
    const asked = await read(attributes, await builds.sessionOf(refOf(call)), call.signal);
    const target = attributes.get('target') ?? '';
    const { json, text, status } = await answer(question, asked, { target, buildArgs: buildArgsOf(attributes) });
    return new Map([
      ['result.json', Buffer.from(JSON.stringify(json))],
      ['result.txt', Buffer.from(text)],
      ['result.statuscode', Buffer.from(String(status))],
      ['version', Buffer.from('1.0.0')],
    ]);
  };
  const capabilities = (names: readonly string[]): { id: string; enabled: boolean }[] =>
    names.map((id) => ({ id, enabled: true }));
  return [
    [
      `${SERVICE}Ping`,
      unaryMethod([messages.pingRequest, messages.pongResponse], () => ({
        frontendCaps: capabilities(FRONTEND_CAPS),
        llbCaps: capabilities(LLB_CAPS),
        workers: [record],
      })),
    ],
    [
      `${SERVICE}Solve`,
      unaryMethod([messages.bridgeSolveRequest, messages.bridgeSolveResponse], async (request, call) => {
        if (request.frontend === '')
          throw new GrpcError(GrpcStatus.unimplemented, 'this engine builds Dockerfiles, not LLB definitions');
        const question = request.frontendOpt.get('requestid') ?? '';
        if (question !== '') return { result: { metadata: await ask(question, request.frontendOpt, call) } };
        const { frontend, frontendOpt: attributes } = request;
        const ref = refOf(call);
        const inputs = builds.inputs(ref, request.frontendInputs);
        const id = builds.ask(ref, { frontend, attributes, inputs });
        return { ref: id, result: { ref: { id, def: resultDefinition(id) } } };
      }),
    ],
    [
      `${SERVICE}Return`,
      unaryMethod([messages.returnRequest, messages.returnResponse], ({ result, error }, call) => {
        const ref = refOf(call);
        if (error !== null) builds.fail(ref, new GrpcError(error.code, error.message));
        else builds.finish(ref, result?.ref?.id ?? result?.oldRef ?? '');
        return {};
      }),
    ],
    [`${SERVICE}Inputs`, unaryMethod([messages.inputsRequest, messages.inputsResponse], () => ({}))],
    [`${SERVICE}Warn`, unaryMethod([messages.warnRequest, messages.warnResponse], () => ({}))],
    [`${SERVICE}Evaluate`, unaryMethod([messages.evaluateRequest, messages.evaluateResponse], () => ({}))],
  ];
}
