import { extract, pack, type Pack } from 'tar-stream';
import { CliError } from '../cli-error.ts';
import type { ContextFiles, StoredContext } from './store.ts';

/** Bytes of one archive; a context is a page of JSON and three certificates. */
const ARCHIVE_MAX = 10 * 1024 * 1024;
/** A context's archive says nothing of when it was made. */
const NEVER = new Date(0);

/** An archive of a context as `docker context export` writes it. */
export function packContext(stored: StoredContext, files: ContextFiles): Pack {
  const archive = pack();
  archive.entry({ name: 'meta.json', mode: 0o644, mtime: NEVER }, JSON.stringify(stored));
  if (files.size > 0) archive.entry({ name: 'tls', type: 'directory', mode: 0o700, mtime: NEVER });
  for (const [endpoint, contents] of files) {
    archive.entry({ name: `tls/${endpoint}`, type: 'directory', mode: 0o700, mtime: NEVER });
    for (const [file, content] of contents)
      archive.entry({ name: `tls/${endpoint}/${file}`, mode: 0o600, mtime: NEVER }, content);
  }
  archive.finalize();
  return archive;
}

/** What is in an archive of a context. Throws CliError for one that holds anything else, or too much. */
export async function unpackContext(source: AsyncIterable<Buffer>): Promise<{
  stored: StoredContext;
  files: ContextFiles;
}> {
  const files = new Map<string, Map<string, Buffer>>();
  let stored: StoredContext | null = null;
  try {
    const reader = extract();
    reader.end(await whole(source));
    for await (const entry of reader) {
      const { name, type } = entry.header;
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
      const content = Buffer.concat(chunks);
      if (type === 'directory') continue;
      if (type !== 'file') throw new CliError(`${name}: unexpected context file`);
      if (name === 'meta.json') stored = readMeta(content);
      else keep(files, name, content);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`invalid archive of a context: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (stored === null) throw new CliError('invalid context: no metadata found');
  return { stored, files };
}

async function whole(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > ARCHIVE_MAX) throw new CliError('read exceeds the defined limit');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Names become paths: nothing but `tls/ENDPOINT/FILE`, neither of which may lead elsewhere. */
function keep(files: Map<string, Map<string, Buffer>>, name: string, content: Buffer): void {
  const [top, endpoint = '', file = '', ...rest] = name.split('/');
  if (top !== 'tls') throw new CliError(`${name}: unexpected context file`);
  const isPlain = [endpoint, file].every((part) => /^[\w.-]+$/.test(part) && part !== '.' && part !== '..');
  if (rest.length > 0 || !isPlain) throw new CliError(`${name}: unexpected path format`);
  const known = files.get(endpoint) ?? new Map<string, Buffer>();
  files.set(endpoint, known.set(file, content));
}

function readMeta(content: Buffer): StoredContext {
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch {
    value = null;
  }
  const { Name, Metadata, Endpoints } = (value ?? {}) as Record<string, unknown>;
  const isObject = (one: unknown): boolean => typeof one === 'object' && one !== null && !Array.isArray(one);
  if (typeof Name !== 'string' || !isObject(Metadata) || !isObject(Endpoints))
    throw new CliError('invalid context: its metadata cannot be read');
  return value as StoredContext;
}
