import { posix } from 'node:path';
import { dockerignorePatterns, Patterns } from '../../common/path-patterns.ts';
import { EngineError } from '../errors.ts';
import { readContext, type ContextRequest } from './context.ts';
import type { FetchedSource } from './attest/fetched-source.ts';
import { NO_GIT_ACCESS } from './execute/git-access.ts';
import type { WorkspaceParts } from './execute/workspace.ts';
import type { BuildProgress } from './solve/progress.ts';
import type { FileTree } from './tree/file-tree.ts';

/** The text of a build. */
export interface DockerfileText {
  /** As it was asked for. */
  readonly name: string;
  readonly text: string;
  /** Patterns of the context's `.dockerignore`. */
  readonly ignored: readonly string[];
}

/** Where the files of a build come from, whatever door it came through. */
export interface BuildSource {
  /** The repository that its context is; null for another one, or before it was read. */
  readonly origin: FetchedSource | null;
  /** Repositories that were read besides. */
  readonly fetched: readonly FetchedSource[];
  /** Throws `invalid` when there is none. */
  dockerfile(name: string, progress: BuildProgress): Promise<DockerfileText>;
  /** The context without what `.dockerignore` names; `needed` are the paths that are used of it, null for all. */
  context(needed: readonly string[] | null, progress: BuildProgress): Promise<FileTree>;
  /** A context that is given besides, by what the client says of it (`local:name`, an address). Throws `invalid`. */
  named(name: string, what: string, progress: BuildProgress): Promise<FileTree>;
  /** Lets go of all that was read. */
  dispose(): Promise<void>;
}

/** A Dockerfile or .dockerignore larger than this is something else. */
const TEXT_SIZE_MAX = 16 * 1024 * 1024;
const DEFAULT_NAME = 'Dockerfile';

/** The path of a Dockerfile inside a directory. */
export function dockerfilePath(name: string): string {
  return posix.resolve('/', name === '' ? DEFAULT_NAME : name).slice(1);
}

/** The names that a Dockerfile of this name may have, in the order in which they are looked for. */
export function dockerfileNames(path: string): readonly string[] {
  if (posix.basename(path) !== DEFAULT_NAME) return [path];
  return [path, posix.join(posix.dirname(path), DEFAULT_NAME.toLowerCase())];
}

/** The first of the texts that is there, checked. Throws `invalid`. */
export async function chooseDockerfile(
  path: string,
  read: (path: string) => Promise<string | null> | string | null,
): Promise<Omit<DockerfileText, 'ignored'> & { readonly found: string }> {
  for (const found of dockerfileNames(path)) {
    const text = await read(found);
    if (text === null) continue;
    if (text === '') throw new EngineError('invalid', `the Dockerfile (${path}) cannot be empty`);
    return { name: path, text, found };
  }
  throw new EngineError('invalid', `failed to read dockerfile: open ${path}: no such file or directory`);
}

/** A context that comes as an archive, or from an address. */
export class ArchiveSource implements BuildSource {
  readonly #parts: WorkspaceParts;
  readonly #request: ContextRequest;
  readonly #others: FileTree[] = [];
  readonly fetched: FetchedSource[] = [];
  origin: FetchedSource | null = null;
  #tree: Promise<FileTree> | null = null;

  constructor(parts: WorkspaceParts, request: ContextRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  #read(): Promise<FileTree> {
    const onFetched = (source: FetchedSource): void => {
      this.origin = source;
    };
    this.#tree ??= readContext(this.#parts, { ...this.#request, onFetched });
    return this.#tree;
  }

  async dockerfile(name: string, progress: BuildProgress): Promise<DockerfileText> {
    const { remote } = this.#request;
    const task = progress.task(
      remote === '' ? '[internal] load remote build context' : `[internal] load git source ${remote}`,
    );
    const tree = await task.run(() => this.#read());
    const path = dockerfilePath(isDockerfileAlone(remote, tree) ? '' : name);
    const found = await chooseDockerfile(path, (one) => textOf(tree, one));
    const text = (await textOf(tree, `${found.found}.dockerignore`)) ?? (await textOf(tree, '.dockerignore')) ?? '';
    const ignored = dockerignorePatterns(text);
    const ignore = new Patterns(ignored);
    if (!ignore.isEmpty) tree.filter((entry) => !ignore.matches(entry.path));
    return { ...found, ignored };
  }

  context(): Promise<FileTree> {
    return this.#read();
  }

  async named(name: string, what: string): Promise<FileTree> {
    const { access = NO_GIT_ACCESS, signal } = this.#request;
    const onFetched = (source: FetchedSource): void => void this.fetched.push(source);
    if (/^local:/.test(what))
      throw new EngineError('invalid', `the build context ${name} is of a kind that is not supported: ${what}`);
    const tree = await readContext(this.#parts, { context: null, remote: what, access, onFetched, signal });
    this.#others.push(tree);
    return tree;
  }

  async dispose(): Promise<void> {
    for (const tree of this.#others.splice(0)) await tree.dispose();
    if (this.#tree === null) return;
    await this.#tree.then(
      (tree) => tree.dispose(),
      () => undefined,
    );
  }
}

/** Whether an address stood for a Dockerfile itself: then there is no other, whatever name it was to have. */
function isDockerfileAlone(remote: string, tree: FileTree): boolean {
  const [first, ...more] = tree.names('');
  return /^https?:/.test(remote) && first === DEFAULT_NAME && more.length === 0;
}

/** A text in a tree; null when there is none. Throws `invalid` for what is too large to be one. */
export async function textOf(tree: FileTree, path: string): Promise<string | null> {
  const real = tree.resolve(path);
  const entry = real === null ? undefined : tree.get(real);
  if (entry?.type !== 'file') return null;
  if (entry.size > TEXT_SIZE_MAX) throw new EngineError('invalid', `${path} is too large`);
  return (await tree.bytes(entry)).toString();
}
