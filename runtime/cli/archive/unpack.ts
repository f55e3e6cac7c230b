import { createWriteStream } from 'node:fs';
import { chmod, lchown, link, lstat, lutimes, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';

/** An entry of an archive that is read. */
interface Entry extends AsyncIterable<unknown> {
  readonly header: tar.Header;
  resume(): unknown;
}

export interface UnpackOptions {
  /** Names of entries on this side. */
  readonly rename: (entry: string) => string;
  /** Give files their owner in the container. */
  readonly owners: boolean;
}

/**
 * Unpacks a tar into a directory. The archive comes from a container and is not trusted: no entry is written, and no
 * link followed, outside of the directory. Returns the bytes of the files. Throws Error.
 */
export async function unpackInto(archive: Readable, directory: string, options: UnpackOptions): Promise<number> {
  const extract = tar.extract();
  const fed = pipeline(archive, extract as unknown as NodeJS.WritableStream);
  // It is awaited below; when the entries fail first, its own failure is no news.
  fed.catch(() => undefined);
  let bytes = 0;
  const later: (() => Promise<void>)[] = [];
  for await (const entry of extract) {
    const { header } = entry;
    const name = insideName(options.rename(header.name));
    if (name === '') {
      entry.resume();
      continue;
    }
    const path = join(directory, name);
    await assertRealParents(directory, name);
    await place(entry, path, directory, options);
    bytes += header.type === 'file' ? header.size : 0;
    if (options.owners && header.type !== 'link') await lchown(path, header.uid, header.gid);
    const mode = header.mode & 0o7777;
    if (header.type === 'file') await chmod(path, mode);
    const { mtime } = header;
    // A directory gets its mode and time when nothing more is written into it.
    later.push(async () => {
      if (header.type === 'directory') await chmod(path, mode);
      if (header.type !== 'link') await lutimes(path, mtime, mtime);
    });
  }
  await fed;
  for (const finish of later.toReversed()) await finish();
  return bytes;
}

/** The name below the directory; '' for the directory itself. */
function insideName(entry: string): string {
  const name = normalize(entry).replace(/^\/+|\/+$/g, '');
  if (name === '..' || name.startsWith('../')) throw new Error(`the archive leaves its directory: ${entry}`);
  return name === '.' ? '' : name;
}

/** Every directory above an entry is one, not a link that leads elsewhere. */
async function assertRealParents(directory: string, name: string): Promise<void> {
  const parts = dirname(name).split('/');
  let at = directory;
  for (const part of parts) {
    if (part === '.') continue;
    at = join(at, part);
    const stats = await lstat(at).catch(() => null);
    if (stats === null) await mkdir(at);
    else if (!stats.isDirectory()) throw new Error(`the archive leads through what is no directory: ${at}`);
  }
}

async function place(entry: Entry, path: string, directory: string, options: UnpackOptions): Promise<void> {
  const { type, linkname } = entry.header;
  const old = await lstat(path).catch(() => null);
  if (type === 'directory') {
    entry.resume();
    if (old?.isDirectory() === true) return;
    if (old !== null) throw new Error(`cannot overwrite non-directory ${path} with a directory`);
    await mkdir(path);
    return;
  }
  if (old?.isDirectory() === true) throw new Error(`cannot overwrite directory ${path} with a non-directory`);
  // Whatever is there is replaced, not written through: it could be a link.
  if (old !== null) await rm(path);
  switch (type) {
    case 'file':
    case 'contiguous-file':
      await pipeline(Readable.from(entry), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      return;
    case 'symlink':
      entry.resume();
      await symlink(linkname, path);
      return;
    case 'link': {
      entry.resume();
      const target = insideName(options.rename(linkname));
      await assertRealParents(directory, target);
      await link(join(directory, target), path);
      return;
    }
    default:
      throw new Error(`cannot copy ${path}: it is a ${type}`);
  }
}
