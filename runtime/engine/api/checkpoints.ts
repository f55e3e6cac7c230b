import { EngineError } from '../errors.ts';
import type { Router } from './router.ts';

const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/containers/{id}/checkpoints'],
  ['POST', '/containers/{id}/checkpoints'],
  ['DELETE', '/containers/{id}/checkpoints/{checkpoint}'],
];

/** Checkpoints of containers, as a daemon answers whose experimental features are off. */
export function registerCheckpointRoutes(router: Router): void {
  for (const [method, path] of ROUTES) {
    router.add(method, path, () => {
      throw new EngineError(
        'unsupported',
        'This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it.',
      );
    });
  }
}
