import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';

/** What a handler gets for one request. */
export interface ApiContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Named parts of the path, URI-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** API version the client speaks, as [major, minor]. */
  readonly version: readonly [number, number];
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The JSON body, parsed; `undefined` when empty. Throws `invalid` or `too-large`. */
  json(): Promise<unknown>;
  /** Reads past a body that means nothing here, so that no stream is taken to begin with it. Throws `too-large`. */
  skipBody(): Promise<void>;
  /**
   * Takes the connection over (`Upgrade: tcp`, or a plain 200 for clients that do not ask): sends the response head
   * and returns the raw stream. `multiplexed` picks the content type.
   */
  hijack(multiplexed: boolean): Duplex;
  /** Takes the connection over for another protocol that the client asked for. Throws `invalid` when it did not. */
  upgrade(protocol: string): Duplex;
  /** Takes the connection over as a web socket of binary messages. Throws `invalid` when the client asked for none. */
  webSocket(): Promise<Duplex>;
}

export type Handler = (context: ApiContext) => Promise<void> | void;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

/**
 * Routes of the Docker Engine API. In a pattern `{name}` matches one path segment and `{name...}` also slashes, as
 * image names need.
 */
export class Router {
  readonly #routes: Route[] = [];

  add(method: string, pattern: string, handler: Handler): void {
    const source = pattern.replaceAll(/\{(\w+)(\.\.\.)?\}/g, (_, name: string, rest?: string) =>
      rest === undefined ? `(?<${name}>[^/]+)` : `(?<${name}>.+)`,
    );
    this.#routes.push({ method, pattern: new RegExp(`^${source}$`), handler });
  }

  /** The handler for a request and its path parameters. Throws `not-found` when there is none. */
  match(method: string, path: string): { handler: Handler; params: Record<string, string> } {
    // dockerd says of every path that it may be asked what it takes, and nothing more.
    if (method === 'OPTIONS') return { handler: takeNothing, params: {} };
    for (const route of this.#routes) {
      if (route.method !== method) continue;
      const found = route.pattern.exec(path);
      if (found !== null) return { handler: route.handler, params: decodeAll(found.groups ?? {}) };
    }
    throw new EngineError('not-found', 'page not found');
  }
}

function takeNothing(context: ApiContext): void {
  sendEmpty(context, 200);
}

function decodeAll(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new EngineError('invalid', 'the request path is not valid percent-encoding');
  }
}

/** Whether the client speaks a version before 1.`minor`, which came with a change of what it must be answered. */
export function speaksBefore({ version: [major, own] }: Pick<ApiContext, 'version'>, minor: number): boolean {
  return major === 1 && own < minor;
}

/** Sends a JSON answer. */
export function sendJson(context: ApiContext, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value) + '\n');
  context.response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  context.response.end(body);
}

/** Sends a status with no body. */
export function sendEmpty(context: ApiContext, status: number): void {
  context.response.writeHead(status, status === 204 || status === 304 ? {} : { 'Content-Length': 0 });
  context.response.end();
}

/** A boolean query parameter as Docker reads it: absent, '', '0', 'no', 'false', 'none' are false. */
export function queryFlag(query: URLSearchParams, name: string, fallback = false): boolean {
  const value = query.get(name);
  if (value === null) return fallback;
  return !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
}
