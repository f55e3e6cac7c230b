import { fileURLToPath } from 'node:url';

/** Absolute path of a file in `assets/`. */
export function assetPath(name: string): string {
  return fileURLToPath(new URL(`../../assets/${name}`, import.meta.url));
}
