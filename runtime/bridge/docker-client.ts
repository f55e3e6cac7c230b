import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DockerConnection } from '../common/docker-address.ts';
import { DockerApi, DockerApiError, type DockerApiRequest } from '../common/docker-api.ts';
import type { ErrorCode } from '../contract/contract.ts';
import { BridgeError } from '../rpc/error.ts';
import { plainSentence } from './plain-sentences.ts';

/** The client of the Docker Engine API with errors as the page gets them: all methods reject with BridgeError. */
export class DockerClient {
  #api: DockerApi;
  /** Aborted when another engine takes this one's place. */
  #life = new AbortController();

  /** `target` is the path of a unix socket, or a way to anywhere. */
  constructor(target: string | DockerConnection) {
    this.#api = new DockerApi(target);
  }

  /** Value of DOCKER_HOST that leads here. */
  get dockerHost(): string {
    return this.#api.address;
  }

  /** The client itself, whose errors are still the engine's own. */
  get api(): DockerApi {
    return this.#api;
  }

  /** Talks to another engine from now on. What is open to the one before ends, as if that had gone away. */
  use(api: DockerApi): void {
    this.#api.close();
    this.#api = api;
    this.#life.abort(Object.assign(new Error('another engine was chosen'), { code: 'ECONNRESET' }));
    this.#life = new AbortController();
  }

  /** Sends a request and parses the JSON answer; `undefined` for an answer without a body. */
  json<T>(method: string, path: string, options: DockerApiRequest = {}): Promise<T> {
    return explained(this.#api.json<T>(method, path, this.#living(options)), options);
  }

  /** Sends a request and returns the answer's body as a stream. */
  open(method: string, path: string, options: DockerApiRequest = {}): Promise<IncomingMessage> {
    return explained(this.#api.open(method, path, this.#living(options)), options);
  }

  /** Sends a request that turns the connection into a raw stream. */
  hijack(method: string, path: string, options: DockerApiRequest = {}): Promise<{ stream: Duplex }> {
    return explained(this.#api.hijack(method, path, this.#living(options)), options);
  }

  /** Closes idle connections. */
  close(): void {
    this.#api.close();
  }

  #living(options: DockerApiRequest): DockerApiRequest {
    const { signal } = options;
    return {
      ...options,
      signal: signal === undefined ? this.#life.signal : AbortSignal.any([signal, this.#life.signal]),
    };
  }
}

async function explained<T>(work: Promise<T>, { signal }: DockerApiRequest): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toBridgeError(error, signal);
  }
}

/** The error for a status of the Docker Engine API and the sentence that came with it. */
export function statusError(status: number, message: string): BridgeError {
  const sentence = asSentence(message);
  const extra = { status, detail: message };
  if (/no space left on device|disk quota exceeded|database or disk is full/i.test(message)) {
    return new BridgeError('internal', 'The disk is full.', {
      ...extra,
      hint: 'Make room: “Disk usage” shows what takes it, and cleans up.',
    });
  }
  // Engines say on which socket it failed, each in its own way.
  const isTaken = /address already in use|port is already allocated/i.test(message);
  const [, port] = (isTaken ? /[\d\]]:(\d+)/.exec(message) : null) ?? [];
  if (port !== undefined) {
    return new BridgeError('in-use', `Port ${port} is in use already.`, {
      ...extra,
      hint: 'Stop what listens there, or publish another port of this computer.',
    });
  }
  const plain = plainSentence(message);
  if (plain !== null) return new BridgeError(codeOf(status, message), plain.sentence, { ...extra, hint: plain.hint });
  const code = codeOf(status, message);
  const hint = hintOf(code, message);
  return new BridgeError(code, sentence, { ...extra, ...(hint === undefined ? {} : { hint }) });
}

/** What to do about failures of a kind, where the engine's own words are shown. */
function hintOf(code: ErrorCode, message: string): string | undefined {
  const hints: Readonly<Partial<Record<ErrorCode, { readonly hint: string; readonly applies: boolean }>>> = {
    'in-use': { hint: 'Stop or remove what uses it first.', applies: true },
    unauthorized: {
      hint: 'Log in to the registry under “Registries”.',
      // Engines forbid other things, too, such as the removal of their own networks.
      applies: /denied|authoriz|authentic|log ?in|credential|token/i.test(message),
    },
  };
  const found = hints[code];
  return found?.applies === true ? found.hint : undefined;
}

function codeOf(status: number, message: string): ErrorCode {
  switch (status) {
    case 400:
      return 'invalid';
    case 401:
    case 403:
      return 'unauthorized';
    case 404:
      return 'not-found';
    case 409:
      return /in use|is using|being used|running container/i.test(message) ? 'in-use' : 'conflict';
    case 501:
      return 'unsupported';
    default:
      return 'internal';
  }
}

function asSentence(message: string): string {
  const capital = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** Turns a failed connection into the error a person should see. */
export function toBridgeError(error: unknown, signal?: AbortSignal): BridgeError {
  if (error instanceof BridgeError) return error;
  if (error instanceof DockerApiError) return statusError(error.status, error.message);
  if (error instanceof SyntaxError) {
    return new BridgeError('internal', 'The engine sent an answer that is not JSON.', { detail: error.message });
  }
  if (signal?.aborted === true) return new BridgeError('cancelled', 'Cancelled.');
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'AbortError') {
    return new BridgeError('engine-unreachable', 'Another engine was chosen.', { detail });
  }
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
