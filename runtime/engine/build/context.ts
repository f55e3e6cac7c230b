import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { download } from '../registry/http.ts';
import { fetchedRepository, type FetchedSource } from './attest/fetched-source.ts';
import { NO_GIT_ACCESS, type GitAccess } from './execute/git-access.ts';
import { fetchGit } from './execute/git.ts';
import { spoolPath } from './execute/stage-files.ts';
import type { WorkspaceParts } from './execute/workspace.ts';
import { isGitSource, parseGitSource } from './plan/git-source.ts';
import { compressionOf, decompressed, isTar, peeked } from '../store/decompress.ts';
import { FileTree } from './tree/file-tree.ts';
import type { TarMember } from './tree/tar-reader.ts';

/** Where a context comes from. */
export interface ContextRequest {
  /** An archive, or a Dockerfile alone. */
  readonly context: Readable | null;
  /** An address; '' or `client-session` for none. */
  readonly remote: string;
  /** Whether a repository's `.git` is a part of it. */
  readonly keepGitDir?: boolean;
  /** What may be shown to get at repositories. */
  readonly access?: GitAccess;
  /** Told of a repository and its commit. */
  readonly onFetched?: (source: FetchedSource) => void;
  readonly signal: AbortSignal;
}

/** Variable of a build that asks for `.git` in its context. */
export const KEEP_GIT_DIR = 'BUILDKIT_CONTEXT_KEEP_GIT_DIR';

/** Whether a variable of the build asks for `.git` in its context. */
export function keepsGitDir(value: string | undefined): boolean {
  return /^(?:1|t|true)$/i.test(value ?? '');
}

/** Reads a build's context: an archive of any compression, or what an address stands for. Throws `invalid`. */
export async function readContext(parts: WorkspaceParts, request: ContextRequest): Promise<FileTree> {
  const { context, remote, signal } = request;
  if (remote === '' || remote === 'client-session') {
    return context === null ? FileTree.of([]) : readArchive(parts, context, signal);
  }
  const address = /^github\.com\//.test(remote) ? `https://${remote}` : remote;
  if (isGitSource(address)) {
    const { keepGitDir = false, access = NO_GIT_ACCESS } = request;
    const source = parseGitSource(address);
    const wanted = { ...source, keepGitDir: keepGitDir || source.keepGitDir === true };
    const { tree, commit } = await fetchGit(parts, wanted, { ...access, isNamedByPerson: true }, signal);
    request.onFetched?.(fetchedRepository(source, commit));
    return tree;
  }
  if (!/^https?:\/\//.test(address)) throw new EngineError('invalid', `remote context URL ${remote} is not supported`);
  return readArchive(parts, await download(new URL(address), parts.proxies(), signal), signal);
}

/** An archive, or a text that is taken for the Dockerfile. */
async function readArchive(parts: WorkspaceParts, source: Readable, signal: AbortSignal): Promise<FileTree> {
  const { head, whole } = await peeked(source as AsyncIterable<Buffer>);
  if (head.length === 0) return FileTree.of([]);
  const options = { rootOwned: true, signal, adapt: insideRoot };
  const compression = compressionOf(head);
  if (compression !== 'none') {
    const plain = decompressed(whole, compression);
    return FileTree.read(plain as AsyncIterable<Buffer>, spoolPath(parts.dataRoot), options);
  }
  if (isTar(head) || head.every((byte) => byte === 0))
    return FileTree.read(whole as AsyncIterable<Buffer>, spoolPath(parts.dataRoot), options);
  if (head.includes(0)) throw new EngineError('invalid', 'the build context is no archive');
  const file = { path: 'Dockerfile', mode: 0o644, modified: 0n };
  return FileTree.ofStream(file, whole as AsyncIterable<Buffer>, spoolPath(parts.dataRoot));
}

/** Names that begin with `/` or `..` are taken for those of files at the top, as Docker does. */
function insideRoot(member: TarMember): TarMember {
  const inside = (path: string): string => posix.resolve('/', path).slice(1);
  return { ...member, name: inside(member.name), link: member.type === 'link' ? inside(member.link) : member.link };
}
