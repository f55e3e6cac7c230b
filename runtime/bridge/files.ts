import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack, type Header } from 'tar-stream';
import { MAX_TEXT_BYTES, type FileEntry, type FileTarget } from '../contract/files.ts';
import type { ByteProgress } from '../contract/volumes.ts';
import { BridgeError } from '../rpc/error.ts';
import type { ServerChannel } from '../rpc/server.ts';
import type { DockerClient } from './docker-client.ts';
import { toBridgeError } from './docker-client.ts';
import type { DockerContainer } from './docker-types.ts';
import { withHelper } from './helper.ts';
import { removeInContainer, removeInVolume } from './remove-files.ts';
import { entryOf, firstEntry, indexTar } from './tar-index.ts';
import { counted, receive, send } from './transfer.ts';

/** A header with what the archive cannot guess. */
type EntryHeader = Partial<Header> & { readonly name: string };

/** Where a helper has the volume that is looked at. */
const VOLUME_AT = '/volume';
/** How long a listing may be shown again without asking the engine, in milliseconds: opening a few folders of it. */
const FRESH_MS = 10_000;
/** Listings kept. */
const MAX_INDEXES = 8;

interface Index {
  readonly key: string;
  /** Absolute path of the indexed directory. */
  readonly root: string;
  readonly at: number;
  readonly directories: ReadonlyMap<string, readonly FileEntry[]>;
}

const keyOf = (target: FileTarget): string =>
  target.kind === 'container' ? `container ${target.id}` : `volume ${target.name}`;
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
/** `/a//b/` as `/a/b`. */
const tidy = (path: string): string => `/${path.split('/').filter(Boolean).join('/')}`;

