import { EngineError } from '../errors.ts';
import type { Router } from './router.ts';

/** How a daemon that is in no swarm refuses what only a manager can do. */
export function notManager(): EngineError {
  return new EngineError(
    'unavailable',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}

/** What only the manager of a swarm can answer. */
const MANAGER_ROUTES: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/swarm'],
  ['POST', '/swarm/update'],
  ['GET', '/swarm/unlockkey'],
  ['POST', '/swarm/unlock'],
  ['GET', '/nodes'],
  ['GET', '/nodes/{id}'],
  ['DELETE', '/nodes/{id}'],
  ['POST', '/nodes/{id}/update'],
  ['GET', '/services'],
  ['POST', '/services/create'],
  ['GET', '/services/{id}'],
  ['DELETE', '/services/{id}'],
  ['POST', '/services/{id}/update'],
  ['GET', '/services/{id}/logs'],
  ['GET', '/tasks'],
  ['GET', '/tasks/{id}'],
  ['GET', '/tasks/{id}/logs'],
  ['GET', '/secrets'],
  ['POST', '/secrets/create'],
  ['GET', '/secrets/{id}'],
  ['DELETE', '/secrets/{id}'],
  ['POST', '/secrets/{id}/update'],
  ['GET', '/configs'],
  ['POST', '/configs/create'],
  ['GET', '/configs/{id}'],
  ['DELETE', '/configs/{id}'],
  ['POST', '/configs/{id}/update'],
];

/**
 * Swarm, nodes, services, tasks, secrets and configs, as a daemon answers that is in no swarm. Clients (the docker CLI,
 * Compose) tell by the status 503 that there is none.
 */
export function registerSwarmRoutes(router: Router): void {
  for (const [method, path] of MANAGER_ROUTES) {
    router.add(method, path, () => {
      throw notManager();
    });
  }
  router.add('POST', '/swarm/leave', () => {
    throw new EngineError('unavailable', 'This node is not part of a swarm');
  });
  for (const verb of ['init', 'join']) {
    router.add('POST', `/swarm/${verb}`, () => {
      throw new EngineError('unavailable', 'This engine runs containers on one machine: it cannot be part of a swarm');
    });
  }
}
