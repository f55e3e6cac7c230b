import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { EngineError } from '../../errors.ts';
import { Spool } from './spool.ts';
import { readTar, type MemberSink, type TarMember } from './tar-reader.ts';
import { TAR_END, tarHeader, tarPadding } from './tar-writer.ts';

/** What is at a path of a tree. */
export interface TreeEntry extends Omit<TarMember, 'name'> {
  /** Without a leading slash; '' for the root. */
  readonly path: string;
  /** Where its content lies in the spool. */
  readonly offset: number;
  /** sha256 of a file's content, in hexadecimal. */
  readonly content: string;
}

/** Where the contents of a tree's files are. */
export interface TreeContent {
  /** A part that is small enough to be held. */
  read(offset: number, length: number): Promise<Buffer>;
  stream(offset: number, length: number): AsyncGenerator<Buffer, void, undefined>;
  dispose(): Promise<void>;
}

/** More entries than this are a mistake, as in the launcher. */
const ENTRIES_MAX = 4_194_304;
const LINKS_MAX = 40;

/**
 * A tree of files that was read from an archive: a build's context, or files of a stage. Contents are spooled, and hashed
 * while they come; names never become paths of the host.
 */
export class FileTree {
  readonly #entries = new Map<string, TreeEntry>();
  readonly #children = new Map<string, string[]>();
  readonly #content: TreeContent;

  private constructor(content: TreeContent) {
    this.#content = content;
    this.#put(implied(''));
  }

  /**
   * Reads a plain archive. `owner`: everything is taken for root's, as contexts are. Throws `invalid`. `spoolPath` is where
   * a large one may be kept until `dispose`.
   */
  static async read(
    archive: AsyncIterable<Uint8Array>,
    spoolPath: string,
    options: {
      readonly rootOwned: boolean;
      /** Changes what is said of a member. */
      readonly adapt?: (member: TarMember) => TarMember;
      readonly signal?: AbortSignal;
    },
  ): Promise<FileTree> {
    const spool = new Spool(spoolPath);
    const tree = new FileTree(spool);
    try {
      await readTar(archive, (member) => {
        options.signal?.throwIfAborted();
        const adapted = options.adapt?.(member) ?? member;
        return tree.#add(spool, options.rootOwned ? { ...adapted, uid: 0, gid: 0 } : adapted);
      });
      await spool.finish();
      return tree;
    } catch (error) {
      await tree.dispose();
      throw error;
    }
  }

  /** A tree of files whose content is given. */
  static async of(
    files: readonly {
      readonly path: string;
      readonly content: Buffer;
      readonly mode: number;
      readonly modified?: bigint;
    }[],
  ): Promise<FileTree> {
    const spool = new Spool('');
    const tree = new FileTree(spool);
    for (const { path, content, mode, modified = 0n } of files) {
      const member = { ...implied(path), name: path, type: 'file' as const, mode, size: content.length, modified };
      const sink = tree.#add(spool, member);
      await sink?.data(content);
      await sink?.end();
    }
    await spool.finish();
    return tree;
  }

  /** A tree whose files lie in `content`, which is let go of with the tree. Throws `invalid`. */
  static ofEntries(entries: Iterable<TreeEntry>, content: TreeContent): FileTree {
    const tree = new FileTree(content);
    for (const entry of entries) {
      tree.#checkCount();
      tree.#put({ ...entry, path: cleanMemberName(entry.path) });
    }
    return tree;
  }

