import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tar from 'tar-stream';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildTarApply } from '../testing/direct-launcher.ts';
import { needs } from '../testing/needs.ts';

type Entry = [header: Partial<tar.Header> & { name: string }, content?: string];

let program = '';
let base = '';
let root = '';
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  program = await buildTarApply();
});
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tar-'));
  root = join(base, 'root');
  mkdirSync(root);
  writeFileSync(join(base, 'secret'), 'host');
});
afterEach(() => {
  // Nothing beside the tree was made or changed.
  expect(readFileSync(join(base, 'secret'), 'utf8')).toBe('host');
  rmSync(base, { recursive: true });
});

async function pack(entries: readonly Entry[]): Promise<Buffer> {
  const archive = tar.pack();
  for (const [header, content] of entries) {
    const ids = isRoot ? {} : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    archive.entry({ mtime: new Date(1e12), ...ids, ...header }, content ?? '');
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Applies while `meddle` is called over and over. */
async function applyBeside(archive: Buffer, meddle: () => void): Promise<void> {
  const child = spawn(program, ['--user-xattr', root], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => undefined); // It may refuse before it has read all.
  child.stdin.end(archive);
  while (child.exitCode === null && child.signalCode === null) {
    meddle();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function apply(
  archive: Buffer,
  parents: readonly string[] = [],
  options: readonly string[] = [],
): { status: number; output: string } {
  const result = spawnSync(program, ['--user-xattr', ...options, root, ...parents], { input: archive });
  return { status: result.status ?? -1, output: result.stdout.toString() + result.stderr.toString() };
}

const at = (path: string): string => join(root, path);
const isWhiteout = (path: string): boolean => lstatSync(at(path)).isCharacterDevice() && lstatSync(at(path)).rdev === 0;
// Node cannot read extended attributes.
const READ_XATTR = 'import os, sys; sys.stdout.buffer.write(os.getxattr(sys.argv[1], sys.argv[2]))';
const xattr = (path: string, name: string): string =>
  execFileSync('python3', ['-c', READ_XATTR, at(path), name]).toString();
const opaque = (path: string): string => xattr(path, 'user.overlay.opaque');
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('what a layer may hold', () => {
  it('makes files, directories, links and times', async () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
    const archive = await pack([
      [{ name: './', type: 'directory', mode: 0o751 }],
      [{ name: 'a/', type: 'directory', mode: 0o700 }],
      [{ name: '/a/b', mode: 0o4755 }, 'hello'],
      [{ name: 'a/l', type: 'symlink', linkname: '/etc/passwd' }],
      [{ name: 'a/h', type: 'link', linkname: 'a/b' }],
      [{ name: 'missing/parent/x' }, 'x'],
      [{ name: long }, 'long'],
      [{ name: 'fifo', type: 'fifo' }],
    ]);
    expect(apply(archive)).toMatchObject({ status: 0, output: '10 8\n' });
    expect(readFileSync(at('a/b'), 'utf8')).toBe('hello');
    expect(lstatSync(at('a/b')).mode & 0o7777).toBe(0o4755);
    expect(lstatSync(at('a')).mode & 0o7777).toBe(0o700);
    expect(lstatSync(root).mode & 0o7777).toBe(0o751);
    expect(lstatSync(at('a')).mtimeMs).toBe(1e12);
    expect(lstatSync(at('a/h')).ino).toBe(lstatSync(at('a/b')).ino);
    expect(readlinkSync(at('a/l'))).toBe('/etc/passwd');
    expect(readFileSync(at(long), 'utf8')).toBe('long');
  });

  it('replaces what came before under the same name, without writing through it', async () => {
    const archive = await pack([
      [{ name: 'l', type: 'symlink', linkname: '../secret' }],
      [{ name: 'l' }, 'new'],
      [{ name: 'f' }, 'one'],
      [{ name: 'h', type: 'link', linkname: 'f' }],
      [{ name: 'h' }, 'two'],
      [{ name: 'd/x/y' }, '1'],
      [{ name: 'd' }, 'file'],
      [{ name: 'f2' }, '1'],
      [{ name: 'f2', type: 'directory' }],
      [{ name: 'f2/in' }, '1'],
    ]);
    expect(apply(archive)).toMatchObject({ status: 0 });
    expect(readFileSync(at('l'), 'utf8')).toBe('new');
    expect(readFileSync(at('f'), 'utf8')).toBe('one');
    expect(readFileSync(at('h'), 'utf8')).toBe('two');
    expect(readFileSync(at('d'), 'utf8')).toBe('file');
    expect(readFileSync(at('f2/in'), 'utf8')).toBe('1');
  });

  it('keeps symbolic links on the way inside', async () => {
    const archive = await pack([
      [{ name: 'run', type: 'directory' }],
      [{ name: 'var/run', type: 'symlink', linkname: '/run' }],
      [{ name: 'var/run/pid' }, '1'],
      [{ name: 'up', type: 'symlink', linkname: '../../../..' }],
      [{ name: 'up/made' }, 'inside'],
    ]);
    expect(apply(archive)).toMatchObject({ status: 0 });
    expect(readFileSync(at('run/pid'), 'utf8')).toBe('1');
    expect(readFileSync(at('made'), 'utf8')).toBe('inside');
  });

  it.runIf(isRoot && hasPython)(
    `turns whiteouts and opaque markers into what overlayfs reads${needs('root and python3', isRoot && hasPython)}`,
    async () => {
      const archive = await pack([
        [{ name: 'gone/.wh.file' }],
        [{ name: 'dir/kept' }, '1'],
        [{ name: 'dir/.wh..wh..opq' }],
        // Whiteouts hide lower layers only, in whatever order they come.
        [{ name: 'same/new' }, '1'],
        [{ name: '.wh.same' }],
        [{ name: '.wh.again' }],
        [{ name: 'again/new' }, '1'],
        [{ name: '.wh.file' }],
        [{ name: 'file' }, '1'],
        [{ name: 'own' }, '1'],
        [{ name: '.wh.own' }],
      ]);
      expect(apply(archive)).toMatchObject({ status: 0 });
      expect(isWhiteout('gone/file')).toBe(true);
      expect(opaque('dir')).toBe('y');
      expect(opaque('same')).toBe('y');
      expect(opaque('again')).toBe('y');
      expect(readFileSync(at('dir/kept'), 'utf8')).toBe('1');
      expect(readFileSync(at('same/new'), 'utf8')).toBe('1');
      expect(readFileSync(at('file'), 'utf8')).toBe('1');
      expect(readFileSync(at('own'), 'utf8')).toBe('1');
    },
  );

  it('copies the target of a hard link from a lower layer', async () => {
    const top = join(base, 'top');
    const bottom = join(base, 'bottom');
    mkdirSync(top);
    mkdirSync(join(bottom, 'usr'), { recursive: true });
    writeFileSync(join(bottom, 'usr/tool'), 'lower', { mode: 0o755 });
    const archive = await pack([[{ name: 'link', type: 'link', linkname: 'usr/tool' }]]);
    expect(apply(archive, [top, bottom])).toMatchObject({ status: 0 });
    expect(readFileSync(at('link'), 'utf8')).toBe('lower');
    expect(lstatSync(at('link')).mode & 0o777).toBe(0o755);
    writeFileSync(at('link'), 'changed');
    expect(readFileSync(join(bottom, 'usr/tool'), 'utf8')).toBe('lower');
  });

  it('does not take a hard link target through a link in a lower layer', async () => {
    const lower = join(base, 'lower');
    mkdirSync(lower);
    symlinkSync('../secret', join(lower, 'file'));
    symlinkSync('..', join(lower, 'dir'));
    for (const linkname of ['file', 'dir/secret']) {
      const archive = await pack([[{ name: 'stolen', type: 'link', linkname }]]);
      expect(apply(archive, [lower]).status).toBe(1);
      expect(existsSync(at('stolen'))).toBe(false);
    }
  });

  it('leaves out devices when told so', async () => {
    const archive = await pack([[{ name: 'sda', type: 'block-device', devmajor: 8, devminor: 0 }]]);
    const result = apply(archive, [], ['--skip-devices']);
    expect(result).toMatchObject({ status: 0 });
    expect(result.output).toContain('left out the device "sda"');
    expect(existsSync(at('sda'))).toBe(false);
  });

  it('leaves out attributes that speak to overlayfs', async () => {
    const pax = { 'SCHILY.xattr.user.overlay.opaque': 'y', 'SCHILY.xattr.user.note': 'hi' };
    const result = apply(await pack([[{ name: 'd', pax }, 'x']]));
    expect(result).toMatchObject({ status: 0 });
    expect(result.output).toContain('left out the attribute user.overlay.opaque');
    if (hasPython) expect(xattr('d', 'user.note')).toBe('hi');
  });
});

describe('what a layer may not do', () => {
  const hostile: [what: string, entries: readonly Entry[], message: RegExp][] = [
    ['a name that climbs out', [[{ name: '../secret' }, 'x']], /leaves the archive's root/],
    ['a name that climbs out in the middle', [[{ name: 'a/../../secret' }, 'x']], /leaves the archive's root/],
    [
      'a hard link that climbs out',
      [[{ name: 'h', type: 'link', linkname: '../secret' }]],
      /leaves the archive's root/,
    ],
    [
      'a hard link to an absolute name of the host',
      [[{ name: 'h', type: 'link', linkname: '/etc/passwd' }]],
      /does not exist/,
    ],
    [
      'a hard link through a symbolic link to the host',
      [[{ name: 'up', type: 'symlink', linkname: '..' }], [{ name: 'h', type: 'link', linkname: 'up/secret' }]],
      /does not exist/,
    ],
    [
      'a hard link to a directory',
      [[{ name: 'd', type: 'directory' }], [{ name: 'h', type: 'link', linkname: 'd' }]],
      /is no file/,
    ],
    ['a whiteout of the parent', [[{ name: 'd/.wh...' }]], /invalid whiteout/],
    ['a whiteout of itself', [[{ name: '.wh..' }]], /invalid whiteout/],
    ['a whiteout of nothing', [[{ name: '.wh.' }]], /invalid whiteout/],
    ['a root that is a file', [[{ name: './', type: 'symlink', linkname: '/' }]], /root entry is no directory/],
    [
      'a parent that is a file',
      [
        [{ name: 'f' }, '1'],
        [{ name: 'f/x' }, '1'],
      ],
      /is not a directory/,
    ],
    ['a long part', [[{ name: 'p'.repeat(300) }, '1']], /longer than 255/],
    ['a long name', [[{ name: 'p/'.repeat(2100) + 'x' }, '1']], /longer than 4096|nested more than/],
    [
      'an attribute over the limit',
      [[{ name: 'f', pax: { 'SCHILY.xattr.user.x': 'x'.repeat(70_000) } }, '']],
      /over the kernel's limits/,
    ],
    ['a huge extended header', [[{ name: 'f', pax: { comment: 'x'.repeat(1_100_000) } }, '']], /over the limit/],
    ['a sparse file', [[{ name: 'f', pax: { 'GNU.sparse.major': '1' } }, '']], /sparse/],
    ['a negative size', [[{ name: 'f', pax: { size: '-1' } }, '']], /bad size/],
    ['a NUL in a name', [[{ name: 'f', pax: { path: 'a\0b' } }, '']], /NUL byte/],
  ];
  it.each(hostile)('refuses %s', async (_, entries, message) => {
    const result = apply(await pack(entries));
    expect(result.output).toMatch(message);
    expect(result.status).toBe(1);
  });

  it('writes nothing outside while a directory is exchanged for a link to there (CVE-2025-47290)', async () => {
    const names = Array.from({ length: 400 }, (_, index): Entry => [{ name: `dir/sub/file-${index}` }, 'x']);
    const archive = await pack([[{ name: 'dir', type: 'directory' }], ...names]);
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    mkdirSync(join(outside, 'sub'));
    let swaps = 0;
    for (let round = 0; round < 5; round += 1) {
      await applyBeside(archive, () => {
        try {
          renameSync(join(root, 'dir'), join(root, 'was'));
          symlinkSync(outside, join(root, 'dir'));
          swaps += 1;
          rmSync(join(root, 'dir'));
          renameSync(join(root, 'was'), join(root, 'dir'));
        } catch {
          // The archive's own directory came in between, or is not there yet.
        }
      });
      rmSync(root, { recursive: true });
      mkdirSync(root);
    }
    const found = readdirSync(join(outside, 'sub'));
    rmSync(outside, { recursive: true });
    expect(found).toEqual([]);
    expect(swaps).toBeGreaterThan(0);
  });

  it('refuses more bytes than allowed', async () => {
    const result = apply(await pack([[{ name: 'f' }, 'x'.repeat(2000)]]), [], ['--max-bytes', '1999']);
    expect(result).toEqual({ status: 1, output: 'the layer holds more than 1999 bytes\n' });
  });

  it('refuses every truncation that loses data', async () => {
    const archive = await pack([[{ name: 'file' }, 'x'.repeat(1500)]]);
    for (const size of [1, 511, 513, 1024, 2000, 2047]) {
      const result = apply(archive.subarray(0, size));
      expect(result.output).toMatch(/truncated/);
      expect(result.status).toBe(1);
    }
  });

  it('refuses a damaged header', async () => {
    const archive = await pack([[{ name: 'file' }, 'x']]);
    archive[0] = 0x7a;
    expect(apply(archive)).toEqual({ status: 1, output: 'invalid archive header: bad checksum\n' });
  });
});
