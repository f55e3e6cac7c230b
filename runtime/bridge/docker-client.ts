import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { BridgeError } from '../rpc/error.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface DockerRequest {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with `contentType`. */
  readonly stream?: Readable;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** API version asked for; every engine this app works with speaks it, Debian 12's included. */
const API_PREFIX = '/v1.41';
/** Longest error body read, in bytes. */
const MAX_ERROR_BYTES = 64 * 1024;

/** A client of the Docker Engine API on a unix socket. All methods reject with BridgeError. */
export class DockerClient {
  readonly socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 8 });

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** Value of DOCKER_HOST that leads here. */
  get dockerHost(): string {
    return `unix://${this.socketPath}`;
  }

  /** Sends a request and parses the JSON answer; `undefined` for an answer without a body. */
  async json<T>(method: string, path: string, options: DockerRequest = {}): Promise<T> {
    const response = await this.open(method, path, options);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response) chunks.push(chunk as Buffer);
    } catch (error) {
      throw toBridgeError(error, options.signal);
    }
    const text = Buffer.concat(chunks).toString();
    try {
      return (text.trim() === '' ? undefined : JSON.parse(text)) as T;
    } catch {
      throw new BridgeError('internal', 'The engine sent an answer that is not JSON.', { detail: text.slice(0, 500) });
    }
  }

  /** Sends a request and returns the answer's body as a stream. */
  async open(method: string, path: string, options: DockerRequest = {}): Promise<IncomingMessage> {
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(this.#options(method, path, options, body), resolve);
      request.on('error', (error) => {
        reject(toBridgeError(error, options.signal));
      });
      if (options.stream === undefined) request.end(body);
      else {
        options.stream.on('error', (error) => request.destroy(error));
        options.stream.pipe(request);
      }
    });
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    throw await errorOf(response, status);
  }

  /**
   * Sends a request that turns the connection into a raw stream (`Upgrade: tcp`). Bytes that came with the answer's
   * head are put back, so the stream is complete.
   */
  async hijack(
    method: string,
    path: string,
    options: DockerRequest = {},
  ): Promise<{ stream: Duplex; multiplexed: boolean }> {
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const head = this.#options(method, path, options, body);
    return await new Promise((resolve, reject) => {
      const request = httpRequest({
        ...head,
        agent: false,
        headers: { ...head.headers, Connection: 'Upgrade', Upgrade: 'tcp' },
      });
      request.on('upgrade', (response, socket, first) => {
        if (first.length > 0) socket.unshift(first);
        resolve({
          stream: socket,
          multiplexed: response.headers['content-type'] === 'application/vnd.docker.multiplexed-stream',
        });
      });
      request.on('response', (response) => {
        errorOf(response, response.statusCode ?? 0).then(reject, reject);
      });
      request.on('error', (error) => {
        reject(toBridgeError(error, options.signal));
      });
      request.end(body);
    });
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  #options(
    method: string,
    path: string,
    options: DockerRequest,
    body: Buffer | undefined,
  ): Omit<RequestOptions, 'headers'> & { headers: OutgoingHttpHeaders } {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const contentType = options.contentType ?? (body === undefined ? undefined : 'application/json');
    return {
      socketPath: this.socketPath,
      agent: this.#agent,
      method,
      path: `${API_PREFIX}${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
      headers: {
        Host: 'docker',
        ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
        ...(options.stream === undefined ? { 'Content-Length': body?.length ?? 0 } : {}),
        ...options.headers,
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
  }
}

async function errorOf(response: IncomingMessage, status: number): Promise<BridgeError> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      length += (chunk as Buffer).length;
      if (length > MAX_ERROR_BYTES) break;
      chunks.push(chunk as Buffer);
    }
  } catch {
    // The status alone says enough.
  }
  return statusError(status, messageIn(Buffer.concat(chunks).toString()));
}

function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string') {
      return body.message.trim();
    }
  } catch {
    // Not JSON: the text itself is the message.
  }
  return text.trim();
}

/** The error for a status of the Docker Engine API and the sentence that came with it. */
export function statusError(status: number, message: string): BridgeError {
  const sentence = asSentence(message === '' ? `the engine answered with status ${String(status)}` : message);
  const extra = { status, detail: message };
  if (status === 404) return new BridgeError('not-found', sentence, extra);
  if (status === 409) {
    const inUse = /in use|is using|being used|running container/i.test(message);
    return new BridgeError(inUse ? 'in-use' : 'conflict', sentence, {
      ...extra,
      ...(inUse ? { hint: 'Stop or remove what uses it first.' } : {}),
    });
  }
  if (status === 400) return new BridgeError('invalid', sentence, extra);
  if (status === 401 || status === 403) {
    return new BridgeError('unauthorized', sentence, { ...extra, hint: 'Log in to the registry with “docker login”.' });
  }
  if (status === 501) return new BridgeError('unsupported', sentence, extra);
  return new BridgeError('internal', sentence, extra);
}

function asSentence(message: string): string {
  const capital = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** Turns a failed connection into the error a person should see. */
export function toBridgeError(error: unknown, signal?: AbortSignal): BridgeError {
  if (error instanceof BridgeError) return error;
  if (signal?.aborted === true) return new BridgeError('cancelled', 'Cancelled.');
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const detail = error instanceof Error ? error.message : String(error);
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new BridgeError('engine-unreachable', 'The engine is not running.', {
      detail,
      hint: 'Start it, or wait: this page connects again by itself.',
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new BridgeError('engine-unreachable', 'You may not use this engine’s socket.', {
      detail,
      hint: 'Run the app as the user who started the engine.',
    });
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new BridgeError('engine-unreachable', 'The engine closed the connection.', { detail });
  }
  return BridgeError.from(error);
}
