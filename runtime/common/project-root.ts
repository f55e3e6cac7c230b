import { fileURLToPath } from 'node:url';

/**
 * The directory of package.json, assets and the built launcher. Two levels above this module, and above the bundles
 * too, which lie in `dist/runtime` and `dist/electron` for that reason.
 */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
