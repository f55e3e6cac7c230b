import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';

/** Name of the runtime that the launcher is. */
export const OWN_RUNTIME = 'berth';

/** OCI runtimes that are used when they are installed. */
const KNOWN = ['crun', 'runc'];

/** Where Debian and others put them; not every PATH of an ordinary user has the `sbin`. */
const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** An OCI runtime that was named when the engine was started. */
export interface AddedRuntime {
  readonly name: string;
  /** A path, or a name to be looked for. */
  readonly program: string;
}

/**
 * Reads dockerd's `--add-runtime NAME=PATH`. Throws `invalid` for another form, a second one of a name, and for our
 * own name, which always means the launcher.
 */
export function parseRuntimes(words: readonly string[]): AddedRuntime[] {
  const names = new Set<string>();
  return words.map((word) => {
    const at = word.indexOf('=');
    const [name, program] = [word.slice(0, at).trim(), word.slice(at + 1).trim()];
    if (at < 0 || name === '' || program === '')
      throw new EngineError('invalid', `invalid runtime ${JSON.stringify(word)}: it has the form NAME=PATH`);
    if (name === OWN_RUNTIME) throw new EngineError('invalid', `runtime name '${name}' is reserved`);
    if (names.has(name)) throw new EngineError('invalid', `runtime '${name}' was already defined`);
    names.add(name);
    return { name, program };
  });
}

/** The OCI runtimes a container can be run by: the launcher, and those found on this host. */
export class OciRuntimes {
  /** Name of the one that containers get which ask for none. */
  readonly defaultName: string;
  readonly #paths: ReadonlyMap<string, string>;

  /** `paths` by name, without our own. Throws `invalid`, in dockerd's words, for a default that is not among them. */
  constructor(paths: ReadonlyMap<string, string>, defaultName = OWN_RUNTIME) {
    if (defaultName !== OWN_RUNTIME && !paths.has(defaultName))
      throw new EngineError('invalid', `specified default runtime '${defaultName}' does not exist`);
    this.#paths = paths;
    this.defaultName = defaultName;
  }

  /**
   * Looks in the directories of `searchPath` (colons between them) and in the usual ones. `added` are further ones by
   * name, or other programs for the known names; see `parseRuntimes`. Throws `invalid` when one of them is no program,
   * or the default none of them.
   */
  static find(searchPath: string, added: readonly AddedRuntime[] = [], defaultName = OWN_RUNTIME): OciRuntimes {
    const directories = [...searchPath.split(':').filter((entry) => entry.startsWith('/')), ...DIRECTORIES];
    const locate = (program: string): string | undefined =>
      [program, ...directories.map((directory) => join(directory, program))]
        .filter((path) => path.startsWith('/'))
        .find(isExecutable);
    const found = KNOWN.flatMap((name): [string, string][] => {
      const path = locate(name);
      return path === undefined ? [] : [[name, path]];
    });
    const more = added.map(({ name, program }): [string, string] => {
      const path = locate(program);
      if (path === undefined)
        throw new EngineError('invalid', `the runtime ${name} cannot be used: ${program} is not a program`);
      return [name, path];
    });
    return new OciRuntimes(new Map([...found, ...more]), defaultName);
  }

  /** Program of the runtime `name`; null for our own, which '' means, too. Throws `invalid`, as Docker does, for one that is not there. */
  program(name: string): string | null {
    if (name === '' || name === OWN_RUNTIME) return null;
    const path = this.#paths.get(name);
    if (path === undefined) throw new EngineError('invalid', `unknown or invalid runtime name: ${name}`);
    return path;
  }

  /** The runtime for what our own does not do, running programs of the host for a container; null when there is none. */
  get hookRunner(): string | null {
    // runc first: it works with every layout of control groups, crun not with the hybrid one.
    return ['runc', 'crun'].find((name) => this.#paths.has(name)) ?? null;
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
