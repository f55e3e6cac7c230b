import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Extract, type Header } from 'tar-stream';
import type { FileEntry, FileKind } from '../contract/files.ts';

/** Bound on what is kept of one archive: entries. */
const MAX_ENTRIES = 400_000;

const KINDS: Readonly<Record<string, FileKind>> = {
  file: 'file',
  'contiguous-file': 'file',
  link: 'file',
  directory: 'directory',
  symlink: 'link',
  'character-device': 'device',
  'block-device': 'device',
  fifo: 'pipe',
};

/** The entry of a directory for a header of an archive. */
export function entryOf(header: Header, name: string): FileEntry {
  return {
    name,
    kind: KINDS[header.type] ?? 'other',
    size: header.type === 'directory' ? 0 : header.size,
    mode: header.mode & 0o7777,
    uid: header.uid,
    gid: header.gid,
    modifiedAt: header.mtime.getTime(),
    linkTarget: header.type === 'symlink' ? header.linkname : '',
  };
}

/** Path parts of an entry's name, without `.` and empty ones. */
export function partsOf(name: string): string[] {
  return name.split('/').filter((part) => part !== '' && part !== '.');
}

/** The end of a pipeline: reads an archive, hands each entry's header to `take`, and drops what the entries hold. */
export function headersOf(take: (header: Header) => void): Extract {
  const reader = extract();
  reader.on('entry', (header, body, next) => {
    // An archive that breaks off is an error of the pipeline; without a listener, its last entry's would end the app.
    body.on('error', () => undefined);
    body.on('end', next);
    body.resume();
    take(header);
  });
  return reader;
}

/**
 * Entries of every directory in an archive, by path relative to the archive's root (`''` is the root). `skip` is how
 * many leading parts of a name are the archived directory's own name.
 */
export async function indexTar(tar: Readable, skip: number): Promise<Map<string, FileEntry[]>> {
  const directories = new Map<string, FileEntry[]>([['', []]]);
  const sizes = new Map<string, number>();
  let count = 0;
  const reader = headersOf((header) => {
    const parts = partsOf(header.name);
    const inside = parts.slice(skip);
    const name = inside.at(-1);
    if (name === undefined || count >= MAX_ENTRIES) return;
    count += 1;
    const parent = inside.slice(0, -1).join('/');
    const path = inside.join('/');
    // A hard link has no content of its own in the archive; its size is that of the first name.
    const linked = header.type === 'link' ? sizes.get(partsOf(header.linkname).join('/')) : undefined;
    if (header.type === 'file') sizes.set(parts.join('/'), header.size);
    const entry = entryOf(header, name);
    const siblings = directories.get(parent);
    const full = linked === undefined ? entry : { ...entry, size: linked };
    if (siblings === undefined) directories.set(parent, [full]);
    else siblings.push(full);
    if (header.type === 'directory' && !directories.has(path)) directories.set(path, []);
  });
  await pipeline(tar, reader);
  return directories;
}

/** Hands the first entry of an archive to `take`; the rest is not read. Resolves to null for an empty archive. */
export async function firstEntry<T>(
  tar: Readable,
  take: (header: Header, body: Readable) => Promise<T>,
): Promise<T | null> {
  const reader = extract();
  // Errors of the source end the iteration below.
  tar.on('error', (error) => reader.destroy(error));
  tar.pipe(reader);
  try {
    for await (const entry of reader) return await take(entry.header, Readable.from(entry as AsyncIterable<Buffer>));
    return null;
  } finally {
    tar.destroy();
    reader.destroy();
  }
}
