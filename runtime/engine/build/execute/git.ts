import { chmod, mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { EngineError, messageOf } from '../../errors.ts';
import { proxyVariables, type ProxySettings } from '../../registry/proxy.ts';
import type { GitSource } from '../plan/git-source.ts';
import { FileTree } from '../tree/file-tree.ts';
import type { TarMember } from '../tree/tar-reader.ts';
import { gitGrant, type GitAccess } from './git-access.ts';
import { checkOut, type GitCommit } from './git-checkout.ts';
import { gitIn, type Git } from './git-command.ts';
import { spoolPath } from './stage-files.ts';
import { Workspace, type WorkspaceParts } from './workspace.ts';

/** What was fetched of a repository. */
export interface GitFiles {
  readonly tree: FileTree;
  /** Id of the commit. */
  readonly commit: string;
}

/**
 * The files of a commit, and of its submodules, checked out by the host's git. Their time is that of the commit. Throws
 * `invalid` for what git refuses, `unavailable` without git.
 */
export async function fetchGit(
  parts: WorkspaceParts,
  source: GitSource,
  access: GitAccess,
  signal: AbortSignal,
): Promise<GitFiles> {
  const workspace = await Workspace.make(parts, []);
  try {
    const checkout = join(workspace.directory, 'checkout');
    await mkdir(checkout);
    await chmod(checkout, 0o755);
    const { id, time } = await checkedOut(checkout, source, access, parts.proxies(), signal);
    const place = { directory: source.directory, time: time * 1_000_000_000n };
    return { tree: await readTree(parts, checkout, place, signal), commit: id };
  } finally {
    await workspace.dispose();
  }
}

async function checkedOut(
  directory: string,
  source: GitSource,
  access: GitAccess,
  proxies: ProxySettings,
  signal: AbortSignal,
): Promise<GitCommit> {
  const grant = await gitGrant(source.repository, access);
  try {
    const git = (granted: NodeJS.ProcessEnv): Git =>
      gitIn(directory, { ...proxyVariables(proxies), ...granted }, signal);
    return await checkOut({ whole: git(grant.environment), parts: git(grant.environmentOfParts) }, directory, source);
  } finally {
    await grant.release();
  }
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
