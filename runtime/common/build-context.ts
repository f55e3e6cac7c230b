import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { lookForArchive } from './archive-head.ts';
import { registryOf, type DockerConfig } from './docker-config.ts';
import { dockerignorePatterns, Patterns } from './path-patterns.ts';

/** A context that cannot be sent, in words for a person. */
export class BuildContextError extends Error {}

/** A context on its way to the engine. */
export interface BuildContext {
  /** null when the engine fetches it from `remote`. */
  readonly archive: Readable | null;
  readonly remote: string;
  /** Path of the Dockerfile in the archive. */
  readonly dockerfile: string;
  /** Text of the Dockerfile, where it is known here. */
  readonly text: string;
}

/** Name in the archive of a Dockerfile that is not in the context. */
const OUTSIDE = '.dockerfile.berth';

/** What PATH, URL or `-` means, before anything of it is read but its Dockerfile. */
export type LocatedContext =
  | { readonly kind: 'archive'; readonly stream: Readable; readonly dockerfile: string }
  | { readonly kind: 'remote'; readonly address: string; readonly dockerfile: string }
  | ContextDirectory;

/** A directory of this machine. */
export interface ContextDirectory {
  readonly kind: 'directory';
  readonly root: string;
  /** The Dockerfile's path in the directory, or a name for one from elsewhere. */
  readonly dockerfile: string;
  readonly text: string;
  readonly isInside: boolean;
  /** Path of a Dockerfile outside of the directory; '' for one that is in no file. */
  readonly outside: string;
}

/**
 * What PATH, URL or `-` means, with the Dockerfile that `-f` names: in the context, outside of it, or `-` for the
 * standard input. Throws BuildContextError.
 */
