import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import { type Credentials, parseChallenges, type Challenge } from './credentials.ts';
import { readBody, send, TransportError, type HttpResponse } from './http.ts';
import { errorText } from './error-text.ts';
import { NO_PROXIES, type ProxySettings } from './proxy.ts';
import { fetchToken } from './token.ts';

/** Settings of the registry client. */
export interface RegistryOptions {
  /** ms without a byte before a connection counts as stalled. */
  readonly stallTime: number;
  /** Further tries after a failure of the connection or a 5xx answer. */
  readonly retries: number;
  /** ms before the first further try; doubles each time. */
  readonly retryDelay: number;
  /** Hosts (with port) spoken to without checking certificates, and in plain http when they have no TLS. */
  readonly insecureRegistries: readonly string[];
  /** Whether a host is spoken to like those. */
  readonly isInsecure: (host: string) => boolean;
  /** Where images of Docker Hub are looked for first. */
  readonly mirrors: readonly URL[];
  /** Layers of one image that are fetched, and sent, at a time. */
  readonly parallelDownloads: number;
  readonly parallelUploads: number;
  readonly proxies: ProxySettings;
}

export const DEFAULT_REGISTRY_OPTIONS: RegistryOptions = {
  stallTime: 30_000,
  retries: 5,
  retryDelay: 500,
  insecureRegistries: [],
  isInsecure: () => false,
  mirrors: [],
  // As in Docker (max-concurrent-downloads, max-concurrent-uploads).
  parallelDownloads: 3,
  parallelUploads: 5,
  proxies: NO_PROXIES,
};

/** The defaults with some others, which may be getters: what is set while the engine runs counts from then on. */
export function registryOptions(others: Partial<RegistryOptions> = {}): RegistryOptions {
  return Object.defineProperties({ ...DEFAULT_REGISTRY_OPTIONS }, Object.getOwnPropertyDescriptors(others));
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the host, or a whole address that the registry gave (upload locations). */
  readonly target: string | URL;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | Readable;
}

/** The host that a domain of image names is served by. */
export function registryHost(domain: string): string {
  return domain === 'docker.io' ? 'registry-1.docker.io' : domain;
}

/** Whether a `host[:port]` is this machine, where plain http harms nobody. */
export function isLoopback(host: string): boolean {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '');
  if (name === 'localhost' || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}

/**
 * A conversation with one registry about one repository (OCI distribution-spec 1.1): finds out whether it speaks TLS,
 * answers authentication challenges, and retries what is worth it.
 */
export class RegistrySession {
  readonly host: string;
  readonly repository: string;
  readonly #credentials: Credentials;
  readonly #options: RegistryOptions;
  readonly #signal: AbortSignal;
  readonly #insecure: boolean;
  readonly #mirror: URL | null;
  #base: Promise<URL> | null = null;
  #authorization: Promise<string | null> | null = null;
  #scopes: string[];

