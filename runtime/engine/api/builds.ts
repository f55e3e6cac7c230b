import { once } from 'node:events';
import type { Builds } from '../build/history/builds.ts';
import { logsOf, recordOf, summaryOf, type BuildHistory, type BuildRecord } from '../build/history/store.ts';
import { EngineError } from '../errors.ts';
import { sendEmpty, sendJson, type ApiContext, type Router } from './router.ts';

export interface BuildsRouteParts {
  readonly builds: Builds;
  readonly history: BuildHistory;
}

/** `/berth/builds`: ours, for the app. Docker's own API knows nothing of builds that were. */
export function registerBuildsRoutes(router: Router, parts: BuildsRouteParts): void {
  const { builds, history } = parts;
  router.add('GET', '/berth/builds', (context) => {
    const all = history.list().map((summary) => {
      const job = builds.running(summary.ref);
      return job === null ? summary : summaryOf(job, 'running');
    });
    sendJson(context, 200, all);
  });
  router.add('GET', '/berth/builds/{ref}', (context) => {
    sendJson(context, 200, find(parts, context));
  });
  router.add('GET', '/berth/builds/{ref}/events', (context) => follow(parts, context));
  router.add('POST', '/berth/builds/{ref}/cancel', (context) => {
    const { ref } = find(parts, context);
    if (!builds.cancel(ref)) throw new EngineError('conflict', `the build ${ref} is not running`);
    sendEmpty(context, 204);
  });
  router.add('DELETE', '/berth/builds/{ref}', (context) => {
    const { ref } = find(parts, context);
    if (builds.running(ref) !== null) throw new EngineError('conflict', `the build ${ref} is running: cancel it first`);
    history.delete(ref);
    sendEmpty(context, 204);
  });
}

function find({ builds, history }: BuildsRouteParts, { params }: ApiContext): BuildRecord {
  const ref = params['ref'] ?? '';
  const job = builds.running(ref);
  const record = job === null ? history.find(ref) : recordOf(job);
  if (record === undefined) throw new EngineError('not-found', `no such build: ${ref}`);
  return record;
}

/** All so far, and then what happens, a line of JSON each, until the build has ended. */
async function follow(parts: BuildsRouteParts, context: ApiContext): Promise<void> {
  const { response, signal } = context;
  const record = find(parts, context);
  const job = parts.builds.running(record.ref);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const send = (value: object): void => {
    if (!response.destroyed) response.write(`${JSON.stringify(value)}\n`);
  };
  if (job === null) {
    const { vertexes, statuses, logs, alerts } = record;
    send({ vertexes, statuses, logs, alerts });
  } else {
    const { promise: ended, resolve } = Promise.withResolvers<null>();
    const forget = job.trace.subscribe(({ vertexes, statuses, logs, warnings }) => {
      send({ vertexes, statuses, logs: logsOf(logs), alerts: warnings });
    });
    const ignore = parts.builds.subscribe((one) => {
      if (one === job && job.completedAt !== null) resolve(null);
    });
    signal.addEventListener('abort', () => {
      resolve(null);
    });
    await ended;
    forget();
    ignore();
  }
  response.end();
  if (!response.writableFinished && !response.destroyed) await once(response, 'close');
}
