import { Readable, type Duplex } from 'node:stream';
import { EngineError } from '../../errors.ts';
import { GrpcClient, type CallOptions, type GrpcCall } from '../../../common/grpc/client.ts';
import type { MessageType } from '../../../common/grpc/message.ts';
import { GrpcError, GrpcStatus } from '../../../common/grpc/status.ts';
import { ANONYMOUS, type Credentials } from '../../registry/credentials.ts';
import {
  agentRequest,
  agentResponse,
  bytesMessage,
  credentialsRequest,
  credentialsResponse,
  secretRequest,
  secretResponse,
  SESSION_METHODS,
} from '../../../common/buildkit/session-messages.ts';

/** ms that a build waits for the session that it names: the client opens both at once. */
const PATIENCE = 10_000;
/** What clients call the account of Docker Hub. */
const HUB_HOST = 'registry-1.docker.io';

/** A client that serves its files, secrets and agents to a build, on a connection that it opened. */
export class BuildSession {
  readonly id: string;
  /** The same for builds of one directory by one user, so that files need not be sent again; '' for none. */
  readonly sharedKey: string;
  readonly #client: GrpcClient;
  readonly #methods: ReadonlySet<string>;

  constructor(socket: Duplex, id: string, sharedKey: string, methods: readonly string[]) {
    this.id = id;
    this.sharedKey = sharedKey;
    this.#client = new GrpcClient(socket);
    this.#methods = new Set(methods.map((path) => path.toLowerCase()));
  }

  onClose(listener: () => void): void {
    this.#client.onClose(listener);
  }

  close(): void {
    this.#client.close();
  }

  /** Whether the client serves a method. */
  supports(path: string): boolean {
    return this.#methods.has(path.toLowerCase());
  }

  /** Begins a call of many messages. Throws `invalid` for a method that the client does not serve. */
  call<Request extends object, Response extends object>(
    path: string,
    types: readonly [MessageType<Request>, MessageType<Response>],
    options: CallOptions,
  ): GrpcCall<Request, Response> {
    if (!this.supports(path)) throw new EngineError('invalid', `method ${path} not supported by the client`);
    return this.#client.call(path, types, options);
  }

  /** A secret's value; undefined when the client has none of this name. */
  async secret(id: string, signal: AbortSignal): Promise<Buffer | undefined> {
    if (!this.supports(SESSION_METHODS.secret)) return undefined;
    try {
      const types = [secretRequest, secretResponse] as const;
      const { data } = await this.#client.unary(SESSION_METHODS.secret, types, { id }, { signal });
      return Buffer.from(data);
    } catch (error) {
      if (error instanceof GrpcError && error.code === GrpcStatus.notFound) return undefined;
      throw error;
    }
  }

  /** Whether the client forwards an ssh agent of this name. */
  async hasAgent(id: string, signal: AbortSignal): Promise<boolean> {
    if (!this.supports(SESSION_METHODS.checkAgent)) return false;
    try {
      await this.#client.unary(SESSION_METHODS.checkAgent, [agentRequest, agentResponse], { id }, { signal });
      return true;
    } catch (error) {
      if (error instanceof GrpcError && error.code !== GrpcStatus.unavailable) return false;
      throw error;
    }
  }

  /** An archive that the client sends under an address. */
  upload({ pathname, host }: URL, signal: AbortSignal): Readable {
    const metadata = { urlpath: pathname, urlhost: host };
    const call = this.call(SESSION_METHODS.upload, [bytesMessage, bytesMessage], { metadata, signal });
    return Readable.from(piecesOf(call), { objectMode: false });
  }

  /** What the client's configuration has for a registry. */
  async credentials(domain: string, signal: AbortSignal): Promise<Credentials> {
    if (!this.supports(SESSION_METHODS.credentials)) return ANONYMOUS;
    const host = domain === 'docker.io' ? HUB_HOST : domain;
    const types = [credentialsRequest, credentialsResponse] as const;
    const answer = await this.#client.unary(SESSION_METHODS.credentials, types, { host }, { signal });
    if (answer.secret === '') return ANONYMOUS;
    // Without a user the secret is a token that stands for one.
    return answer.username === ''
      ? { ...ANONYMOUS, identityToken: answer.secret }
      : { ...ANONYMOUS, username: answer.username, password: answer.secret };
  }
}

async function* piecesOf(
  call: GrpcCall<object, { readonly data: Uint8Array }>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { data } of call.responses()) if (data.length > 0) yield data;
}

/** The sessions that are open. */
export class BuildSessions {
  readonly #open = new Map<string, BuildSession>();
  readonly #waiting = new Map<string, Set<(session: BuildSession) => void>>();

  /** Whether a session of this id is open. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Takes a session in until its connection ends. */
  add(session: BuildSession): void {
    this.#open.set(session.id, session);
    session.onClose(() => {
      this.#open.delete(session.id);
    });
    for (const found of this.#waiting.get(session.id) ?? []) found(session);
    this.#waiting.delete(session.id);
  }

  /** The session of an id, waited for. Throws `invalid` when it does not come. */
  async find(id: string, signal: AbortSignal): Promise<BuildSession> {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<BuildSession>();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(resolve));
    const giveUp = (): void => {
      reject(new EngineError('invalid', `no active session for ${id}`));
    };
    const timer = setTimeout(giveUp, PATIENCE);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      waiting.delete(resolve);
      if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
    }
  }

  /** Ends all sessions. */
  close(): void {
    for (const session of this.#open.values()) session.close();
  }
}
