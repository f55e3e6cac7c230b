import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  statfs,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack, type Header } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerView, LayerChange } from './storage.ts';
import { Fixture, bind } from './testing/fixture.ts';

const isRoot = process.getuid?.() === 0;

/** Files of containers, straight from the launcher. Whiteouts and foreign owners need root. */
describe.runIf(isRoot)('the launcher’s storage', () => {
  let fixture: Fixture;
  let count = 0;
  let upper: string;
  let view: ContainerView;
  const make = async (name: string): Promise<string> => {
    const path = join(fixture.directory, `${name}-${count}`);
    await mkdir(path, { mode: 0o755 });
    return path;
  };
  const archiveOf = async (path: string, name: string): Promise<Buffer> =>
    buffer((await fixture.launcher.storage.archive(view, path, name)).tar);
  const extract = async (
    path: string,
    entries: readonly (Partial<Header> & { name: string; content?: string })[],
    options: { keepKinds?: boolean; owner?: string } = {},
  ): Promise<void> => {
    const tar = pack();
    for (const { content, ...header } of entries) {
      if (content === undefined) tar.entry(header);
      else tar.entry(header, content);
    }
    tar.finalize();
    const bytes = await buffer(Readable.from(tar as AsyncIterable<Buffer>));
    const { keepKinds = false, owner = '' } = options;
    await fixture.launcher.storage.extract(view, path, Readable.from([bytes]), { keepKinds, owner });
  };

  beforeAll(async () => {
    fixture = await Fixture.open();
  });
  afterAll(async () => {
    await fixture.close();
  });
  beforeEach(async () => {
    count += 1;
    upper = await make('upper');
    view = { root: { lower: [fixture.layer], upper, work: await make('work'), readonly: false }, mounts: [] };
  });

  test('archives hold long names, links, devices, attributes and exact contents', async () => {
    const deep = `${'d'.repeat(200)}/${'e'.repeat(200)}`;
    await mkdir(join(upper, 'x', deep), { recursive: true });
    await writeFile(join(upper, 'x', deep, 'file'), 'long');
    await symlink('t'.repeat(300), join(upper, 'x/symbolic'));
    await writeFile(join(upper, 'x/first'), 'a'.repeat(513));
    await link(join(upper, 'x/first'), join(upper, 'x/second'));
    await extract('/x', [{ name: 'empty', content: '', pax: { 'SCHILY.xattr.user.mark': 'of it' } }]);
    execFileSync('mknod', [join(upper, 'x/pipe'), 'p']);
    const tar = await archiveOf('/x', 'renamed');
    const out = await make('out');
    execFileSync('tar', ['-xf', '-', '-C', out], { input: tar });
    const inside = join(out, 'renamed');
    expect((await readdir(inside)).sort()).toEqual(['d'.repeat(200), 'empty', 'first', 'pipe', 'second', 'symbolic']);
    expect(await readFile(join(inside, deep, 'file'), 'utf8')).toBe('long');
    expect(await readlink(join(inside, 'symbolic'))).toBe('t'.repeat(300));
    expect((await stat(join(inside, 'first'))).ino).toBe((await stat(join(inside, 'second'))).ino);
    expect((await readFile(join(inside, 'second'))).length).toBe(513);
    expect(tar.toString('latin1')).toContain('SCHILY.xattr.user.mark=of it\n');
  });

  test('places are told with their links resolved inside', async () => {
    await symlink('/bin', join(upper, 'link'));
    await symlink('../../nowhere', join(upper, 'broken'));
    const { storage } = fixture.launcher;
    expect(await storage.stat(view, '/link')).toMatchObject({ parent: '/', link: '/bin', end: '/bin' });
    expect(await storage.stat(view, '/link/cat')).toMatchObject({
      parent: '/bin',
      link: 'busybox',
      end: '/bin/busybox',
    });
    expect(await storage.stat(view, '/link/')).toMatchObject({ parent: '/bin', link: '' });
    expect(await storage.stat(view, '/broken')).toMatchObject({ link: '../../nowhere', end: '' });
    await expect(storage.stat(view, '/broken/')).rejects.toMatchObject({ errno: 2 });
    await expect(storage.stat(view, '/etc/passwd/')).rejects.toMatchObject({ errno: 20 });
    await expect(storage.stat(view, `/${'x'.repeat(300)}`)).rejects.toMatchObject({ errno: 36 });
  });

  test('unpacking follows links inside only, and keeps kinds when asked', async () => {
    await symlink('/home', join(upper, 'away'));
    await extract('/away', [{ name: 'here', content: '1' }]);
    expect(await readdir(join(upper, 'home'))).toEqual(['here']);
    await extract('/', [{ name: 'out', type: 'symlink', linkname: fixture.directory }]);
    await extract('/', [{ name: 'out/planted', content: 'x' }]).catch(() => undefined);
    expect(await readdir(fixture.directory)).not.toContain('planted');
    await expect(extract('/', [{ name: '../x', content: 'x' }])).rejects.toThrow('leaves the archive');
    await expect(extract('/etc/passwd', [{ name: 'x', content: 'x' }])).rejects.toMatchObject({ errno: 20 });
    await expect(extract('/', [{ name: 'etc', content: 'x' }], { keepKinds: true })).rejects.toThrow(
      'cannot overwrite directory "/etc" with non-directory "etc"',
    );
    await expect(extract('/etc', [{ name: 'group', type: 'directory' }], { keepKinds: true })).rejects.toThrow(
      'cannot overwrite non-directory "/etc/group" with directory "group"',
    );
    await extract('/etc', [{ name: 'group', type: 'directory' }]);
    expect((await stat(join(upper, 'etc/group'))).isDirectory()).toBe(true);
  });

  test('unpacking takes whiteout names as plain names, and owners as asked', async () => {
    await extract('/tmp', [{ name: '.wh.etc', content: '', uid: 7, gid: 8, mode: 0o4755 }]);
    expect(await stat(join(upper, 'tmp/.wh.etc'))).toMatchObject({ uid: 7, gid: 8, mode: 0o104755 });
    await extract('/tmp', [{ name: 'owned', content: '', uid: 7, gid: 8 }], { owner: 'web' });
    expect(await stat(join(upper, 'tmp/owned'))).toMatchObject({ uid: 101, gid: 102 });
  });

  test('mounts are part of a view, and read-only ones stay so', async () => {
    const source = await make('source');
    await writeFile(join(source, 'file'), 'mounted');
    const root = 'root' in view ? view.root : { lower: [], upper: '', work: '', readonly: false };
    view = { root, mounts: [bind(source, '/data', { readonly: true })] };
    expect((await archiveOf('/data/file', 'file')).toString('latin1')).toContain('mounted');
    await expect(extract('/data', [{ name: 'x', content: 'x' }])).rejects.toMatchObject({ errno: 30 });
    expect(await readdir(source)).toEqual(['file']);
  });

  test('differences tell of whiteouts and hidden directories, and leave out what mounts need', async () => {
    const layer = pack();
    layer.entry({ name: 'etc', type: 'directory' });
    layer.entry({ name: 'etc/.wh.group' }, '');
    layer.entry({ name: 'bin', type: 'directory' });
    layer.entry({ name: 'bin/.wh..wh..opq' }, '');
    layer.entry({ name: 'bin/cat' }, '');
    layer.finalize();
    const bytes = await buffer(Readable.from(layer as AsyncIterable<Buffer>));
    await fixture.launcher.applyLayer(Readable.from([bytes]), upper, []);
    await mkdir(join(upper, 'proc'));
    await writeFile(join(upper, 'etc/hosts'), '');
    await mkdir(join(upper, 'home'));
    const changes = await fixture.launcher.storage.changes([fixture.layer], upper, false);
    const told = changes.map(({ kind, path }: LayerChange) => `${kind} ${path}`);
    expect(told).toContain('deleted /etc/group');
    expect(told).toContain('deleted /bin/sh');
    expect(told).toContain('modified /bin/cat');
    expect(told.filter((line) => /proc|hosts|home|deleted \/bin\/cat/.test(line))).toEqual([]);
    const tar = await buffer(await fixture.launcher.storage.layer([fixture.layer], upper, false));
    const names = execFileSync('tar', ['-tf', '-'], { input: tar }).toString().trim().split('\n').sort();
    expect(names).toEqual(['bin/', 'bin/.wh..wh..opq', 'bin/cat', 'etc/', 'etc/.wh.group']);
  });

  test('a directory that becomes a layer loses sockets and what mounts needed, where nothing is in it', async () => {
    for (const path of ['proc', 'dev/shm', 'etc', 'run', 'a/b/c', 'kept/stub', 'full']) {
      await mkdir(join(upper, path), { recursive: true });
    }
    for (const path of ['etc/hosts', 'file', 'other']) await writeFile(join(upper, path), '');
    await writeFile(join(upper, 'etc/hostname'), 'mine');
    await writeFile(join(upper, 'full/file'), 'content');
    await symlink('etc', join(upper, 'link'));
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(upper, 'run/socket'), resolve);
    });
    await chmod(upper, 0o555);
    await chown(upper, 7, 7);
    const stubs = ['a', 'a/b', 'a/b/c', 'kept/stub', 'full', 'file', 'not/there', 'link/hostname', 'etc/hostname'];
    const bytes = await fixture.launcher.storage.tidy([fixture.layer], upper, stubs);
    server.close();
    expect(await stat(upper)).toMatchObject({ uid: 0, gid: 0, mode: 0o040755 });
    expect(bytes).toBe('mine'.length + 'content'.length);
    const left = await readdir(upper, { recursive: true });
    expect(left.toSorted()).toEqual([
      'etc',
      'etc/hostname',
      'full',
      'full/file',
      'kept',
      'link',
      'link/hostname',
      'other',
      'run',
    ]);
  });

  test('subdirectories get places of their own on an ext4, and other paths are passed over', async ({ skip }) => {
    const directory = await make('spread');
    const paths = [join(fixture.directory, 'missing'), '/proc', directory];
    await fixture.launcher.spreadSubdirectories(paths);
    await fixture.launcher.spreadSubdirectories(paths);
    const EXT4_SUPER_MAGIC = 0xef53;
    skip((await statfs(directory)).type !== EXT4_SUPER_MAGIC, 'temporary files are not on an ext4 here');
    const { status, stdout } = spawnSync('lsattr', ['-d', directory], { encoding: 'utf8' });
    skip(status === null, 'lsattr is not there');
    expect(stdout.split(' ')[0]).toContain('T');
  });

  test('sizes count a file with two names once', async () => {
    await writeFile(join(upper, 'a'), 'x'.repeat(1000));
    await link(join(upper, 'a'), join(upper, 'b'));
    await mkdir(join(upper, 'c'));
    await writeFile(join(upper, 'c/d'), 'y');
    expect(await fixture.launcher.storage.usage(upper)).toBe(1001);
  });

  test('who stops reading ends the launcher’s work', async () => {
    await writeFile(join(upper, 'big'), '');
    await truncate(join(upper, 'big'), 2 ** 32);
    const { tar } = await fixture.launcher.storage.archive(view, '/big', 'big');
    await new Promise((resolve) => tar.once('data', resolve));
    tar.destroy();
    await expect
      .poll(
        () =>
          execFileSync('ps', ['-eo', 'comm=,args='])
            .toString()
            .split('\n')
            // The zygote makes a worker in advance, which does nothing.
            .filter((line) => line.includes(fixture.directory) && !line.startsWith('berth-spare')).length,
      )
      .toBe(1);
  });
});
