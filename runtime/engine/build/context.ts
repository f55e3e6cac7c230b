import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { download } from '../registry/http.ts';
import { fetchGit } from './execute/remote.ts';
import { spoolPath } from './execute/stage-files.ts';
import { Workspace, type WorkspaceParts } from './execute/workspace.ts';
import { isGitSource } from './plan/remote-source.ts';
import { compressionOf, decompressed, isTar, peeked } from './tree/decompress.ts';
import { FileTree } from './tree/file-tree.ts';

/** Reads a build's context: an archive of any compression, or what an address stands for. Throws `invalid`. */
export async function readContext(
  parts: WorkspaceParts,
  request: { readonly context: Readable | null; readonly remote: string; readonly signal: AbortSignal },
): Promise<FileTree> {
  const { context, remote, signal } = request;
  if (remote === '' || remote === 'client-session') {
    return context === null ? FileTree.of([]) : readArchive(parts, context, signal);
  }
  const address = /^github\.com\//.test(remote) ? `https://${remote}` : remote;
  if (isGitSource(address)) {
    const workspace = await Workspace.make(parts, []);
    try {
      return await fetchGit(address, '', workspace.directory, spoolPath(parts.dataRoot), signal);
    } finally {
      await workspace.dispose();
    }
  }
  if (!/^https?:\/\//.test(address)) throw new EngineError('invalid', `remote context URL ${remote} is not supported`);
  return readArchive(parts, await download(new URL(address), signal), signal);
}

/** An archive, or a text that is taken for the Dockerfile. */
async function readArchive(parts: WorkspaceParts, source: Readable, signal: AbortSignal): Promise<FileTree> {
  const { head, whole } = await peeked(source as AsyncIterable<Buffer>);
  if (head.length === 0) return FileTree.of([]);
  const options = { rootOwned: true, signal };
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
