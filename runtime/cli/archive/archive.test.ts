import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { destinationHere } from './destination.ts';
import { packPath } from './pack.ts';
import { planCopy, renamed, topName } from './paths.ts';
import { unpackInto } from './unpack.ts';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync('/tmp/berth-archive-');
  mkdirSync(join(scratch, 'in'));
  mkdirSync(join(scratch, 'out'));
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const unpack = (archive: Readable): Promise<number> =>
  unpackInto(archive, join(scratch, 'out'), { rename: (entry) => entry, owners: false });

function archiveOf(...entries: (Partial<Header> & { name: string; text?: string })[]): Readable {
  const tar = pack();
  for (const { text = '', ...header } of entries) tar.entry(header, text);
  tar.finalize();
  return Readable.from(tar);
}

it('carries files, directories and links through', async () => {
  mkdirSync(join(scratch, 'in/d'));
  writeFileSync(join(scratch, 'in/d/file'), 'text', { mode: 0o640 });
  writeFileSync(join(scratch, 'in/d/empty'), '');
  symlinkSync('file', join(scratch, 'in/d/link'));
  expect(await unpack(packPath(join(scratch, 'in/d'), 'copy'))).toBe(4);
  expect(readFileSync(join(scratch, 'out/copy/file'), 'utf8')).toBe('text');
  expect(readFileSync(join(scratch, 'out/copy/empty'), 'utf8')).toBe('');
  expect(readlinkSync(join(scratch, 'out/copy/link'))).toBe('file');
});

it('copies to what a link leads to, be it there or not, and leaves the link', async () => {
  const at = (name: string) => join(scratch, name);
  writeFileSync(at('file'), '');
  symlinkSync('file', at('link'));
  symlinkSync('link', at('second'));
  symlinkSync('none', at('broken'));
  symlinkSync(at('in'), at('folder'));
  symlinkSync('circle', at('circle'));
  const end = (path: string, exists: boolean, isDirectory = false) => ({ path: at(path), exists, isDirectory });
  expect(await destinationHere(at('second'))).toEqual(end('file', true));
  expect(await destinationHere(at('broken'))).toEqual(end('none', false));
  expect(await destinationHere(at('folder'))).toEqual(end('in', true, true));
  expect(await destinationHere(at('folder/'))).toEqual(end('folder/', true, true));
  expect(await destinationHere(at('new'))).toEqual(end('new', false));
  await expect(destinationHere(at('circle'))).rejects.toThrow('too many links');
});

describe('archives that want to leave their directory', () => {
  it.each([
    ['a name above it', [{ name: '../escaped', text: 'x' }]],
    [
      'a link and a file behind it',
      [
        { name: 'l', type: 'symlink', linkname: '..' },
        { name: 'l/escaped', text: 'x' },
      ],
    ],
    ['a hard link to what is above it', [{ name: 'l', type: 'link', linkname: '../in' }]],
    ['a device', [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]],
  ] as const)('%s', async (_, entries) => {
    await expect(unpack(archiveOf(...entries))).rejects.toThrow();
    expect(() => readFileSync(join(scratch, 'escaped'))).toThrow();
  });

  it('replaces a link, and does not write through it', async () => {
    writeFileSync(join(scratch, 'victim'), 'before');
    await unpack(archiveOf({ name: 'l', type: 'symlink', linkname: '../victim' }, { name: 'l', text: 'after' }));
    expect(readFileSync(join(scratch, 'victim'), 'utf8')).toBe('before');
    expect(readFileSync(join(scratch, 'out/l'), 'utf8')).toBe('after');
  });
});

describe('where a copy goes', () => {
  const file = { path: '/a/f', exists: true, isDirectory: false };
  const directory = { path: '/a/d', exists: true, isDirectory: true };
  const none = (path: string): typeof file => ({ path, exists: false, isDirectory: false });

  it('follows docker', () => {
    expect(planCopy(file, directory, 'f')).toEqual({ directory: '/a/d', from: 'f', to: 'f' });
    expect(planCopy(file, none('/x/new'), 'f')).toEqual({ directory: '/x', from: 'f', to: 'new' });
    expect(planCopy(directory, none('/x/new/'), 'd')).toEqual({ directory: '/x', from: 'd', to: 'new' });
    expect(() => planCopy(file, none('/x/new/'), 'f')).toThrow('no such directory');
    expect(() => planCopy(directory, file, 'd')).toThrow('cannot copy directory');
    expect(() => planCopy({ ...file, path: '/a/f/' }, directory, 'f')).toThrow('not a directory');
  });

  it('renames what is in an archive', () => {
    expect([renamed('d/x', { from: 'd', to: 'new' }), renamed('./x', { from: '.', to: 'new' })]).toEqual([
      'new/x',
      'new/x',
    ]);
    expect([topName('/a/b/'), topName('/a/.'), topName('/')]).toEqual(['b', '.', '/']);
  });
});
