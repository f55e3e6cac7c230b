import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
}

const read = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest;

/** Directory of the package that a module belongs to; null for our own. */
function packageOf(module: string): string | null {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module.replace(/^\0+/, '').replace(/\?.*$/, ''))?.[0] ?? null;
}

/** Writes `about.json` beside the page: its version, and the licence of every package that is in it, with its text. */
export function about(root: string): Plugin {
  return {
    name: 'berth-about',
    generateBundle() {
      const found = new Set([...this.getModuleIds()].map(packageOf).filter((path) => path !== null));
      const packages = [...found]
        .filter((path) => existsSync(join(path, 'package.json')))
        .map((path) => {
          const { name = '', version = '', license = '' } = read(join(path, 'package.json'));
          const file = readdirSync(path).find((one) => /^licen[cs]e/i.test(one));
          return {
            name,
            version,
            licence: license,
            text: file === undefined ? '' : readFileSync(join(path, file), 'utf8'),
          };
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { version = '' } = read(join(root, 'package.json'));
      this.emitFile({ type: 'asset', fileName: 'about.json', source: JSON.stringify({ version, packages }) });
    },
  };
}
