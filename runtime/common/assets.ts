import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

/** Absolute path of a file in `assets/`. */
export function assetPath(name: string): string {
  return join(projectRoot, 'assets', name);
}