/** The contract's `files.*`: everything over the archives of the API, so it works on stopped containers and volumes too. */
export class FileService {
  readonly #docker: DockerClient;
  #indexes: Index[] = [];

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  async list(target: FileTarget, path: string, signal: AbortSignal): Promise<{ entries: readonly FileEntry[] }> {
    const wanted = tidy(path);
    const known = this.#find(keyOf(target), wanted);
    if (known !== null) return { entries: known };
    const root = target.kind === 'container' && wanted === '/';
    const directories = await this.#at(target, true, async (id, base) => {
      // An archive of `/` would hold what is mounted there, /proc and all; an export is the files alone.
      const open = root
        ? this.#docker.open('GET', `/containers/${id}/export`, { signal })
        : this.#archive(id, `${base}${wanted}/`, signal);
      const tar = await open.catch(explainPath);
      return await indexTar(tar, root ? 0 : 1);
    });
    if (root) await this.#addMounts(target, directories, signal);
    const index: Index = { key: keyOf(target), root: wanted, at: performance.now(), directories };
    this.#indexes = [index, ...this.#indexes].slice(0, MAX_INDEXES);
    return { entries: directories.get('') ?? [] };
  }

  async read(
    target: FileTarget,
    path: string,
    signal: AbortSignal,
  ): Promise<{ text: string; binary: boolean; size: number; mode: number }> {
    const found = await this.#at(target, true, async (id, base) =>
      firstEntry(await this.#archive(id, base + tidy(path), signal), async (header, body) => {
        const { size, mode, kind } = entryOf(header, nameOf(path));
        if (kind !== 'file') throw new BridgeError('invalid', 'This is not a file.');
        if (size > MAX_TEXT_BYTES) return { text: '', binary: true, size, mode };
        const bytes = await buffer(body);
        const text = decode(bytes);
        return { text: text ?? '', binary: text === null, size, mode };
      }),
    );
    if (found === null) throw new BridgeError('not-found', 'There is no such file.');
    return found;
  }

  async write(target: FileTarget, path: string, text: string, signal: AbortSignal): Promise<Record<string, never>> {
    const bytes = Buffer.from(text);
    await this.#at(target, false, async (id, base) => {
      const header = await this.#header(id, base + tidy(path), signal);
      const { mode = 0o644, uid = 0, gid = 0 } = header ?? {};
      await this.#put(
        id,
        base + parentOf(tidy(path)),
        { name: nameOf(path), mode, uid, gid, size: bytes.length },
        bytes,
      );
    });
    this.#forget(target);
    return {};
  }

  async makeDirectory(target: FileTarget, path: string): Promise<Record<string, never>> {
    await this.#at(target, false, (id, base) =>
      this.#put(id, base + parentOf(tidy(path)), { name: nameOf(path), type: 'directory', mode: 0o755 }),
    );
    this.#forget(target);
    return {};
  }

  async chmod(
    target: FileTarget,
    path: string,
    change: { mode: number; uid: number; gid: number },
    signal: AbortSignal,
  ): Promise<Record<string, never>> {
    const { mode, uid, gid } = change;
    await this.#at(target, false, async (id, base) => {
      const tar = await this.#archive(id, base + tidy(path), signal);
      const done = await firstEntry(tar, async ({ type, size, mtime, linkname }, body) => {
        const header: EntryHeader = { name: nameOf(path), mode, uid, gid, mtime };
        const parent = base + parentOf(tidy(path));
        if (type === 'directory') await this.#put(id, parent, { ...header, type: 'directory' });
        else if (type === 'symlink')
          throw new BridgeError('unsupported', `A link has no permissions of its own; it leads to ${linkname}.`);
        else await this.#put(id, parent, { ...header, size }, body);
        return true;
      });
      if (done === null) throw new BridgeError('not-found', 'There is no such file.');
    });
    this.#forget(target);
    return {};
  }

  async remove(target: FileTarget, path: string): Promise<Record<string, never>> {
    const wanted = tidy(path);
    if (wanted === '/') throw new BridgeError('invalid', 'The root cannot be removed.');
    if (target.kind === 'container') await removeInContainer(this.#docker, target.id, wanted);
    else await removeInVolume(this.#docker, target.name, wanted);
    this.#forget(target);
    return {};
  }

  async download(target: FileTarget, path: string, channel: ServerChannel<ByteProgress>): Promise<void> {
    await this.#at(target, true, async (id, base) => {
      const wanted = base + tidy(path);
      const header = await this.#header(id, wanted, channel.signal);
      const tar = await this.#archive(id, header?.type === 'directory' ? `${wanted}/.` : wanted, channel.signal);
      if (header?.type === 'directory') await send(tar, channel);
      else await firstEntry(tar, (_, body) => send(body, channel));
    });
  }

  async upload(
    target: FileTarget,
    file: { directory: string; name: string; size: number },
    channel: ServerChannel<ByteProgress>,
  ): Promise<void> {
    const progress = counted(channel);
    const source = receive(channel).pipe(progress);
    await this.#at(target, false, (id, base) =>
      this.#put(
        id,
        base + tidy(file.directory),
        { name: file.name, mode: 0o644, size: file.size },
        source,
        channel.signal,
      ),
    );
    this.#forget(target);
  }

  /** Runs `work` with the container that has the target's files, and the path in it where they begin. */
  async #at<T>(target: FileTarget, readOnly: boolean, work: (id: string, base: string) => Promise<T>): Promise<T> {
    if (target.kind === 'container') return await work(target.id, '');
    return await withHelper(this.#docker, [{ volume: target.name, at: VOLUME_AT, readOnly }], (id) =>
      work(id, VOLUME_AT),
    );
  }

  async #archive(id: string, path: string, signal: AbortSignal): Promise<Readable> {
    return await this.#docker.open('GET', `/containers/${id}/archive`, { query: { path }, signal }).catch(explainPath);
  }

  /** The header of what is at a path, with links followed; null when there is nothing. */
  async #header(id: string, path: string, signal: AbortSignal): Promise<Header | null> {
    try {
      return await firstEntry(await this.#archive(id, path, signal), (header) => Promise.resolve(header));
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'not-found') return null;
      throw error;
    }
  }

  /** Puts one entry into a directory. Rejects with BridgeError. */
  async #put(
    id: string,
    directory: string,
    header: EntryHeader,
    content?: Buffer | Readable,
    signal?: AbortSignal,
  ): Promise<void> {
    const tar = pack();
    if (content === undefined || Buffer.isBuffer(content)) {
      if (content === undefined) tar.entry(header);
      else tar.entry(header, content);
      tar.finalize();
    } else {
      const entry = tar.entry(header, (error) => {
        if (error === undefined || error === null) tar.finalize();
        else tar.destroy(error);
      });
      content.on('error', (error) => tar.destroy(error));
      content.pipe(entry);
    }
    try {
      await this.#docker.json('PUT', `/containers/${id}/archive`, {
        query: { path: directory },
        stream: Readable.from(tar as AsyncIterable<Buffer>),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw toBridgeError(error, signal);
    }
  }

  #find(key: string, path: string): readonly FileEntry[] | null {
    const now = performance.now();
    for (const index of this.#indexes) {
      if (index.key !== key || now - index.at > FRESH_MS) continue;
      const inside = index.root === '/' ? path.slice(1) : path === index.root ? '' : path.slice(index.root.length + 1);
      const below = index.root === '/' || path === index.root || path.startsWith(`${index.root}/`);
      const entries = below ? index.directories.get(inside) : undefined;
      if (entries !== undefined) return entries;
    }
    return null;
  }

  #forget(target: FileTarget): void {
    this.#indexes = this.#indexes.filter(({ key }) => key !== keyOf(target));
  }

  /** What is mounted is not in an export: what the image has under it must not be shown in its place. */
  async #addMounts(target: FileTarget, directories: Map<string, FileEntry[]>, signal: AbortSignal): Promise<void> {
    if (target.kind !== 'container') return;
    const container = await this.#docker.json<DockerContainer>('GET', `/containers/${target.id}/json`, { signal });
    for (const { Destination } of container.Mounts ?? []) {
      const path = tidy(Destination).slice(1);
      for (const known of [...directories.keys()])
        if (known === path || known.startsWith(`${path}/`)) directories.delete(known);
    }
  }
}

/** The text of a file, or null when it is none. */
function decode(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function explainPath(error: unknown): never {
  if (
    error instanceof BridgeError &&
    error.code === 'not-found' &&
    /no such file|could not find the file/i.test(error.message)
  ) {
    throw new BridgeError('not-found', 'This path is not there any more.', { detail: error.detail ?? error.message });
  }
  throw error;
}
