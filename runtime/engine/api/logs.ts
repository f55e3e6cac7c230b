import { parseTimestamp } from '../../common/time.ts';
import { logDriver } from '../containers/log-config.ts';
import { streamLogs } from '../containers/logs.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { EngineError } from '../errors.ts';
import { queryFlag, speaksBefore, type Router } from './router.ts';

/** `GET /containers/{id}/logs`. */
export function registerLogRoutes(router: Router, parts: { registry: ContainerRegistry; dataRoot: string }): void {
  router.add('GET', '/containers/{id}/logs', async (context) => {
    const handle = parts.registry.find(context.params['id'] ?? '');
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
    // Before 1.42 clients knew from the container alone what the stream is.
    const raw = handle.record.config.Tty === true || speaksBefore(context, 42);
    response.writeHead(200, { 'Content-Type': `application/vnd.docker.${raw ? 'raw' : 'multiplexed'}-stream` });
    response.flushHeaders();
    await streamLogs(handle, parts.dataRoot, options, response, context.signal);
    response.end();
  });
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
