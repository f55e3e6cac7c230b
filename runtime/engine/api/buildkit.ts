import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { controlMethods, type ControlParts } from '../build/buildkit/control.ts';
import { statusResponse } from '../build/buildkit/messages/control.ts';
import { grpcCodeOf } from '../build/buildkit/error-codes.ts';
import { BuildSession } from '../build/buildkit/session.ts';
import { checkSession, SESSION_HEADERS } from '../build/buildkit/session-method.ts';
import { solve } from '../build/buildkit/solve.ts';
import { statusMessages } from '../build/buildkit/status-messages.ts';
import { EngineError, messageOf } from '../errors.ts';
import { serveGrpc } from '../../common/grpc/server.ts';
import { frontendAttributes, outputsOf } from './buildkit-query.ts';
import { queryFlag, type ApiContext, type Router } from './router.ts';

const H2C = 'h2c';
/** ms that a build waits for the archive that its client sends in another request. */
const PATIENCE = 10_000;
const UPLOAD_PREFIX = 'upload-request:';

/** `/session` and `/grpc`: connections that become HTTP/2, on which the client, or the engine, serves. */
export function registerBuildkitRoutes(router: Router, parts: ControlParts): void {
  const methods = controlMethods(parts);
  router.add('POST', '/session', (context) => {
    const header = (name: string): string => [context.request.headers[name] ?? ''].flat()[0] ?? '';
    const protocol = header('upgrade');
    if (protocol === '') throw new EngineError('invalid', 'no upgrade proto in request');
    if (protocol !== H2C) throw new EngineError('invalid', `protocol ${protocol} not supported`);
    const id = header(SESSION_HEADERS.id);
    checkSession(parts.sessions, id);
    const names = headerValues(context.request, SESSION_HEADERS.method);
    const socket = context.upgrade(H2C);
    parts.sessions.add(new BuildSession(socket, id, header(SESSION_HEADERS.sharedKey), names));
  });
  router.add('POST', '/grpc', (context) => {
    serveGrpc(context.upgrade(H2C), methods, grpcCodeOf);
  });
}

/** All values of a header that is repeated, which `headers` would put into one text. */
function headerValues({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** Archives on their way to builds: a client that builds from one sends it in a request of its own. */
export class BuildUploads {
  readonly #waiting = new Map<string, PromiseWithResolvers<IncomingMessage>>();

  #of(id: string): PromiseWithResolvers<IncomingMessage> {
    const known = this.#waiting.get(id);
    if (known !== undefined) return known;
    const made = Promise.withResolvers<IncomingMessage>();
    this.#waiting.set(id, made);
    setTimeout(() => {
      made.reject(new EngineError('invalid', `no build context was sent for the build ${id}`));
      this.#waiting.delete(id);
    }, PATIENCE).unref();
    made.promise.catch(() => undefined);
    return made;
  }

  /** Resolves when the build has read the archive. */
  async put(id: string, request: IncomingMessage): Promise<void> {
    this.#of(id).resolve(request);
    if (!request.readableEnded && !request.destroyed)
      await Promise.race([once(request, 'end'), once(request, 'close')]);
  }

  /** Throws `invalid` when none comes. */
  take(id: string): Promise<IncomingMessage> {
    return this.#of(id).promise;
  }
}

/** `POST /build?version=2`: a build with a session, whose progress comes as BuildKit's messages in Docker's stream. */
export async function buildWithKit(
  context: ApiContext,
  parts: ControlParts,
  { running, uploads }: { readonly running: Map<string, AbortController>; readonly uploads: BuildUploads },
): Promise<void> {
  const { query, request, response } = context;
  const id = query.get('buildid') ?? '';
  if (id.startsWith(UPLOAD_PREFIX)) {
    await uploads.put(id.slice(UPLOAD_PREFIX.length), request);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end();
    return;
  }
  const remote = query.get('remote') ?? '';
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  if (id !== '') running.set(id, stop);
  const isQuiet = queryFlag(query, 'q');
  const send = (message: object): void => {
    if (response.destroyed) return;
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write(`${JSON.stringify(message)}\r\n`);
  };
  try {
    const attributes = frontendAttributes(query);
    const exporters = outputsOf(query);
    const upload = remote === 'upload-request' ? await uploads.take(id) : remote === '' ? request : null;
    const ref = id === '' ? randomBytes(16).toString('hex') : id;
    const solving = solve(parts, {
      ref,
      attributes,
      inputs: new Map(),
      session: query.get('session') ?? '',
      exporters,
      entitlements: query.getAll('allow'),
      caches: { imports: [], exports: [] },
      upload,
      signal,
    });
    const forget = isQuiet ? null : await follow(parts, ref, send, solving, signal);
    try {
      const { image } = await solving;
      if (image !== null && exporters.some(({ type }) => type === 'moby')) {
        send({ id: 'moby.image.id', aux: { ID: image.id } });
        if (isQuiet) send({ stream: `${image.id}\n` });
      }
    } finally {
      forget?.();
    }
  } catch (error) {
    const text = messageOf(error);
    send({ errorDetail: { message: text }, error: text });
  } finally {
    running.delete(id);
    request.resume();
  }
  if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end();
  if (!response.writableFinished && !response.destroyed) await once(response, 'close');
}

/** Sends what happens in a build as long as it runs. Returns what ends that. */
async function follow(
  { builds }: ControlParts,
  ref: string,
  send: (message: object) => void,
  solving: Promise<unknown>,
  signal: AbortSignal,
): Promise<() => void> {
  solving.catch(() => undefined);
  const job = await builds.find(ref, signal);
  return job.trace.subscribe((update) => {
    for (const message of statusMessages(update)) {
      const aux = Buffer.from(statusResponse.encode(message)).toString('base64');
      send({ id: 'moby.buildkit.trace', aux });
    }
  });
}
