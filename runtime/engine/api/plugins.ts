import { EngineError } from '../errors.ts';
import { parseFilters } from './filters.ts';
import { sendJson, type Router } from './router.ts';

const FILTERS = new Set(['enabled', 'capability']);

/** Routes of one plugin, of which there never is any. */
const OF_ONE: readonly (readonly [method: string, verb: string])[] = [
  ['GET', '/json'],
  ['DELETE', ''],
  ['POST', '/enable'],
  ['POST', '/disable'],
  ['POST', '/upgrade'],
  ['POST', '/push'],
  ['POST', '/set'],
];

/** `/plugins`: this engine takes no plugins, and says so as a daemon says it that has none. */
export function registerPluginRoutes(router: Router): void {
  router.add('GET', '/plugins', (context) => {
    for (const name of parseFilters(context.query).keys())
      if (!FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
    sendJson(context, 200, []);
  });
  const unsupported = (): never => {
    throw new EngineError('unsupported', 'plugins are not supported: drivers for volumes and networks are built in');
  };
  router.add('GET', '/plugins/privileges', unsupported);
  router.add('POST', '/plugins/pull', unsupported);
  router.add('POST', '/plugins/create', unsupported);
  for (const [method, verb] of OF_ONE) {
    router.add(method, `/plugins/{name...}${verb}`, ({ params }) => {
      throw new EngineError('not-found', `plugin "${params['name'] ?? ''}" not found`);
    });
  }
}