export async function locateContext(path: string, file: string | undefined, stdin: Readable): Promise<LocatedContext> {
  if (path === '-') {
    if (file === '-')
      throw new BuildContextError("invalid argument: can't use stdin for both build context and dockerfile");
    if (file === undefined) return { kind: 'archive', stream: stdin, dockerfile: '' };
    const { isArchive, whole } = await lookForArchive(stdin);
    // What comes is a Dockerfile itself: the name can only mean another one.
    if (!isArchive)
      throw new BuildContextError('ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles');
    return { kind: 'archive', stream: whole, dockerfile: file };
  }
  if (/^(?:https?|git|ssh):\/\/|^git@|^github\.com\//.test(path))
    return { kind: 'remote', address: path, dockerfile: file ?? '' };
  const stats = await lstat(path).catch(() => null);
  if (stats === null) throw new BuildContextError(`unable to prepare context: path ${JSON.stringify(path)} not found`);
  const root = resolve(path);
  if (file === '-')
    return { kind: 'directory', root, text: await textOf(stdin), dockerfile: OUTSIDE, isInside: false, outside: '' };
  const dockerfile = await dockerfilePath(root, file);
  const inside = relative(root, dockerfile);
  const text = await readFile(dockerfile, 'utf8').catch(() => null);
  if (text === null)
    throw new BuildContextError(
      `unable to prepare context: unable to evaluate symlinks in Dockerfile path: ${dockerfile}: no such file`,
    );
  const isInside = inside !== '' && !inside.startsWith('..');
  return isInside
    ? { kind: 'directory', root, text, dockerfile: inside, isInside, outside: '' }
    : { kind: 'directory', root, text, dockerfile: OUTSIDE, isInside, outside: dockerfile };
}

/** The same, with the archive that is sent. Of a directory only what `.dockerignore` lets is in it. Throws BuildContextError. */
export async function openContext(path: string, file: string | undefined, stdin: Readable): Promise<BuildContext> {
  return archived(await locateContext(path, file, stdin));
}

/** A context on its way. */
export async function archived(located: LocatedContext): Promise<BuildContext> {
  const { dockerfile } = located;
  if (located.kind === 'archive') return { archive: located.stream, remote: '', dockerfile, text: '' };
  if (located.kind === 'remote') return { archive: null, remote: located.address, dockerfile, text: '' };
  const { root, text, isInside, outside } = located;
  return directoryContext(root, text, dockerfile, isInside, outside);
}

/** The Dockerfile of a directory and the ignore file of its own, by their names in the context. */
export async function dockerfileTexts(directory: ContextDirectory): Promise<ReadonlyMap<string, string>> {
  const { root, dockerfile, text, outside } = directory;
  const own = await ownIgnoreText(root, dockerfile, outside);
  return new Map([[dockerfile, text], ...(own === null ? [] : ([[`${dockerfile}.dockerignore`, own]] as const))]);
}

/**
 * Patterns of what a build of a directory leaves out: those of its Dockerfile's own ignore file, else of `.dockerignore`.
 * `file` is the Dockerfile from the directory on. Throws PatternError.
 */
export async function contextPatterns(root: string, file?: string): Promise<Patterns> {
  const path = await dockerfilePath(root, file === undefined ? undefined : resolve(root, file));
  return ignorePatterns(root, await ownIgnoreText(root, relative(root, path), ''));
}

async function ignorePatterns(root: string, own: string | null): Promise<Patterns> {
  const text = own ?? (await readFile(join(root, '.dockerignore'), 'utf8').catch(() => ''));
  return new Patterns(dockerignorePatterns(text));
}

/** What the `.dockerignore` of a Dockerfile alone says; null when there is none. */
function ownIgnoreText(root: string, dockerfile: string, outside: string): Promise<string | null> {
  const beside = outside === '' ? join(root, `${dockerfile}.dockerignore`) : `${outside}.dockerignore`;
  return readFile(beside, 'utf8').catch(() => null);
}

/** The context of a directory whose Dockerfile at `file` has another text than is on disk. Throws BuildContextError. */
export async function openEdited(directory: string, file: string, text: string): Promise<BuildContext> {
  const stats = await lstat(directory).catch(() => null);
  if (stats === null)
    throw new BuildContextError(`unable to prepare context: path ${JSON.stringify(directory)} not found`);
  const root = resolve(directory);
  const path = resolve(root, file);
  const inside = relative(root, path);
  return inside.startsWith('..')
    ? directoryContext(root, text, OUTSIDE, false, path)
    : directoryContext(root, text, inside, true, '', true);
}

/** Where the Dockerfile of a context is: `file`, or the usual one. */
export async function dockerfilePath(root: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return resolve(file);
  const names = await readdir(root);
  return join(root, !names.includes('Dockerfile') && names.includes('dockerfile') ? 'dockerfile' : 'Dockerfile');
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function directoryContext(
  root: string,
  text: string,
  dockerfile: string,
  isInside = false,
  outside = '',
  isEdited = false,
): Promise<BuildContext> {
  const own = await ownIgnoreText(root, dockerfile, outside);
  const patterns = await ignorePatterns(root, own);
  const pack = tar.pack();
  // What the engine reads is sent whether or not it is ignored; the engine leaves it out again.
  const always = new Set(['.dockerignore', ...(isInside ? [dockerfile, `${dockerfile}.dockerignore`] : [])]);
  const send = async (): Promise<void> => {
    if (!isInside || isEdited) {
      pack.entry({ name: dockerfile, mode: 0o600 }, text);
      if (outside !== '' && own !== null) pack.entry({ name: `${dockerfile}.dockerignore`, mode: 0o600 }, own);
    }
    const keeps = (name: string): boolean =>
      !(isEdited && name === dockerfile) && (always.has(name) || !patterns.matches(name));
    await addDirectory(pack, root, '', keeps, patterns.hasExceptions);
    pack.finalize();
  };
  send().catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return { archive: Readable.from(pack), remote: '', dockerfile, text };
}

async function addDirectory(
  pack: tar.Pack,
  root: string,
  below: string,
  keeps: (name: string) => boolean,
  hasExceptions: boolean,
): Promise<void> {
  for (const entry of (await readdir(join(root, below))).sort()) {
    const name = below === '' ? entry : `${below}/${entry}`;
    const path = join(root, name);
    const stats = await lstat(path);
    const isKept = keeps(name);
    const header = { name, mode: stats.mode & 0o7777, mtime: stats.mtime, uid: 0, gid: 0 };
    if (stats.isDirectory()) {
      if (isKept) pack.entry({ ...header, type: 'directory' });
      if (isKept || hasExceptions) await addDirectory(pack, root, name, keeps, hasExceptions);
      continue;
    }
    if (!isKept) continue;
    if (stats.isSymbolicLink()) pack.entry({ ...header, type: 'symlink', linkname: await readlink(path) });
    else if (stats.isFIFO()) pack.entry({ ...header, type: 'fifo' });
    else if (stats.isFile()) await addFile(pack, path, { ...header, size: stats.size });
  }
}

/** Files up to this size are read at once. */
const SMALL = 64 * 1024;

async function addFile(
  pack: tar.Pack,
  path: string,
  header: Partial<tar.Header> & { readonly name: string; readonly size: number },
): Promise<void> {
  if (header.size <= SMALL) {
    const bytes = await readFile(path);
    const entry = { ...header, size: bytes.length };
    await new Promise<void>((done, fail) => {
      pack.entry(entry, bytes, (error) => {
        if (error) fail(error);
        else done();
      });
    });
    return;
  }
  // A file that grows meanwhile is cut at the size its header says.
  const content = createReadStream(path, { end: header.size - 1 });
  await pipeline(content, pack.entry(header) as unknown as NodeJS.WritableStream);
}

/**
 * The X-Registry-Config header with what is known of the registries of a Dockerfile's images, and of others. Without the
 * text of the Dockerfile, or where a variable may stand for an image, these are all registries with a login.
 */
export async function registryConfigHeader(
  dockerfile: string,
  config: DockerConfig,
  others: readonly string[] = [],
): Promise<Record<string, string>> {
  const bases = [...dockerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)*([^\s$]+)/gim)].map(([, image = '']) => image);
  const images = [...bases, ...others.filter((name) => name !== '')];
  const isOpen = dockerfile === '' || /^\s*FROM\s.*\$|\bfrom=\S*\$/im.test(dockerfile);
  // What `from=` names may be a stage.
  const origins = [...dockerfile.matchAll(/\bfrom=([^\s,$]+)/gi)].map(([, origin = '']) => registryOf(origin));
  const guessed = (await config.registries()).filter((one) => isOpen || origins.includes(one));
  const named = new Set(images.filter((image) => image !== 'scratch').map(registryOf));
  const found: Record<string, object> = {};
  for (const registry of new Set([...named, ...guessed])) {
    const credentials = await config.credentialsFor(registry).catch((error: unknown) => {
      // A helper that fails spoils no build that may do without it.
      if (named.has(registry)) throw error;
      return null;
    });
    if (credentials !== null) found[registry] = credentials;
  }
  if (Object.keys(found).length === 0) return {};
  return { 'X-Registry-Config': Buffer.from(JSON.stringify(found)).toString('base64url') };
}
