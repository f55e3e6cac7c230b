import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';

/** A tar of a file or a directory with all that is in it, whose top entry is called `name`. */
export function packPath(path: string, name: string): Readable {
  const pack = tar.pack();
  addTo(pack, path, name)
    .then(() => {
      pack.finalize();
    })
    .catch((error: unknown) => {
      pack.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  return Readable.from(pack);
}

async function addTo(pack: tar.Pack, path: string, name: string): Promise<void> {
  const stats = await lstat(path);
  const header = { name, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, mtime: stats.mtime };
  if (stats.isDirectory()) {
    pack.entry({ ...header, name: `${name}/`, type: 'directory' });
    for (const child of (await readdir(path)).sort()) await addTo(pack, join(path, child), `${name}/${child}`);
  } else if (stats.isSymbolicLink()) {
    pack.entry({ ...header, type: 'symlink', linkname: await readlink(path) });
  } else if (stats.isFile()) {
    await addFile(pack, path, header, stats);
  } else if (stats.isFIFO()) {
    pack.entry({ ...header, type: 'fifo' });
  }
  // Sockets cannot be archived; docker leaves them out too.
}

async function addFile(
  pack: tar.Pack,
  path: string,
  header: Partial<tar.Header> & { name: string },
  stats: Stats,
): Promise<void> {
  const whole = { ...header, type: 'file' as const, size: stats.size };
  if (stats.size === 0) {
    pack.entry(whole, '');
    return;
  }
  // A file that grows meanwhile is cut at the size its header says.
  const content = createReadStream(path, { end: stats.size - 1 });
  await pipeline(content, pack.entry(whole) as unknown as NodeJS.WritableStream);
}
