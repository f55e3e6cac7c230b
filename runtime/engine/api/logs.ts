import { parseTimestamp } from '../../common/time.ts';
import { logDriver } from '../containers/log-config.ts';
import { streamLogs, type LogOwner } from '../containers/logs.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import type { ContainerTrash } from '../containers/trash.ts';
import { EngineError } from '../errors.ts';
import { streamType } from './hijack.ts';
import { parseVersionedPath } from './version.ts';
import { queryFlag, type Handler, type Router } from './router.ts';

export interface LogRouteParts {
  readonly registry: ContainerRegistry;
  readonly trash: ContainerTrash;
  readonly dataRoot: string;
}

const NEWEST = parseVersionedPath('');

/** `GET /containers/{id}/logs`, and ours of one that was removed and is kept: `GET /berth/trash/{id}/logs`. */
export function registerLogRoutes(router: Router, parts: LogRouteParts): void {
  // Clients of our own path know all names of streams, whatever version they ask for: none could look at the container.
  const answerFor =
    (find: (reference: string) => LogOwner, isOurs: boolean): Handler =>
    async (context) => {
      const handle = find(context.params['id'] ?? '');
      const { query, response } = context;
      const streams = { stdout: queryFlag(query, 'stdout'), stderr: queryFlag(query, 'stderr') };
      if (!streams.stdout && !streams.stderr) {
        throw new EngineError('invalid', 'Bad parameters: you must choose at least one stream');
      }
      if (logDriver(handle.record.hostConfig) === 'none') {
        throw new EngineError('unsupported', 'configured logging driver does not support reading');
      }
      const options = {
        ...streams,
        follow: queryFlag(query, 'follow'),
        timestamps: queryFlag(query, 'timestamps'),
        details: queryFlag(query, 'details'),
        tail: tailCount(query),
        since: moment(query, 'since'),
        until: moment(query, 'until'),
      };
      const framed = handle.record.config.Tty !== true;
      response.writeHead(200, { 'Content-Type': streamType(isOurs ? NEWEST : context, framed) });
      response.flushHeaders();
      await streamLogs(handle, parts.dataRoot, options, response, context.signal);
      response.end();
    };
  router.add(
    'GET',
    '/containers/{id}/logs',
    answerFor((reference) => parts.registry.find(reference), false),
  );
  router.add(
    'GET',
    '/berth/trash/{id}/logs',
    answerFor((reference) => parts.trash.logOwner(reference), true),
  );
}

/** `tail`: a number, or `all` (also for anything that is no number, as in Docker). */
function tailCount(query: URLSearchParams): number | null {
  const text = query.get('tail') ?? 'all';
  return /^\d+$/.test(text) ? Number(text) : null;
}

function moment(query: URLSearchParams, name: string): bigint | null {
  const text = query.get(name);
  if (text === null || text === '' || text === '0') return null;
  const time = parseTimestamp(text);
  if (time === null) throw new EngineError('invalid', `invalid value for "${name}": ${JSON.stringify(text)}`);
  return time;
}
