import type { Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';
import { parseDetachKeys } from '../containers/detach-keys.ts';
import type { AttachStreams, ContainerHandle } from '../containers/handle.ts';
import { streamLogs } from '../containers/logs.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { pump } from '../containers/stream-pump.ts';
import type { EventBus } from '../system/events.ts';
import { joined } from './framed.ts';
import { queryFlag, sendEmpty, type ApiContext, type Router } from './router.ts';
import { Unframed } from './web-socket.ts';

export interface AttachRouteParts {
  readonly registry: ContainerRegistry;
  readonly events: EventBus;
  readonly dataRoot: string;
}

/** `POST /containers/{id}/attach`, `GET /containers/{id}/attach/ws` and `POST /containers/{id}/resize`. */
export function registerAttachRoutes(router: Router, parts: AttachRouteParts): void {
  router.add('POST', '/containers/{id}/attach', async (context) => {
    // Some clients (dockerode) send their options once more as a body, which is no input of the process.
    await context.skipBody();
    const request = attachRequest(context, parts.registry);
    await join(context, context.hijack(!request.tty), request, parts);
  });
  router.add('GET', '/containers/{id}/attach/ws', async (context) => {
    const request = attachRequest(context, parts.registry);
    const socket = await context.webSocket();
    await join(context, request.tty ? socket : withoutFrames(socket), request, parts);
  });
  router.add('POST', '/containers/{id}/resize', async (context) => {
    const handle = parts.registry.find(context.params['id'] ?? '');
    const { rows, columns } = terminalSize(context.query);
    if (handle.supervised === null) throw new EngineError('conflict', `container ${handle.id} is not running`);
    await handle.supervised.resize(rows, columns);
    publish(parts.events, handle, 'resize', { height: String(rows), width: String(columns) });
    sendEmpty(context, 200);
  });
}

/** An attach that has been found to be possible. */
interface Request {
  readonly handle: ContainerHandle;
  readonly streams: AttachStreams;
  readonly tty: boolean;
  readonly detachKeys: Uint8Array | null;
}

function attachRequest(context: ApiContext, registry: ContainerRegistry): Request {
  const handle = registry.find(context.params['id'] ?? '');
  const { query } = context;
  const tty = handle.record.config.Tty === true;
  if (handle.state.status === 'paused') {
    throw new EngineError('conflict', `container ${handle.id} is paused, unpause the container before attach`);
  }
  const stdin = queryFlag(query, 'stdin') && handle.record.config.OpenStdin === true;
  return {
    handle,
    streams: { stdin, stdout: queryFlag(query, 'stdout'), stderr: queryFlag(query, 'stderr') },
    tty,
    detachKeys: tty && stdin ? parseDetachKeys(query.get('detachKeys') ?? '') : null,
  };
}

/** A web socket carries the bytes of both streams as they come: its messages have no room for their names. */
function withoutFrames(socket: Duplex): Duplex {
  const unframed = new Unframed();
  unframed.pipe(socket);
  return joined(socket, unframed);
}

async function join(context: ApiContext, client: Duplex, request: Request, parts: AttachRouteParts): Promise<void> {
  const { handle, streams, detachKeys } = request;
  const { query } = context;
  const gone = new AbortController();
  const leave = (): void => {
    gone.abort(new Error('the client went away'));
  };
  client.on('close', leave);
  if (client.destroyed) leave();
  if (queryFlag(query, 'logs')) {
    await streamLogs(
      handle,
      parts.dataRoot,
      { ...streams, follow: false, timestamps: false, tail: null, since: null, until: null, details: false },
      client,
      gone.signal,
    );
  }
  if (!queryFlag(query, 'stream') || isOver(handle)) {
    client.end();
    return;
  }
  publish(parts.events, handle, 'attach');
  try {
    const process = await handle.attach(streams, gone.signal);
    const detached = await pump(client, process, { stdin: streams.stdin, detachKeys });
    if (detached) publish(parts.events, handle, 'detach');
  } catch {
    client.end(); // The start failed, which the caller of start is told, or the client left.
  }
}

/** Ended and not to be started by the same client: nothing will ever come. */
function isOver(handle: ContainerHandle): boolean {
  return handle.supervised === null && handle.state.status === 'removing';
}

function publish(
  events: EventBus,
  handle: ContainerHandle,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  const { record } = handle;
  events.publish('container', action, record.id, {
    ...record.config.Labels,
    image: record.imageName,
    name: record.name,
    ...attributes,
  });
}

/** `h` and `w` of a resize. Throws `invalid`. */
export function terminalSize(query: URLSearchParams): { rows: number; columns: number } {
  return { rows: dimension(query, 'h', 'height'), columns: dimension(query, 'w', 'width') };
}

function dimension(query: URLSearchParams, key: string, name: string): number {
  const text = query.get(key) ?? '';
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  const reason = /^-?\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw new EngineError('invalid', `invalid resize ${name} ${JSON.stringify(text)}: ${reason}`);
}
