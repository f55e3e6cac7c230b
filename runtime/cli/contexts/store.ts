import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.ts';

/** A context as docker keeps it, in `contexts/meta/<SHA-256 of its name>/meta.json`. */
export interface StoredContext {
  readonly Name: string;
  readonly Metadata: { readonly Description?: string };
  readonly Endpoints: Readonly<Record<string, ContextEndpoint>>;
}

export interface ContextEndpoint {
  readonly Host?: string;
  readonly SkipTLSVerify?: boolean;
}

/** Files of TLS material by endpoint and name: `docker`, `ca.pem`. */
export type ContextFiles = ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

/** The context that always is, and is kept nowhere. */
export const DEFAULT_CONTEXT = 'default';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/;

/** Docker's contexts in a directory of its configuration. All methods throw CliError in docker's words. */
export class ContextStore {
  readonly #root: string;

  /** `directory` is that of docker's configuration. */
  constructor(directory: string) {
    this.#root = join(directory, 'contexts');
  }

  /** Where a context's `meta.json` is. */
  metaDirectory(name: string): string {
    return join(this.#root, 'meta', idOf(name));
  }

  /** Where its TLS material is, in a directory for each endpoint. */
  tlsDirectory(name: string): string {
    return join(this.#root, 'tls', idOf(name));
  }

  /** All that are kept, by name; without the default one. */
  async list(): Promise<StoredContext[]> {
    const directory = join(this.#root, 'meta');
    const ids = await readdir(directory).catch(() => []);
    const found = await Promise.all(
      ids.map(async (id) => JSON.parse(await readFile(join(directory, id, 'meta.json'), 'utf8')) as StoredContext),
    );
    return found.sort((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  /** Throws when there is none of this name. */
  async get(name: string): Promise<StoredContext> {
    const found = (await this.list()).find(({ Name }) => Name === name);
    if (found !== undefined) return found;
    const path = join(this.metaDirectory(name), 'meta.json');
    throw new CliError(`context "${name}": context not found: open ${path}: no such file or directory`);
  }

  /** Its TLS material. */
  async files(name: string): Promise<Map<string, Map<string, Buffer>>> {
    const root = this.tlsDirectory(name);
    const found = new Map<string, Map<string, Buffer>>();
    for (const endpoint of (await readdir(root).catch(() => [])).sort()) {
      const files = (await readdir(join(root, endpoint))).sort();
      const read = files.map(async (file) => [file, await readFile(join(root, endpoint, file))] as const);
      found.set(endpoint, new Map(await Promise.all(read)));
    }
    return found;
  }

  /** Throws unless a context of this name could be made. */
  async assertNew(name: string): Promise<void> {
    assertName(name);
    if ((await this.list()).some(({ Name }) => Name === name)) throw new CliError(`context "${name}" already exists`);
  }

  /** Keeps a context, in place of one of its name. `files` null leaves the TLS material that is there. */
  async put(stored: StoredContext, files: ContextFiles | null): Promise<void> {
    if (files !== null) await this.#putFiles(stored.Name, files);
    const directory = this.metaDirectory(stored.Name);
    await mkdir(directory, { recursive: true });
    const draft = join(directory, 'meta.json.new');
    await writeFile(draft, JSON.stringify(stored), { mode: 0o644 });
    await rename(draft, join(directory, 'meta.json'));
  }

  async #putFiles(name: string, files: ContextFiles): Promise<void> {
    const root = this.tlsDirectory(name);
    await rm(root, { recursive: true, force: true });
    for (const [endpoint, contents] of files) {
      if (contents.size === 0) continue;
      await mkdir(join(root, endpoint), { recursive: true, mode: 0o700 });
      // Keys: nobody else's.
      for (const [file, content] of contents) await writeFile(join(root, endpoint, file), content, { mode: 0o600 });
    }
  }

  /** Removes a context and its TLS material. */
  async remove(name: string): Promise<void> {
    await rm(this.metaDirectory(name), { recursive: true, force: true });
    await rm(this.tlsDirectory(name), { recursive: true, force: true });
  }
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** Throws for a name that no context can have. */
export function assertName(name: string): void {
  if (name === DEFAULT_CONTEXT) throw new CliError(`"${name}" is a reserved context name`);
  if (!NAME.test(name))
    throw new CliError(`context name "${name}" is invalid, names are validated against regexp "${NAME.source}"`);
}
