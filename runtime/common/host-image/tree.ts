import { lstat, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One entry of the image's file tree. Paths are relative to its root, without a leading slash. */
export type TreeEntry =
  | { readonly type: 'directory'; readonly mode: number }
  | { readonly type: 'file'; readonly mode: number; readonly content: Buffer }
  | { readonly type: 'symlink'; readonly target: string };

/** Symbolic links followed before a path counts as circular, as in Linux (MAXSYMLINKS). */
const LINKS_MAX = 40;

/** A file tree put together from files of this machine. */
export class ImageTree {
  readonly #entries = new Map<string, TreeEntry>();
  /** Latest modification of a copied file, in whole seconds: the image's age. */
  newest = 0;

  /** Entries with parents before children. */
  entries(): [path: string, entry: TreeEntry][] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  has(path: string): boolean {
    return this.#entries.has(path.replace(/^\//, ''));
  }

  directory(path: string, mode = 0o755): void {
    this.#parents(path);
    const known = this.#entries.get(path);
    if (known === undefined || known.type === 'directory') this.#entries.set(path, { type: 'directory', mode });
  }

  file(path: string, content: string | Buffer, mode = 0o644): void {
    this.#parents(path);
    this.#entries.set(path, { type: 'file', mode, content: Buffer.from(content) });
  }

  symlink(path: string, target: string): void {
    this.#parents(path);
    this.#entries.set(path, { type: 'symlink', target });
  }

  #parents(path: string): void {
    const parent = dirname(path);
    if (parent !== '.' && !this.#entries.has(parent)) this.directory(parent);
  }

  /**
   * Copies a file of this machine to the same path, with the symbolic links that lead to it. False when it cannot be
   * read. Set-user-ID bits stay behind: in a container they would belong to someone else.
   */
  async copy(hostPath: string): Promise<boolean> {
    let pending = hostPath.split('/').filter((part) => part !== '');
    let current = '';
    for (let links = 0; pending.length > 0;) {
      const [part = '', ...rest] = pending;
      const path = join(current, part);
      const stat = await lstat(`/${path}`).catch(() => null);
      if (stat === null) return false;
      if (stat.isSymbolicLink()) {
        links += 1;
        if (links > LINKS_MAX) return false;
        const target = await readlink(`/${path}`);
        this.symlink(path, target);
        const resolved = target.startsWith('/') ? target : join('/', current, target);
        pending = [...resolved.split('/').filter((piece) => piece !== ''), ...rest];
        current = '';
        continue;
      }
      if (rest.length > 0) {
        if (!stat.isDirectory()) return false;
        current = path;
        pending = rest;
        continue;
      }
      if (!stat.isFile()) return false;
      if (this.#entries.get(path)?.type === 'file') return true;
      const content = await readFile(`/${path}`).catch(() => null);
      if (content === null) return false;
      this.file(path, content, (stat.mode & 0o111) === 0 ? 0o644 : 0o755);
      this.newest = Math.max(this.newest, Math.floor(stat.mtimeMs / 1000));
      return true;
    }
    return false;
  }
}