  constructor(
    domain: string,
    repository: string,
    access: 'pull' | 'pull,push',
    credentials: Credentials,
    options: RegistryOptions,
    signal: AbortSignal,
    mirror: URL | null = null,
  ) {
    this.host = mirror?.host ?? registryHost(domain);
    this.#mirror = mirror;
    this.repository = repository;
    this.#credentials = credentials;
    this.#options = options;
    this.#signal = signal;
    this.#insecure =
      isLoopback(this.host) || options.insecureRegistries.includes(this.host) || options.isInsecure(this.host);
    this.#scopes = repository === '' ? [] : [`repository:${repository}:${access}`];
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Lets the token also read another repository, for a mount of its blobs. */
  addScope(repository: string): void {
    const scope = `repository:${repository}:pull`;
    if (this.#scopes.includes(scope)) return;
    this.#scopes = [...this.#scopes, scope];
    this.#authorization = null;
  }

  /** Lets the token list the repositories of the registry. */
  askForCatalog(): void {
    this.#scopes = ['registry:catalog:*'];
    this.#authorization = null;
  }

  /**
   * Sends a request, authenticated, retried on failures of the connection and on 5xx and 429. Answers of any other
   * status are returned. A body that is a stream is sent once only.
   */
  async request(request: RegistryRequest): Promise<HttpResponse> {
    const attempts = request.body === undefined || Buffer.isBuffer(request.body) ? this.#options.retries : 0;
    return this.retry(() => this.#authenticated(request), attempts);
  }

  /** Runs `work` again after failures of the connection and busy answers, with growing pauses. */
  async retry(work: () => Promise<HttpResponse>, attempts: number): Promise<HttpResponse> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const response = await work();
        const busy = response.status >= 500 || response.status === 429;
        if (!busy || attempt >= attempts) return response;
        response.body.resume();
        await this.pause(attempt, Number(response.headers['retry-after']));
      } catch (error) {
        if (!(error instanceof TransportError) || error.isFinal || attempt >= attempts || this.#signal.aborted)
          throw error;
        await this.pause(attempt);
      }
    }
  }

  /** Waits before try number `attempt` + 1. `seconds`: what the server asked for, capped at 30. */
  async pause(attempt: number, seconds = Number.NaN): Promise<void> {
    const asked = Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 30) * 1000 : 0;
    const time = Math.max(asked, this.#options.retryDelay * 2 ** attempt);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(done, time);
      const signal = this.#signal;
      function done(): void {
        signal.removeEventListener('abort', aborted);
        resolve();
      }
      function aborted(): void {
        clearTimeout(timer);
        reject(new EngineError('internal', 'context canceled'));
      }
      signal.addEventListener('abort', aborted, { once: true });
      if (signal.aborted) aborted();
    });
  }

  get retries(): number {
    return this.#options.retries;
  }

  /** Address of a path on the registry. */
  async resolve(target: string | URL): Promise<URL> {
    if (target instanceof URL) return target;
    this.#base ??= this.#probe();
    try {
      return new URL(target, await this.#base);
    } catch (error) {
      this.#base = null;
      throw error;
    }
  }

  /**
   * TLS first, always; plain http only for loopback and declared hosts that do not answer it. Not retried here: whoever
   * asked for the address retries, and so probes again.
   */
  async #probe(): Promise<URL> {
    // A mirror says itself whether it speaks TLS.
    if (this.#mirror !== null) {
      const base = new URL('/v2/', this.#mirror);
      await this.#learn(await this.#send('GET', base), base);
      return base;
    }
    const secure = new URL(`https://${this.host}/v2/`);
    try {
      await this.#learn(await this.#send('GET', secure), secure);
      return secure;
    } catch (error) {
      if (!this.#insecure || !(error instanceof TransportError)) throw error;
    }
    const plain = new URL(`http://${this.host}/v2/`);
    await this.#learn(await this.#send('GET', plain), plain);
    return plain;
  }

  async #learn(response: HttpResponse, base: URL): Promise<void> {
    if (mayChallenge(response, base)) await this.#answer(response);
    else response.body.resume();
  }

  async #answer(response: HttpResponse): Promise<void> {
    response.body.resume();
    const header = response.headers['www-authenticate'] ?? '';
    this.#authorization = this.#authorize(parseChallenges(header), response.url);
    await this.#authorization;
  }

  async #authenticated(request: RegistryRequest): Promise<HttpResponse> {
    const url = await this.resolve(request.target);
    if (this.#authorization === null && this.#challenges !== null) {
      this.#authorization = this.#authorize(this.#challenges, url);
    }
    const used = await this.#authorization;
    const response = await this.#send(request.method, url, await this.#headers(request, url), request.body);
    const replayable = request.body === undefined || Buffer.isBuffer(request.body);
    if (!replayable || !mayChallenge(response, await this.resolve('/'))) return response;
    // Someone else may have got a new token meanwhile.
    if (used === (await this.#authorization)) await this.#answer(response);
    else response.body.resume();
    if ((await this.#authorization) === null) {
      if (this.#lacksCredentials) throw new EngineError('unauthorized', 'no basic auth credentials');
      return response;
    }
    return this.#send(request.method, url, await this.#headers(request, url), request.body);
  }

  #challenges: readonly Challenge[] | null = null;

  /** Whether the registry asked for a name and a password that are not there. */
  get #lacksCredentials(): boolean {
    return this.#credentials.username === '' && this.#challenges?.some(({ scheme }) => scheme === 'basic') === true;
  }

  async #authorize(challenges: readonly Challenge[], url: URL): Promise<string | null> {
    this.#challenges = challenges;
    const { username, password, registryToken } = this.#credentials;
    if (registryToken !== '') return `Bearer ${registryToken}`;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) {
      const token = await fetchToken(bearer, url, this.#scopes, this.#credentials, {
        signal: this.#signal,
        stallTime: this.#options.stallTime,
        insecure: this.#insecure,
        proxies: this.#options.proxies,
      });
      return `Bearer ${token}`;
    }
    const basic = challenges.some(({ scheme }) => scheme === 'basic');
    if (!basic || username === '') return null;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  async #headers(request: RegistryRequest, url: URL): Promise<OutgoingHttpHeaders> {
    const authorization = await this.#authorization;
    const base = await this.#base;
    // An upload location on another host gets no credentials: they are the registry's alone.
    if (authorization === null || base === null || url.origin !== base.origin) return { ...request.headers };
    return { ...request.headers, Authorization: authorization };
  }

  #send(method: string, url: URL, headers: OutgoingHttpHeaders = {}, body?: Buffer | Readable): Promise<HttpResponse> {
    return send({
      method,
      url,
      headers,
      signal: this.#signal,
      stallTime: this.#options.stallTime,
      insecure: this.#insecure,
      proxies: this.#options.proxies,
      ...(body === undefined ? {} : { body }),
    });
  }
}

/**
 * Whether an answer is the registry's own word that it wants to know who asks. Where a redirect or an upload's location
 * has led, another could name a token server of its own, and would get the registry's credentials (CVE-2020-15157).
 */
function mayChallenge({ status, url }: HttpResponse, base: URL): boolean {
  return status === 401 && url.origin === base.origin;
}

/** 64 KiB of error text is more than anyone reads. */
const ERROR_BODY_MAX = 64 * 1024;

/** Turns a refusal of the registry into a typed error with the registry's own words. */
export async function refusal(response: HttpResponse, what: string): Promise<EngineError> {
  const body = await readBody(response, ERROR_BODY_MAX).catch(() => Buffer.alloc(0));
  const detail = errorText(body.toString('utf8')) || `the registry answered ${response.status}`;
  if (response.status === 401) return new EngineError('unauthorized', `${what}: ${detail}`);
  if (response.status === 403) return new EngineError('forbidden', `${what}: ${detail}`);
  if (response.status === 404) return new EngineError('not-found', `${what}: ${detail}`);
  if (response.status === 429) return new EngineError('unavailable', `toomanyrequests: ${what}: ${detail}`);
  return new EngineError('internal', `${what}: ${detail}`);
}
