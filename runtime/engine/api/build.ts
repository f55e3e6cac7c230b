import { EngineError } from '../errors.ts';
import { sendEmpty, sendJson, type Router } from './router.ts';

/** `/build*` and `/session`: this engine has no builder, hence no cache of one either. */
export function registerBuildRoutes(router: Router): void {
  router.add('POST', '/build', () => {
    throw new EngineError('unsupported', 'building images is not supported by this engine');
  });
  router.add('POST', '/session', ({ request }) => {
    if (request.headers.upgrade === undefined) throw new EngineError('invalid', 'no upgrade proto in request');
    throw new EngineError('unsupported', 'BuildKit sessions are not supported by this engine');
  });
  router.add('POST', '/build/prune', (context) => {
    sendJson(context, 200, { CachesDeleted: null, SpaceReclaimed: 0 });
  });
  // Docker answers alike for a build that it does not know.
  router.add('POST', '/build/cancel', (context) => {
    if ((context.query.get('id') ?? '') === '') throw new EngineError('invalid', 'build ID not provided');
    sendEmpty(context, 200);
  });
}
