import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError, messageOf } from '../../errors.ts';
import { isCommit, type GitSource } from '../plan/git-source.ts';
import type { Git } from './git-command.ts';

/** The commit that was checked out. */
export interface GitCommit {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly time: bigint;
}

const NEEDS_HISTORY = /does not support shallow/;
/** A server's word for what its HEAD is: a name, and nothing that means more in a refspec. */
const BRANCH = /^ref: refs\/heads\/[^\s:*?[\\^~]+$/;
const SHA256_LENGTH = 64;
/** Where the commit stays while its files are read. */
const KEPT_REF = 'refs/berth/commit';

/** Git in a directory: for the repository itself, and for its submodules. */
export interface GitOf {
  readonly whole: Git;
  readonly parts: Git;
}

/**
 * Checks a commit and its submodules out into an empty directory; `git` runs there. `.git` stays only where all of the
 * repository is wanted with it. Throws `invalid`.
 */
export async function checkOut({ whole: git, parts }: GitOf, directory: string, source: GitSource): Promise<GitCommit> {
  const { repository, checksum } = source;
  if (!/^[0-9a-fA-F]*$/.test(checksum))
    throw new EngineError('invalid', `invalid checksum ${checksum} for Git URL, expected hex commit hash`);
  const isWhole = source.keepGitDir === true && source.directory === '';
  const found = await find(git, source);
  const format = found.id.length === SHA256_LENGTH ? ['--object-format=sha256'] : [];
  await git('init', '--quiet', '--template=', ...format);
  const spec = isWhole && found.name.startsWith('refs/') ? `+${found.name}:${found.name}` : found.name;
  await shallowIfPossible((...depth) =>
    git('fetch', '--quiet', '--update-head-ok', ...depth, '--no-tags', '--', repository, spec),
  );
  const [id = '', ...others] = (await git('rev-parse', 'FETCH_HEAD^{commit}', 'FETCH_HEAD')).split('\n');
  // A tag that has a message is an object of its own.
  if (![id, ...others].some((one) => one.startsWith(checksum.toLowerCase())))
    throw new EngineError('invalid', `expected checksum to match ${checksum}, got ${id}`);
  await git('update-ref', KEPT_REF, id);
  await git('checkout', '--quiet', '--force', '--detach', id);
  // Addresses of submodules may be relative to it.
  await git('remote', 'add', 'origin', repository);
  if (source.submodules)
    await shallowIfPossible((...depth) =>
      parts('submodule', '--quiet', 'update', '--init', '--recursive', '--no-recommend-shallow', ...depth),
    );
  const time = BigInt(await git('show', '--no-patch', '--format=%ct', id));
  if (isWhole) {
    await git('remote', 'set-url', 'origin', withoutPassword(repository));
    await tidy(git, directory);
  } else await rm(join(directory, '.git'), { recursive: true });
  return { id, time };
}

/** Without the history where the server can leave it out: mere file servers have no part of one to give. */
async function shallowIfPossible(work: (...depth: string[]) => Promise<string>): Promise<void> {
  await work('--depth', '1').catch((error: unknown) => {
    if (!NEEDS_HISTORY.test(messageOf(error))) throw error;
    return work();
  });
}

/** What to ask a server for: a reference by its whole name, or a commit by its id. Throws `invalid` for what it lacks. */
async function find(
  git: Git,
  { repository, reference }: GitSource,
): Promise<{ readonly name: string; readonly id: string }> {
  if (isCommit(reference)) return { name: reference, id: reference };
  const wanted = reference === '' ? 'HEAD' : reference;
  const output = await git('ls-remote', '--symref', '--', repository, wanted);
  const ids = new Map<string, string>();
  let branch = 'HEAD';
  for (const line of output.split('\n')) {
    const [what = '', name = ''] = line.split('\t');
    if (!what.startsWith('ref: ')) ids.set(name, what);
    else if (name === 'HEAD' && BRANCH.test(what)) branch = what.slice('ref: '.length);
  }
  const names = [`refs/${wanted.replace(/^refs\//, '')}`, `refs/tags/${wanted}`, `refs/heads/${wanted}`];
  const name = reference === '' ? branch : names.find((one) => ids.has(one));
  const id = ids.get(reference === '' ? 'HEAD' : (name ?? ''));
  if (name === undefined || id === undefined)
    throw new EngineError('invalid', `repository does not contain ref ${wanted}, output: ${JSON.stringify(output)}`);
  return { name, id };
}

/** Takes out of `.git` what tells of this machine and hour: logs, and what the index knows of the files here. */
async function tidy(git: Git, directory: string): Promise<void> {
  await git('update-ref', '-d', KEPT_REF);
  for (const name of ['logs', 'FETCH_HEAD', 'ORIG_HEAD', 'index', 'refs/berth'])
    await rm(join(directory, '.git', name), { recursive: true, force: true });
  await git('read-tree', 'HEAD');
}

function withoutPassword(repository: string): string {
  return repository.replace(/^([a-z]+:\/\/)[^@/]*@/, '$1');
}
