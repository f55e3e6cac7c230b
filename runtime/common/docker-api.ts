import {
  request as plainRequest,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { https } from './costly-modules.ts';
import { socketConnection, type DockerConnection } from './docker-address.ts';

/** An error answer of a Docker-compatible engine. */
export class DockerApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'DockerApiError';
    this.status = status;
  }
}

export interface DockerApiRequest {
  /** A list gives its name once for each value. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is (a tar). */
  readonly stream?: Readable;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly signal?: AbortSignal;
}

/** Version asked for unless another is: the oldest that has every field we read. */
const LEAST_VERSION = '1.41';
/** Longest error body read, in bytes. */
const MAX_ERROR_BYTES = 64 * 1024;

/** A client of the Docker Engine API. Rejects with DockerApiError, or the socket's own error. */
export class DockerApi {
  readonly #connection: DockerConnection;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;
  #version: string;
  /** Whether the engine is known to have that version. */
  #isSettled: boolean;

  /**
   * `target` is the path of a unix socket, or a way to anywhere. `version` is the newest of the API to be asked for; an
   * older engine's own is used instead. Each request has the `headers` too.
   */
  constructor(
    target: string | DockerConnection,
    version = LEAST_VERSION,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.#connection = typeof target === 'string' ? socketConnection(target) : target;
    this.#agent = this.#connection.agent(true);
    this.#headers = headers;
    this.#version = version;
    this.#isSettled = version === LEAST_VERSION;
  }

  /** Value of DOCKER_HOST that leads here. */
  get address(): string {
    return this.#connection.address;
  }

  /** The way to the engine, for another client of it. */
  get connection(): DockerConnection {
    return this.#connection;
  }

  /** The version of the API that is asked for: the engine's own, once it said that it is older. */
  get version(): string {
    return this.#version;
  }

  /** The answer's JSON, or undefined when it has no body. Rejects with SyntaxError when it is not JSON. */
  async json<T>(method: string, path: string, options: DockerApiRequest = {}): Promise<T> {
    const text = (await collect(await this.open(method, path, options))).toString();
    return (text.trim() === '' ? undefined : JSON.parse(text)) as T;
  }

  /** The answer as a stream. */
  async open(method: string, path: string, options: DockerApiRequest = {}): Promise<IncomingMessage> {
    // A stream cannot be sent a second time.
    if (options.stream !== undefined && !this.#isSettled) (await this.open('GET', '/_ping')).resume();
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = this.#request(this.#options(method, path, options, body), resolve);
      request.on('error', reject);
      if (options.stream === undefined) {
        request.end(body);
        return;
      }
      options.stream.on('error', (error) => request.destroy(error));
      options.stream.pipe(request);
    });
    const status = response.statusCode ?? 0;
    const error = status < 400 ? null : await errorOf(response, status);
    if (error !== null && options.stream === undefined && this.#stepsDown(error))
      return this.open(method, path, options);
    this.#isSettled = true;
    if (error !== null) throw error;
    return response;
  }

  /** Whether the engine is older than the version asked for; the next request asks for the engine's own. */
  #stepsDown(error: DockerApiError): boolean {
    const own = /maximum supported API version is (\d+\.\d+)/i.exec(error.message)?.[1];
    if (error.status !== 400 || own === undefined || own === this.#version) return false;
    this.#version = own;
    return true;
  }

  /** Takes the connection over as a raw stream, or for the protocol that `upgrade` names. */
  hijack(
    method: string,
    path: string,
    options: DockerApiRequest & { readonly upgrade?: string } = {},
  ): Promise<{ stream: Duplex }> {
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const head = this.#options(method, path, options, body);
    return new Promise((resolve, reject) => {
      const request = this.#request({
        ...head,
        agent: this.#connection.agent(false),
        headers: { ...head.headers, Connection: 'Upgrade', Upgrade: options.upgrade ?? 'tcp' },
      });
      request.on('upgrade', (_response, socket, first) => {
        if (first.length > 0) socket.unshift(first);
        resolve({ stream: socket });
      });
      request.on('response', (response) => {
        errorOf(response, response.statusCode ?? 0).then(reject, reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  #request(options: RequestOptions, onResponse?: (response: IncomingMessage) => void): ClientRequest {
    return (this.#connection.secure ? https().request : plainRequest)(options, onResponse);
  }

  #options(
    method: string,
    path: string,
    options: DockerApiRequest,
    body: Buffer | undefined,
  ): Omit<RequestOptions, 'headers'> & { headers: OutgoingHttpHeaders } {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options.query ?? {}))
      if (Array.isArray(value)) for (const one of value as readonly string[]) query.append(name, one);
      else if (value !== undefined) query.append(name, String(value));
    return {
      ...this.#connection.target,
      agent: this.#agent,
      method,
      path: `/v${this.#version}${escaped(path)}${query.size > 0 ? `?${query.toString()}` : ''}`,
      headers: {
        ...this.#headers,
        Host: this.#connection.host,
        ...(options.stream === undefined
          ? { 'Content-Length': body?.length ?? 0 }
          : { 'Content-Type': 'application/x-tar' }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
  }
}

/** A path in which names may have any characters; what is escaped already stays. Throws for a name that is blank. */
function escaped(path: string): string {
  // Without its name a path leads elsewhere: to the list.
  const [, kind] = /^\/(container|image|network|volume|plugin)s\/\s*(?:\/|$)/.exec(path) ?? [];
  if (kind !== undefined) throw new Error(`invalid ${kind} name or ID: value is empty`);
  return path.replaceAll(/[^\w\-.~!$&'()*+,;=:@/%]+/g, (text) => encodeURIComponent(text));
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function errorOf(response: IncomingMessage, status: number): Promise<DockerApiError> {
  const text = (await readError(response)).toString();
  let message = text.trim();
  try {
    message = (JSON.parse(text) as { message?: string }).message?.trim() ?? message;
  } catch {
    // Not JSON: the text is the message.
  }
  return new DockerApiError(status, message === '' ? `the engine answered with status ${String(status)}` : message);
}

async function readError(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_ERROR_BYTES) break;
    }
  } catch {
    // The status and what came say enough.
  }
  return Buffer.concat(chunks);
}