  /** A tree of one file whose content comes as a stream. */
  static async ofStream(
    file: { readonly path: string; readonly mode: number; readonly modified: bigint },
    content: AsyncIterable<Uint8Array>,
    spoolPath: string,
  ): Promise<FileTree> {
    const spool = new Spool(spoolPath);
    const tree = new FileTree(spool);
    try {
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of content) {
        hash.update(chunk);
        size += chunk.length;
        await spool.append(Buffer.from(chunk));
      }
      await spool.finish();
      tree.#put({ ...implied(file.path), ...file, type: 'file', size, content: hash.digest('hex') });
      return tree;
    } catch (error) {
      await tree.dispose();
      throw error;
    }
  }

  #checkCount(): void {
    if (this.#entries.size >= ENTRIES_MAX) throw new EngineError('invalid', 'the archive holds too many entries');
  }

  #add(spool: Spool, member: TarMember): MemberSink | null {
    const path = cleanMemberName(member.name);
    this.#checkCount();
    if (member.type === 'link') {
      const target = this.#entries.get(cleanMemberName(member.link));
      if (target === undefined || target.type === 'directory')
        throw new EngineError(
          'invalid',
          `the archive's link ${JSON.stringify(path.slice(0, 200))} names no file before it`,
        );
      this.#put({ ...target, path });
      return null;
    }
    const offset = spool.size;
    if (member.type !== 'file') {
      this.#put({ ...member, path, offset, content: '' });
      return null;
    }
    if (member.size === 0) {
      this.#put({ ...member, path, offset, content: EMPTY });
      return null;
    }
    const hash = createHash('sha256');
    return {
      data: (chunk) => {
        hash.update(chunk);
        return spool.append(chunk);
      },
      end: () => {
        this.#put({ ...member, path, offset, content: hash.digest('hex') });
      },
    };
  }

  #put(entry: TreeEntry): void {
    const { path } = entry;
    const known = this.#entries.get(path);
    if (known !== undefined && known.type === 'directory' && entry.type !== 'directory') this.#drop(path);
    this.#entries.set(path, entry);
    if (entry.type === 'directory' && !this.#children.has(path)) this.#children.set(path, []);
    if (path === '' || (known !== undefined && this.#isListed(path))) return;
    const parent = parentOf(path);
    if (this.#entries.get(parent)?.type !== 'directory') this.#put(implied(parent));
    this.#children.get(parent)?.push(posix.basename(path));
  }

  #isListed(path: string): boolean {
    return this.#children.get(parentOf(path))?.includes(posix.basename(path)) === true;
  }

  #drop(path: string): void {
    for (const name of this.#children.get(path) ?? []) {
      this.#drop(`${path}/${name}`);
      this.#entries.delete(`${path}/${name}`);
    }
    this.#children.delete(path);
  }

  /** Gives a file one more name. */
  alias(path: string, name: string): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) this.#put({ ...entry, path: name });
  }

  /** Number of entries, the root included. */
  get count(): number {
    return this.#entries.size;
  }

  /** What is at a clean path, links not followed. */
  get(path: string): TreeEntry | undefined {
    return this.#entries.get(path);
  }

  /** Names in a directory, sorted. */
  names(path: string): readonly string[] {
    return (this.#children.get(path) ?? []).sort();
  }

  /** A directory and all below it, parents first, in the order of names. */
  *walk(path: string): Generator<TreeEntry, void, undefined> {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    yield entry;
    if (entry.type !== 'directory') return;
    for (const name of this.names(path)) yield* this.walk(path === '' ? name : `${path}/${name}`);
  }

  /** The clean path that `path` leads to with all links followed inside the tree; null when there is nothing. */
  resolve(path: string): string | null {
    let current = '';
    let links = 0;
    const left = path.split('/').filter((part) => part !== '' && part !== '.');
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      if (part === '..') {
        current = parentOf(current);
        continue;
      }
      const next = current === '' ? part : `${current}/${part}`;
      const entry = this.#entries.get(next);
      if (entry === undefined) return null;
      if (entry.type === 'symlink') {
        links += 1;
        if (links > LINKS_MAX) return null;
        if (entry.link.startsWith('/')) current = '';
        left.unshift(...entry.link.split('/').filter((one) => one !== '' && one !== '.'));
        continue;
      }
      if (left.length > 0 && entry.type !== 'directory') return null;
      current = next;
    }
    return current;
  }

  /** The content of a file, piece by piece. */
  read(entry: TreeEntry): AsyncGenerator<Buffer, void, undefined> {
    return this.#content.stream(entry.offset, entry.size);
  }

  /** The content of a small file. */
  bytes(entry: TreeEntry): Promise<Buffer> {
    return this.#content.read(entry.offset, entry.size);
  }

  /** Takes entries away for which `keeps` is false; directories stay that hold something that is kept. */
  filter(keeps: (entry: TreeEntry) => boolean): void {
    const visit = (path: string): boolean => {
      const entry = this.#entries.get(path);
      if (entry === undefined) return false;
      if (entry.type === 'directory') {
        const kept = this.names(path).filter((name) => visit(path === '' ? name : `${path}/${name}`));
        this.#children.set(path, kept);
        if (kept.length > 0 || path === '' || keeps(entry)) return true;
        this.#children.delete(path);
      } else if (keeps(entry)) return true;
      this.#entries.delete(path);
      return false;
    };
    visit('');
  }

  /** An archive of some entries, under the names and with the changes that they are given; with its end mark if it is the `last`. */
  async *archive(
    members: Iterable<{ readonly entry: TreeEntry; readonly member: TarMember }>,
    last = true,
  ): AsyncGenerator<Buffer, void, undefined> {
    let batch: Buffer[] = [];
    let size = 0;
    for (const { entry, member } of members) {
      const header = tarHeader(member);
      batch.push(header);
      size += header.length;
      if (member.type === 'file' && member.size > 0) {
        for await (const chunk of this.read(entry)) {
          batch.push(chunk);
          size += chunk.length;
          if (size >= BATCH) {
            yield Buffer.concat(batch);
            batch = [];
            size = 0;
          }
        }
        batch.push(tarPadding(member.size));
      }
    }
    if (last) batch.push(TAR_END);
    yield Buffer.concat(batch);
  }

  async dispose(): Promise<void> {
    await this.#content.dispose();
  }
}

/** Bytes handed on at a time. */
const BATCH = 512 * 1024;
const EMPTY = createHash('sha256').digest('hex');

function implied(path: string): TreeEntry {
  return {
    path,
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 0,
    modified: 0n,
    link: '',
    major: 0,
    minor: 0,
    attributes: new Map(),
    offset: 0,
    content: '',
  };
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function cleanMemberName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..'))
    throw new EngineError('invalid', `the archive holds the unsafe name ${JSON.stringify(name.slice(0, 200))}`);
  return parts.join('/');
}

/** What counts of an entry when two are compared: everything but its times, as BuildKit has it. */
export function entryDigest(entry: TreeEntry): string {
  const hash = createHash('sha256');
  const { type, mode, uid, gid, size, link, content, major, minor, attributes } = entry;
  hash.update(`${type} ${mode.toString(8)} ${uid} ${gid} ${size} ${content} ${major} ${minor}\0${link}\0`);
  // Of the attributes only what gives rights counts.
  const capability = attributes.get('security.capability');
  if (capability !== undefined) hash.update(capability);
  return hash.digest('hex');
}
