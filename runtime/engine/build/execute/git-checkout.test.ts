import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGitSource } from '../plan/git-source.ts';
import { gitGrant, NO_GIT_ACCESS, type GitAccess } from './git-access.ts';
import { checkOut } from './git-checkout.ts';
import { gitIn } from './git-command.ts';

// As a mere file server has it, which gives no part of a history.
describe('a repository', () => {
  let root: string;
  let server: Server;
  let url: string;
  let count = 0;

  const git = (name: string, ...words: string[]): string =>
    execFileSync('git', ['-C', join(root, name), '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
      stdio: 'pipe',
    })
      .toString()
      .trim();
  const make = (name: string, format: string): void => {
    execFileSync('git', ['init', '-q', '-b', 'main', `--object-format=${format}`, join(root, name)]);
  };
  const commit = (name: string, text: string): string => {
    writeFileSync(join(root, name, 'file'), text);
    git(name, 'add', '.');
    git(name, 'commit', '-qm', text);
    return git(name, 'rev-parse', 'HEAD');
  };
  const checkedOut = async (
    rest: string,
    access: GitAccess = NO_GIT_ACCESS,
  ): Promise<{ readonly id: string; readonly at: (path: string) => string | null }> => {
    const directory = join(root, `out${(count += 1)}`);
    mkdirSync(directory);
    const source = parseGitSource(`${url}${rest}`);
    const { environment } = await gitGrant(source.repository, access);
    const git = gitIn(directory, environment, AbortSignal.timeout(30_000));
    const { id } = await checkOut({ whole: git, parts: git }, directory, source);
    const at = (path: string): string | null =>
      existsSync(join(directory, path)) ? readFileSync(join(directory, path), 'utf8') : null;
    return { id, at };
  };

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'berth-git-'));
    server = createServer((request, response) => {
      const file = join(root, new URL(request.url ?? '', 'http://x').pathname);
      const isShown = request.headers.authorization === 'of the host' || !file.includes('/long/');
      if (existsSync(file) && isShown) response.end(readFileSync(file));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
    rmSync(root, { recursive: true });
  });

  it('is checked out at a branch, a tag or a commit, with its submodules and its .git, as it is asked for', async () => {
    make('part', 'sha1');
    commit('part', 'of the part');
    make('whole', 'sha1');
    git('whole', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', join(root, 'part'), 'part');
    const modules = '[submodule "part"]\n\tpath = part\n\turl = ../../part/.git\n\tshallow = true\n';
    writeFileSync(join(root, 'whole/.gitmodules'), modules);
    const one = commit('whole', 'one');
    git('whole', 'tag', '-am', 'annotated', 'v1');
    const tag = git('whole', 'rev-parse', 'v1');
    const two = commit('whole', 'two');
    for (const name of ['part', 'whole']) git(name, 'update-server-info');

    const all = await checkedOut(`/whole/.git?commit=${two.slice(0, 8)}`);
    expect([all.id, all.at('file'), all.at('part/file'), all.at('.git')]).toEqual([two, 'two', 'of the part', null]);
    const kept = await checkedOut(`/whole/.git?submodules=0&keep-git-dir&commit=${tag}#v1`);
    expect([kept.at('.git/HEAD'), kept.at('.git/refs/tags/v1')]).toEqual([`${one}\n`, `${tag}\n`]);
    expect((await checkedOut(`/whole/.git?submodules=0#${one}`)).at('part/file')).toBe(null);

    const mismatch = `expected checksum to match ${two}, got ${one}`;
    await expect(checkedOut(`/whole/.git?tag=v1&commit=${two}`)).rejects.toThrow(mismatch);
    for (const rest of ['?branch=v1', `#${one.slice(0, 8)}`])
      await expect(checkedOut(`/whole/.git${rest}`)).rejects.toThrow('repository does not contain ref');
  });

  it('may name its objects by SHA-256, and be for some alone', async () => {
    make('long', 'sha256');
    const id = commit('long', 'of a long name');
    git('long', 'update-server-info');
    const secrets = new Map([['GIT_AUTH_HEADER', Buffer.from('of the host')]]);
    const address = `/long/.git?branch=main&submodules=0&checksum=${id}`;
    const { at } = await checkedOut(address, { ...NO_GIT_ACCESS, secrets });
    expect(at('file')).toBe('of a long name');
  });

  it('is not even asked for a commit that is none', async () => {
    await expect(checkedOut('/nowhere.git?checksum=no')).rejects.toThrow('invalid checksum no for Git URL');
  });
});
