import type { EngineEvent } from '../contract/contract.ts';
import type { ServerChannel } from '../rpc/server.ts';
import type { DockerClient } from './docker-client.ts';
import { toBridgeError } from './docker-client.ts';
import type { DockerContainer, DockerEvent } from './docker-types.ts';
import { isOfHelper } from './helper.ts';
import { jsonLines } from './json-lines.ts';
import { readLog } from './logs/read-log.ts';
import { engineEvent } from './translate.ts';

/**
 * Events that wait for a slow page. Beyond this they are dropped and the page is told to fetch its lists again, which
 * costs it less than catching up.
 */
const MAX_QUEUED_EVENTS = 10_000;

/** Follows the engine's events until the page cancels; rejects when the engine goes away. */
export async function followEvents(
  docker: DockerClient,
  since: string | undefined,
  channel: ServerChannel<EngineEvent>,
  observe: (event: EngineEvent) => void,
): Promise<void> {
  const response = await docker.open('GET', '/events', { query: { since }, signal: channel.signal });
  let queue: EngineEvent[] = [];
  let sending: Promise<void> | undefined;
  const drain = async () => {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      for (const event of batch) await channel.item(event);
    }
    sending = undefined;
  };
  try {
    for await (const line of jsonLines(response)) {
      const event = engineEvent(line as DockerEvent);
      if (event === null || isOfHelper(event)) continue;
      observe(event);
      if (queue.length >= MAX_QUEUED_EVENTS) queue = [{ kind: 'resync' }];
      else queue.push(event);
      sending ??= drain();
    }
  } catch (error) {
    throw toBridgeError(error, channel.signal);
  } finally {
    response.destroy();
  }
  throw toBridgeError(Object.assign(new Error('the event stream ended'), { code: 'ECONNRESET' }), channel.signal);
}

interface LogRequest {
  readonly id: string;
  readonly follow: boolean;
  readonly tail: number | null;
  readonly since?: string | undefined;
}

/** Sends a container's log as the contract's line format. Without credit it stops reading from the engine. */
export async function followLogs(
  docker: DockerClient,
  request: LogRequest,
  channel: ServerChannel<never>,
): Promise<void> {
  const { signal } = channel;
  const container = await docker.json<DockerContainer>('GET', `/containers/${request.id}/json`, { signal });
  const raw = container.Config.Tty === true;
  const { id, ...part } = request;
  for await (const batch of readLog(docker, `/containers/${id}`, raw, part, signal)) await channel.data(batch);
}
