import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { https } from '../../common/costly-modules.ts';
import { EngineError } from '../errors.ts';
import { proxyFor, type ProxySettings } from './proxy.ts';
import { isSocks, leadThroughSocks } from './socks.ts';

/** One HTTP request of the registry client. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer | Readable;
  readonly signal: AbortSignal;
  /** ms without a byte in either direction before the request fails. */
  readonly stallTime: number;
  /** Accept any certificate (a registry that the user declared insecure, or one on loopback). */
  readonly insecure: boolean;
  readonly proxies: ProxySettings;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
  /** Where it came from, after redirects. */
  readonly url: URL;
}

/** The other side's clear word that trying again is no use: nobody listens, no such host, a certificate that is wrong. */
const FINAL_CODES =
  /^(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|PROXY_REFUSED|CERT_\w+|ERR_TLS_\w+|\w*SELF_SIGNED\w*)$/;

/** A failure of the way to the registry, not of what it said: worth another try unless it is final. */
export class TransportError extends Error {
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransportError';
    this.code = code;
  }

  get isFinal(): boolean {
    return FINAL_CODES.test(this.code);
  }
}

/** As many as browsers follow. */
const REDIRECTS_MAX = 10;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

// Idle connections close after 15 s, before most servers would close them under us.
const IDLE = { keepAlive: true, timeout: 15_000, maxFreeSockets: 4 } as const;
const agents = new Map<string, http.Agent>();

/**
 * The agent of an address. Those of TLS are made when they are needed. Through a proxy Node's own agents go; whether an
 * address is asked for through one is not left to them, for they know less of NO_PROXY than Docker does.
 */
function agentOf(isTls: boolean, insecure: boolean, proxy: URL | null): http.Agent {
  const key = `${isTls} ${isTls && insecure} ${proxy?.href ?? ''}`;
  const known = agents.get(key);
  if (known !== undefined) return known;
  const viaSocks = proxy !== null && isSocks(proxy) ? proxy : null;
  const options =
    proxy === null || viaSocks !== null
      ? IDLE
      : { ...IDLE, proxyEnv: { [isTls ? 'https_proxy' : 'http_proxy']: proxy.href } };
  const made = isTls ? new (https().Agent)({ ...options, rejectUnauthorized: !insecure }) : new http.Agent(options);
  if (viaSocks !== null) leadThroughSocks(made, isTls, viaSocks);
  agents.set(key, made);
  return made;
}

/** Sends a request; GET and HEAD follow redirects, without the credentials when the origin changes. */
export async function send(request: HttpRequest): Promise<HttpResponse> {
  let { url, headers } = request;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const response = await sendOnce({ ...request, url, headers });
    const location = response.headers.location;
    const follows = request.method === 'GET' || request.method === 'HEAD';
    if (!follows || location === undefined || !REDIRECT_STATUSES.has(response.status)) return response;
    response.body.resume();
    const next = parseLocation(location, url);
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw new EngineError('internal', `${url.host} redirects from https to plain http; refused`);
    if (next.origin !== url.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
    }
    url = next;
  }
  throw new EngineError('internal', `${request.url.host} redirects in circles`);
}

/** ms without a byte before a download fails: as long as pulls wait. */
const DOWNLOAD_STALL_TIME = 30_000;

/** The body of an address that anyone may read. Throws `internal` when the server refuses. */
export async function download(url: URL, proxies: ProxySettings, signal: AbortSignal): Promise<Readable> {
  const request = { method: 'GET', url, headers: {}, signal, stallTime: DOWNLOAD_STALL_TIME, insecure: false, proxies };
  const { status, body } = await send(request).catch((error: unknown) => {
    throw transportError(error, url);
  });
  if (status < 400) return body;
  body.resume();
  throw new EngineError('internal', `Got HTTP status code >= 400: ${status}`);
}

/** Resolves a Location header against the address it came from. Throws when it is not http(s). */
export function parseLocation(location: string, base: URL): URL {
  const url = URL.canParse(location, base.href) ? new URL(location, base) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new EngineError('internal', `${base.host} redirects to an invalid address`);
  return url;
}

function sendOnce(request: HttpRequest): Promise<HttpResponse> {
  const { url, signal, stallTime, body } = request;
  const isTls = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const proxy = proxyFor(url, request.proxies);
    const outgoing = (isTls ? https() : http).request(url, {
      method: request.method,
      headers: { 'User-Agent': 'berth/0.1', ...request.headers },
      agent: agentOf(isTls, request.insecure, proxy),
      signal,
      timeout: stallTime,
    });
    const fail = (error: unknown): void => {
      reject(signal.aborted ? cancelled() : transportError(error, url, proxy));
    };
    outgoing.on('error', fail);
    let incomingBody: IncomingMessage | null = null;
    outgoing.on('timeout', () => {
      // Bytes that wait here mean that the reader is slow, not the registry.
      if (incomingBody !== null && incomingBody.readableLength > 0) {
        outgoing.setTimeout(stallTime);
        return;
      }
      outgoing.destroy(new TransportError(`${url.host} sent nothing for ${stallTime / 1000} s`, 'ETIMEDOUT'));
    });
    outgoing.on('response', (incoming) => {
      // A body that breaks off must fail its reader even when the failure comes between two reads.
      incoming.on('error', () => undefined);
      incomingBody = incoming;
      // Only a proxy answers so, and only where it is asked in plain http: through TLS it refuses the tunnel.
      if (proxy !== null && !isSocks(proxy) && incoming.statusCode === PROXY_NEEDS_NAME) {
        incoming.resume();
        reject(refusedByProxy(proxy, url, incoming.statusCode));
        return;
      }
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming, url });
    });
    if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
    else
      pipeline(body, outgoing, (error) => {
        if (error) fail(error);
      });
  });
}

/** The error of a request that the caller gave up. */
export function cancelled(): EngineError {
  return new EngineError('internal', 'context canceled');
}

const PROXY_NEEDS_NAME = 407;

/** A proxy's refusal. One that has trouble itself, or with the server behind it, may be asked again. */
function refusedByProxy(proxy: URL, url: URL, status: number): TransportError {
  if (status === PROXY_NEEDS_NAME)
    return new TransportError(`the proxy ${proxy.host} asks for a name and a password it takes`, 'PROXY_REFUSED');
  const code = status >= 500 ? 'PROXY_FAILED' : 'PROXY_REFUSED';
  return new TransportError(`the proxy ${proxy.host} gives no way to ${url.host}: it answered ${status}`, code);
}

/** Wraps what node's http says when a connection fails, on the way through `proxy` if there is one. */
export function transportError(error: unknown, url: URL, proxy: URL | null = null): Error {
  if (error instanceof TransportError || error instanceof EngineError) return error;
  if (proxy !== null && error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number')
    return refusedByProxy(proxy, url, error.statusCode);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = error instanceof Error ? error.message : String(error);
  // Never its whole address: there may be a password in it.
  const way = proxy === null ? '' : ` through the proxy ${proxy.host}`;
  return new TransportError(`cannot reach ${url.protocol}//${url.host}${way}: ${reason}`, code, { cause: error });
}

/** Reads a small body whole. Throws `invalid` past `limit` bytes. */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) {
        throw new EngineError('invalid', `${response.url.host} sent an answer larger than ${limit} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw transportError(error, response.url);
  }
  return Buffer.concat(chunks);
}
