import { createHash } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline, PassThrough, type Readable } from 'node:stream';
import tar from 'tar-stream';
import { EngineError, messageOf } from '../errors.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { Digest } from '../store/digest.ts';
import { errorCode } from '../store/files.ts';
import { compressionOf, decompressed } from '../store/decompress.ts';
import { DOCUMENT_SIZE_MAX } from './manifest.ts';

/** A file of an archive, spooled to `ingest/` with its digest known. */
export interface SpooledFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Regular files of an image archive by their cleaned names. */
export interface SpooledArchive {
  readonly files: ReadonlyMap<string, SpooledFile>;
  /** Removes what was not published. */
  dispose(): Promise<void>;
}

/** An archive with more files than this is no image archive. */
const FILES_MAX = 20_000;
const LINK_DEPTH_MAX = 8;

/**
 * Reads a `docker save` or OCI-layout archive, plain, gzip or zstd, into spooled files. Names never become paths: each
 * file is spooled under a random name, and links are looked up in the map. Throws `invalid`; then nothing is left.
 */
export async function spoolArchive(stream: Readable, blobs: BlobStore, signal: AbortSignal): Promise<SpooledArchive> {
  const files = new Map<string, SpooledFile>();
  const links = new Map<string, string>();
  const spooled: string[] = [];
  const dispose = async (): Promise<void> => {
    for (const path of spooled) await rm(path, { force: true });
  };
  const extract = tar.extract();
  const read = async (): Promise<void> => {
    let count = 0;
    for await (const entry of extract) {
      signal.throwIfAborted();
      count += 1;
      if (count > FILES_MAX) throw new EngineError('invalid', `the archive holds more than ${FILES_MAX} files`);
      const { name, type, linkname } = entry.header;
      const clean = cleanName(name);
      if (type === 'symlink' || type === 'link') {
        if (typeof linkname === 'string') {
          // A symbolic link is relative to its directory, a hard link to the root.
          const from = type === 'symlink' ? posix.join('/', posix.dirname(clean), linkname) : `/${linkname}`;
          links.set(clean, cleanName(posix.normalize(from)));
        }
        entry.resume();
      } else if (type === 'file' || type === 'contiguous-file') {
        const path = blobs.newIngestPath();
        spooled.push(path);
        files.set(clean, await spool(entry as AsyncIterable<Buffer>, path));
      } else {
        entry.resume();
      }
    }
  };
  try {
    const plain = await inflated(stream);
    const feeding = new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        extract.destroy(new Error('context canceled'));
      };
      signal.addEventListener('abort', abort, { once: true });
      pipeline(plain, extract, (error) => {
        signal.removeEventListener('abort', abort);
        if (error) reject(error);
        else resolve();
      });
    });
    await Promise.all([feeding, read()]);
  } catch (error) {
    await dispose();
    signal.throwIfAborted();
    if (error instanceof EngineError) throw error;
    if (errorCode(error) === 'ENOSPC') throw new EngineError('internal', 'no space left on device', { cause: error });
    throw new EngineError('invalid', `the archive cannot be read: ${messageOf(error)}`, { cause: error });
  }
  for (const name of links.keys()) {
    const target = followLinks(links, name);
    const file = target === undefined ? undefined : files.get(target);
    if (file !== undefined) files.set(name, file);
  }
  return { files, dispose };
}

function followLinks(links: ReadonlyMap<string, string>, name: string): string | undefined {
  let current = name;
  for (let depth = 0; depth < LINK_DEPTH_MAX; depth += 1) {
    const next = links.get(current);
    if (next === undefined) return current;
    current = next;
  }
  return undefined;
}

/** The name without leading `./` and `/`. Throws when it climbs out. */
export function cleanName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..'))
    throw new EngineError('invalid', `the archive holds the unsafe name ${JSON.stringify(name.slice(0, 100))}`);
  return parts.join('/');
}

async function spool(entry: AsyncIterable<Buffer>, path: string): Promise<SpooledFile> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of entry) {
      hash.update(chunk);
      size += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { path, digest: `sha256:${hash.digest('hex')}`, size };
}

/** Undoes an outer compression, told by its magic number. */
export async function inflated(stream: Readable): Promise<Readable> {
  const compression = compressionOf(await peek(stream));
  if (compression !== 'none') return decompressed(stream, compression);
  const plain = new PassThrough();
  pipeline(stream, plain, () => undefined);
  return plain;
}

function peek(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      stream.off('readable', look);
      stream.off('end', end);
      stream.off('error', done);
      stream.off('close', end);
      if (error) reject(error);
    };
    const end = (): void => {
      done();
      resolve(Buffer.alloc(0));
    };
    const look = (): void => {
      const chunk = stream.read() as Buffer | null;
      if (chunk === null) return;
      done();
      stream.unshift(chunk);
      resolve(chunk);
    };
    stream.on('readable', look);
    stream.on('end', end);
    stream.on('close', end);
    stream.on('error', done);
  });
}

/** A spooled file as bytes, refused when it is too large for a document. */
export async function readSpooled(file: SpooledFile, what: string): Promise<Buffer> {
  if ((await stat(file.path)).size > DOCUMENT_SIZE_MAX)
    throw new EngineError('invalid', `${what} is larger than ${DOCUMENT_SIZE_MAX} bytes`);
  return readFile(file.path);
}
