import { GrpcError, GrpcStatus } from '../../../common/grpc/status.ts';
import { posix } from 'node:path';
import { dockerignorePatterns } from '../../../common/path-patterns.ts';
import { hasWildcard } from '../../../common/path-patterns.ts';
import { EngineError } from '../../errors.ts';
import { readContext } from '../context.ts';
import type { FetchedSource } from '../attest/fetched-source.ts';
import type { GitAccess } from '../execute/git-access.ts';
import type { WorkspaceParts } from '../execute/workspace.ts';
import type { BuildProgress } from '../solve/progress.ts';
import { chooseDockerfile, dockerfileNames, dockerfilePath, type BuildSource, type DockerfileText } from '../source.ts';
import type { FileTree } from '../tree/file-tree.ts';
import { receiveDirectory, receiveTexts } from './file-sync.ts';
import type { KeptFiles } from './kept-files.ts';
import type { BuildSession } from './session.ts';

/** What a client says of the directories that it offers. */
export interface SessionDirectories {
  /** Names of the directories in the session. */
  readonly context: string;
  /** An address that the context is fetched from instead; '' for none. */
  readonly remote: string;
  /** Whether a repository's `.git` is a part of it. */
  readonly keepGitDir: boolean;
  /** What may be shown to get at repositories. */
  readonly access: GitAccess;
  readonly dockerfile: string;
  /** Other sessions that some directories are in. */
  readonly sessionOf: (directory: string) => Promise<BuildSession>;
}

const IGNORE_FILE = '.dockerignore';

/** A build's files, from the client's session: the Dockerfile first, and of the context only what is used. */
export class SessionSource implements BuildSource {
  readonly #directories: SessionDirectories;
  readonly #kept: KeptFiles;
  readonly #parts: WorkspaceParts;
  readonly #signal: AbortSignal;
  readonly #trees: FileTree[] = [];
  readonly fetched: FetchedSource[] = [];
  origin: FetchedSource | null = null;
  #exclude: readonly string[] = [];

  constructor(directories: SessionDirectories, kept: KeptFiles, parts: WorkspaceParts, signal: AbortSignal) {
    this.#directories = directories;
    this.#kept = kept;
    this.#parts = parts;
    this.#signal = signal;
  }

  async dockerfile(name: string, progress: BuildProgress): Promise<DockerfileText> {
    const path = dockerfilePath(name);
    // Both are needed before anything else can begin, so they are asked for at once.
    const [texts, ignored] = await Promise.all([
      this.#texts(
        this.#directories.dockerfile,
        [...dockerfileNames(path), `${path}.dockerignore`],
        `[internal] load build definition from ${posix.basename(path)}`,
        'transferring dockerfile:',
        progress,
      ),
      this.#directories.remote === ''
        ? this.#ignoreText(this.#directories.context, `[internal] load ${IGNORE_FILE}`, progress)
        : '',
    ]);
    const found = await chooseDockerfile(path, (one) => texts.get(one) ?? null);
    this.#exclude = dockerignorePatterns(texts.get(`${path}.dockerignore`) ?? ignored);
    return { ...found, ignored: this.#exclude };
  }

  async context(needed: readonly string[] | null, progress: BuildProgress): Promise<FileTree> {
    const { remote } = this.#directories;
    if (remote !== '') {
      const onFetched = (source: FetchedSource): void => {
        this.origin = source;
      };
      return this.#fetch(remote, `[internal] load git source ${remote}`, onFetched, progress);
    }
    const title = '[internal] load build context';
    return this.#directory(this.#directories.context, this.#exclude, needed, title, progress);
  }

  async named(name: string, what: string, progress: BuildProgress): Promise<FileTree> {
    const directory = /^local:(.*)$/.exec(what)?.[1];
    if (directory === undefined) return this.#remote(name, what, progress);
    const ignored = await this.#ignoreText(directory, `[context ${name}] load ${IGNORE_FILE}`, progress);
    const exclude = dockerignorePatterns(ignored);
    return this.#directory(directory, exclude, null, `[context ${name}] load from client`, progress);
  }

  async #remote(name: string, what: string, progress: BuildProgress): Promise<FileTree> {
    if (!/^(?:https?|git|ssh):|^git@/.test(what))
      throw new EngineError('invalid', `unsupported context source ${what.split(':')[0] ?? ''} for ${name}`);
    const onFetched = (source: FetchedSource): void => void this.fetched.push(source);
    return this.#fetch(what, `[context ${name}] ${what}`, onFetched, progress);
  }

  async #fetch(
    remote: string,
    title: string,
    onFetched: (source: FetchedSource) => void,
    progress: BuildProgress,
  ): Promise<FileTree> {
    const { keepGitDir, access } = this.#directories;
    const request = { context: null, remote, keepGitDir, access, onFetched, signal: this.#signal };
    const tree = await progress.task(title).run(() => readContext(this.#parts, request));
    this.#trees.push(tree);
    return tree;
  }

  async #ignoreText(directory: string, title: string, progress: BuildProgress): Promise<string> {
    const texts = await this.#texts(directory, [IGNORE_FILE], title, 'transferring context:', progress);
    return texts.get(IGNORE_FILE) ?? '';
  }

  async #texts(
    name: string,
    follow: readonly string[],
    title: string,
    part: string,
    progress: BuildProgress,
  ): Promise<ReadonlyMap<string, string>> {
    const task = progress.task(title);
    return task.run(async () => {
      let size = 0;
      const onBytes = (received: number): void => {
        size = received;
      };
      const session = await this.#directories.sessionOf(name);
      const texts = await receiveTexts(session, { name, exclude: [], follow, signal: this.#signal, onBytes }).catch(
        (error: unknown) => {
          // Who builds a Dockerfile that copies nothing from a context need not have one.
          if (follow.includes(IGNORE_FILE) && error instanceof GrpcError && error.code === GrpcStatus.notFound)
            return new Map<string, string>();
          throw error;
        },
      );
      task.part(part, size, 0, true);
      return texts;
    });
  }

  async #directory(
    name: string,
    exclude: readonly string[],
    needed: readonly string[] | null,
    title: string,
    progress: BuildProgress,
  ): Promise<FileTree> {
    const task = progress.task(title);
    return task.run(async () => {
      let size = 0;
      const onBytes = (received: number): void => {
        size = received;
        task.part('transferring context:', received, 0, false);
      };
      const session = await this.#directories.sessionOf(name);
      const follow = needed === null ? null : followed(needed);
      const request = { name, exclude, follow, signal: this.#signal, onBytes };
      const tree = await receiveDirectory(session, this.#kept, request);
      task.part('transferring context:', size, 0, true);
      this.#trees.push(tree);
      return tree;
    });
  }

  async dispose(): Promise<void> {
    for (const tree of this.#trees.splice(0)) await tree.dispose();
  }
}

/** Paths as clients want them; null when one of them is the whole directory. */
function followed(needed: readonly string[]): readonly string[] | null {
  const paths = [...new Set(needed.map((path) => posix.resolve('/', path).slice(1)))];
  // `**` is ours to match: what comes before it is asked for.
  const plain = paths.map((path) => (path.includes('**') ? fixedPart(path) : path));
  return plain.includes('') ? null : plain;
}

function fixedPart(path: string): string {
  const parts = path.split('/');
  return parts
    .slice(
      0,
      parts.findIndex((part) => hasWildcard(part)),
    )
    .join('/');
}
