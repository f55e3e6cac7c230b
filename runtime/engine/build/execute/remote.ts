import { execFile, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { EngineError, messageOf } from '../../errors.ts';
import { send } from '../../registry/http.ts';
import { parseGitSource } from '../plan/remote-source.ts';
import { FileTree } from '../tree/file-tree.ts';
import type { Selection } from '../tree/select.ts';

const run = promisify(execFile);

/** ms without a byte before a download fails. */
const STALL_TIME = 30_000;
const DOWNLOAD_MODE = 0o600;

/** Fetches an http(s) address as a file. Throws `invalid` when the checksum differs, `internal` when it cannot be had. */
export async function fetchFile(
  address: string,
  checksum: string,
  spoolPath: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Selection> {
  const url = new URL(address);
  const {
    status,
    headers: answer,
    body,
  } = await send({
    method: 'GET',
    url,
    headers: { ...headers },
    signal,
    stallTime: STALL_TIME,
    insecure: false,
  });
  if (status >= 400) {
    body.resume();
    throw new EngineError('invalid', `invalid response status ${status} for ${address}`);
  }
  const name = posix.basename(decodeURIComponent(url.pathname)) || '__unnamed__';
  const time = Date.parse(answer['last-modified'] ?? '');
  const modified = BigInt(Number.isNaN(time) ? 0 : time) * 1_000_000n;
  const tree = await FileTree.ofStream(
    { path: name, mode: DOWNLOAD_MODE, modified },
    body as AsyncIterable<Buffer>,
    spoolPath,
  );
  const entry = tree.get(name);
  if (entry === undefined) throw new EngineError('internal', `${address} has no name`);
  if (checksum !== '' && checksum !== `sha256:${entry.content}`) {
    await tree.dispose();
    throw new EngineError('invalid', `digest mismatch sha256:${entry.content}: ${checksum}`);
  }
  return { tree, kind: 'file', name, members: [{ entry, path: '' }] };
}

/** The files of a git repository, read with the host's git. */
export async function fetchGit(
  source: string,
  checksum: string,
  directory: string,
  spoolPath: string,
  signal: AbortSignal,
): Promise<FileTree> {
  const { repository, reference, directory: inside } = parseGitSource(source);
  const clone = join(directory, 'git');
  await mkdir(clone, { recursive: true, mode: 0o700 });
  try {
    await git(['-C', clone, 'init', '--quiet', '--bare'], signal);
    const wanted = reference === '' ? 'HEAD' : reference;
    await git(['-C', clone, 'fetch', '--quiet', '--depth', '1', '--no-tags', '--', repository, wanted], signal);
    const { stdout } = await git(['-C', clone, 'rev-parse', 'FETCH_HEAD^{commit}'], signal);
    const commit = stdout.trim();
    if (checksum !== '' && !commit.startsWith(checksum))
      throw new EngineError('invalid', `expected checksum to match ${checksum}, got ${commit}`);
    const tree = inside === '' ? commit : `${commit}:${posix.resolve('/', inside).slice(1)}`;
    return await readArchive(clone, tree, spoolPath, signal);
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
}

async function readArchive(clone: string, tree: string, spoolPath: string, signal: AbortSignal): Promise<FileTree> {
  const child = spawn('git', ['-C', clone, '-c', 'tar.umask=0022', 'archive', '--format=tar', tree], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: gitEnvironment(),
    signal,
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => undefined);
  const files = await FileTree.read(child.stdout as AsyncIterable<Buffer>, spoolPath, { rootOwned: true, signal });
  if ((await ended) !== 0) {
    await files.dispose();
    throw new EngineError('invalid', `git archive: ${said.trim()}`);
  }
  return files;
}

async function git(args: readonly string[], signal: AbortSignal): Promise<{ stdout: string }> {
  try {
    return await run('git', [...args], { signal, env: gitEnvironment(), maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new EngineError('unavailable', 'this needs the program git, which is not installed', { cause: error });
    const { stderr = '' } = error as { stderr?: string };
    throw new EngineError('invalid', `git: ${stderr.trim() === '' ? messageOf(error) : stderr.trim()}`, {
      cause: error,
    });
  }
}

/** No questions, no commands of a repository's choosing, no configuration of a person's. */
function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
    GIT_CONFIG_NOSYSTEM: '1',
    SSH_AUTH_SOCK: process.env['SSH_AUTH_SOCK'],
  };
}
