import { execFile } from 'node:child_process';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { EngineError, messageOf } from '../../errors.ts';
import { parseGitSource } from '../plan/remote-source.ts';
import { FileTree } from '../tree/file-tree.ts';
import type { TarMember } from '../tree/tar-reader.ts';
import { spoolPath } from './stage-files.ts';
import { Workspace, type WorkspaceParts } from './workspace.ts';

const run = promisify(execFile);

/** What is wanted of a repository. */
export interface GitRequest {
  /** `url#reference:directory` */
  readonly source: string;
  /** The commit that is expected, or its beginning; '' for any. */
  readonly checksum: string;
  /** Whether `.git` comes along; a directory of a repository has none. */
  readonly keepGitDir: boolean;
}

/** What was fetched of a repository. */
export interface GitFiles {
  readonly tree: FileTree;
  /** Id of the commit. */
  readonly commit: string;
}

const NEEDS_HISTORY = /does not support shallow/;
/** Where the commit stays while its files are read. */
const KEPT_REF = 'refs/berth/commit';

/**
 * The files of a commit, and of its submodules, checked out by the host's git. Their time is that of the commit. Throws
 * `invalid` for what git refuses, `unavailable` without git.
 */
export async function fetchGit(parts: WorkspaceParts, request: GitRequest, signal: AbortSignal): Promise<GitFiles> {
  const { repository, reference, directory } = parseGitSource(request.source);
  const workspace = await Workspace.make(parts, []);
  try {
    const checkout = join(workspace.directory, 'checkout');
    await mkdir(checkout);
    await chmod(checkout, 0o755);
    const git = async (...args: string[]): Promise<string> => runGit(['-C', checkout, ...args], signal);
    await git('init', '--quiet', '--template=');
    const isWhole = request.keepGitDir && directory === '';
    const wanted = reference === '' ? 'HEAD' : reference;
    const named = isWhole ? await nameOf(git, repository, reference) : '';
    const spec = named === '' ? wanted : `+${named}:${named}`;
    const fetch = (...depth: string[]) =>
      git('fetch', '--quiet', '--update-head-ok', ...depth, '--no-tags', '--', repository, spec);
    await fetch('--depth', '1').catch((error: unknown) => {
      // Mere file servers have no part of a history to give.
      if (!NEEDS_HISTORY.test(messageOf(error))) throw error;
      return fetch();
    });
    const commit = await git('rev-parse', 'FETCH_HEAD^{commit}');
    if (request.checksum !== '' && !commit.startsWith(request.checksum))
      throw new EngineError('invalid', `expected checksum to match ${request.checksum}, got ${commit}`);
    await git('update-ref', KEPT_REF, commit);
    await git('checkout', '--quiet', '--force', '--detach', commit);
    // Addresses of submodules may be relative to it.
    await git('remote', 'add', 'origin', repository);
    await git('submodule', '--quiet', 'update', '--init', '--recursive', '--depth', '1');
    const time = BigInt(await git('show', '--no-patch', '--format=%ct', commit)) * 1_000_000_000n;
    await git('remote', 'set-url', 'origin', withoutPassword(repository));
    if (isWhole) await tidy(checkout, git);
    else await rm(join(checkout, '.git'), { recursive: true });
    return { tree: await readTree(parts, checkout, { directory, time }, signal), commit };
  } finally {
    await workspace.dispose();
  }
}

/** The whole name of a branch or tag, for a `.git` that knows it; '' for a commit. */
async function nameOf(
  git: (...args: string[]) => Promise<string>,
  repository: string,
  reference: string,
): Promise<string> {
  const wanted = reference === '' ? 'HEAD' : reference;
  const lines = (await git('ls-remote', '--symref', '--', repository, wanted)).split('\n');
  if (reference === '') return /^ref: (\S+)\tHEAD$/m.exec(lines.join('\n'))?.[1] ?? '';
  const names = lines.map((line) => line.split('\t')[1] ?? '');
  const usual = [wanted, `refs/tags/${wanted}`, `refs/heads/${wanted}`];
  return usual.find((name) => name.startsWith('refs/') && names.includes(name)) ?? '';
}

/** Takes out of `.git` what tells of this machine and hour: logs, and what the index knows of the files here. */
async function tidy(checkout: string, git: (...args: string[]) => Promise<string>): Promise<void> {
  await git('update-ref', '-d', KEPT_REF);
  for (const name of ['logs', 'FETCH_HEAD', 'ORIG_HEAD', 'index', 'refs/berth'])
    await rm(join(checkout, '.git', name), { recursive: true, force: true });
  await git('read-tree', 'HEAD');
}

async function readTree(
  parts: WorkspaceParts,
  checkout: string,
  { directory, time }: { readonly directory: string; readonly time: bigint },
  signal: AbortSignal,
): Promise<FileTree> {
  const workspace = await Workspace.make(parts, [checkout]);
  try {
    const inside = posix.resolve('/', directory);
    const { tar } = await parts.launcher.storage.archive(workspace.view, inside, '').catch((error: unknown) => {
      throw new EngineError('invalid', `subdir ${directory} does not exist: ${messageOf(error)}`, { cause: error });
    });
    return await FileTree.read(tar as AsyncIterable<Buffer>, spoolPath(parts.dataRoot), {
      rootOwned: true,
      signal,
      adapt: (member) => ({ ...member, mode: modeOf(member), modified: time }),
    });
  } finally {
    await workspace.dispose();
  }
}

/** Modes as git has them, whatever the mask of this process: what runs, what is written to, what only is read. */
function modeOf({ type, mode }: TarMember): number {
  if (type !== 'file') return type === 'directory' ? 0o755 : mode;
  if ((mode & 0o100) !== 0) return 0o755;
  return (mode & 0o200) === 0 ? 0o444 : 0o644;
}

function withoutPassword(repository: string): string {
  return repository.replace(/^([a-z]+:\/\/)[^@/]*@/, '$1');
}

/** Returns what it prints, trimmed. */
async function runGit(args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run('git', [...args], { signal, env: gitEnvironment(), maxBuffer: 16 * 1024 * 1024 });
    return stdout.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new EngineError('unavailable', 'this needs the program git, which is not installed', { cause: error });
    const { stderr = '' } = error as { stderr?: string };
    throw new EngineError('invalid', `git: ${stderr.trim() === '' ? messageOf(error) : stderr.trim()}`, {
      cause: error,
    });
  }
}

/** No questions, no commands of a repository's choosing, no configuration of a person's. */
function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
    GIT_CONFIG_NOSYSTEM: '1',
    SSH_AUTH_SOCK: process.env['SSH_AUTH_SOCK'],
  };
}
