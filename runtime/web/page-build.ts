import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the built page is made from, relative to the root of the repository. */
const SOURCES = [
  'renderer',
  'runtime/contract',
  'runtime/rpc',
  'assets',
  '.config/vite.config.ts',
  '.config/vite-about.ts',
  '.config/vite-parts.ts',
  'package.json',
  'package-lock.json',
];

async function newest(path: string): Promise<number> {
  const info = await stat(path).catch(() => null);
  if (info === null) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  const times = await Promise.all((await readdir(path)).map((name) => newest(join(path, name))));
  return Math.max(0, ...times);
}

/** True when the page has never been built, or a source of it is newer. */
export async function isPageStale(root: string): Promise<boolean> {
  const built = await stat(join(root, 'dist/renderer/index.html')).catch(() => null);
  if (built === null) return true;
  const sources = await Promise.all(SOURCES.map((source) => newest(join(root, source))));
  return Math.max(...sources) > built.mtimeMs;
}

/**
 * Builds the page if it is stale and resolves to its directory. An installed app has no sources and no builder: there
 * the page that came with it is used. Rejects with what the builder printed.
 */
export async function ensurePage(root: string): Promise<string> {
  const directory = join(root, 'dist/renderer');
  const builder = join(root, 'node_modules/vite/bin/vite.js');
  const hasBuilder = (await stat(builder).catch(() => null)) !== null;
  if (!hasBuilder || !(await isPageStale(root))) return directory;
  await new Promise<void>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [builder, 'build', '--config', '.config/vite.config.ts', '--logLevel', 'warn'],
      {
        cwd: root,
        // Whoever asks may be a test or somebody at work on something else: what is opened is the page that people get.
        env: { ...process.env, NODE_ENV: 'production' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the page could not be built:\n${output}`));
    });
  });
  return directory;
}
