import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { NONCE_PLACEHOLDER } from './content-security-policy.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
  /** Its name holds a hash of its content, so it may be cached for ever. */
  readonly immutable: boolean;
}

/**
 * The built page, read into memory once. A request is answered by looking its path up among the names that were
 * found, so no path, however written, can lead to another file.
 */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;

  private constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files;
  }

  /** Reads every servable file below `root`. Rejects when `root` has no index.html. */
  static async load(root: string): Promise<StaticFiles> {
    const files = new Map<string, StaticFile>();
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(root.length).replaceAll('\\', '/').replace(/^\/*/, '/');
      files.set(name, { body: await readFile(path), type, immutable: name.startsWith('/assets/') });
    }
    if (!files.has('/index.html')) throw new Error(`there is no built page in ${root}`);
    return new StaticFiles(files);
  }

  /** The file for the path of a URL, with the nonce put into the page; null when there is none. */
  find(pathname: string, nonce: string): StaticFile | null {
    let path: string;
    try {
      path = decodeURIComponent(pathname);
    } catch {
      return null;
    }
    const file = this.#files.get(path === '/' ? '/index.html' : path);
    if (file === undefined) return null;
    if (!file.type.startsWith('text/html')) return file;
    return { ...file, body: Buffer.from(file.body.toString().replaceAll(NONCE_PLACEHOLDER, nonce)) };
  }
}
