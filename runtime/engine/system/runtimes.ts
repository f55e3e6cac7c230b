import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';

/** Name of the runtime that the launcher is. */
export const OWN_RUNTIME = 'berth';

/** OCI runtimes that are used when they are installed. */
const KNOWN = ['crun', 'runc'];

/** Where Debian and others put them; not every PATH of an ordinary user has the `sbin`. */
const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The OCI runtimes a container can be run by: the launcher, and those found on this host. */
export class OciRuntimes {
  readonly #paths: ReadonlyMap<string, string>;

  /** `paths` by name, without our own. */
  constructor(paths: ReadonlyMap<string, string>) {
    this.#paths = paths;
  }

  /** Looks in the directories of `searchPath` (colons between them) and in the usual ones. */
  static find(searchPath: string): OciRuntimes {
    const directories = [...searchPath.split(':').filter((entry) => entry.startsWith('/')), ...DIRECTORIES];
    const found = KNOWN.flatMap((name): [string, string][] => {
      const path = directories.map((directory) => join(directory, name)).find(isExecutable);
      return path === undefined ? [] : [[name, path]];
    });
    return new OciRuntimes(new Map(found));
  }

  /** Program of the runtime `name`; null for our own, which '' means, too. Throws `invalid`, as Docker does, for one that is not there. */
  program(name: string): string | null {
    if (name === '' || name === OWN_RUNTIME) return null;
    const path = this.#paths.get(name);
    if (path === undefined) throw new EngineError('invalid', `unknown or invalid runtime name: ${name}`);
    return path;
  }

  /** As `docker info` lists them. */
  list(): Record<string, { path: string }> {
    return {
      [OWN_RUNTIME]: { path: 'berth-launcher' },
      ...Object.fromEntries([...this.#paths].map(([name, path]) => [name, { path }])),
    };
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
