import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ContainerHandle } from '../containers/handle.ts';
import type { Planner } from '../containers/planner.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { statsResponse, type TimedSample } from '../containers/stats-parse.ts';
import { sampleUsage, type StatsHost } from '../containers/stats.ts';
import { NEVER } from '../containers/types.ts';
import { queryFlag, sendJson, type ApiContext, type Router } from './router.ts';

export interface StatsRouteParts {
  readonly registry: ContainerRegistry;
  readonly planner: Planner;
  readonly host: StatsHost;
}

/** Between two samples of a stream, and between the two that one answer needs, in milliseconds: Docker's second. */
const INTERVAL = 1000;

/** `GET /containers/{id}/stats`. */
export function registerStatsRoutes(router: Router, parts: StatsRouteParts): void {
  router.add('GET', '/containers/{id}/stats', async (context) => {
    const handle = parts.registry.find(context.params['id'] ?? '');
    const sample = (): TimedSample | null => sampleUsage(handle, parts.planner.cgroups(handle), parts.host);
    if (queryFlag(context.query, 'stream', true)) await stream(context, handle, sample);
    else await oneAnswer(context, handle, sample, queryFlag(context.query, 'one-shot'));
  });
}

function answer(handle: ContainerHandle, current: TimedSample | null, previous: TimedSample | null): unknown {
  return statsResponse({ id: handle.id, name: handle.record.name }, current, previous, NEVER);
}

/** One answer: at once with `one-shot`, else with the second before in `precpu_stats`, so that a client can divide. */
async function oneAnswer(
  context: ApiContext,
  handle: ContainerHandle,
  sample: () => TimedSample | null,
  atOnce: boolean,
): Promise<void> {
  const first = sample();
  if (first === null || atOnce) {
    sendJson(context, 200, answer(handle, first, null));
    return;
  }
  await pause(INTERVAL, undefined, { signal: context.signal }).catch(() => undefined); // The client left.
  if (!context.signal.aborted) sendJson(context, 200, answer(handle, sample(), first));
}

async function stream(context: ApiContext, handle: ContainerHandle, sample: () => TimedSample | null): Promise<void> {
  const { response, signal } = context;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  let previous: TimedSample | null = null;
  while (!signal.aborted && handle.state.status !== 'removing') {
    const current = sample();
    const isTaken = response.write(JSON.stringify(answer(handle, current, previous)) + '\n');
    previous = current;
    try {
      if (!isTaken) await once(response, 'drain', { signal });
      await pause(INTERVAL, undefined, { signal });
    } catch {
      break; // The client left.
    }
  }
  response.end();
}
