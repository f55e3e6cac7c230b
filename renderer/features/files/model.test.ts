import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../runtime/contract/files.ts';
import { foldersTo, modeText, treeRows } from './model.ts';

const entry = (name: string, kind: FileEntry['kind'] = 'file'): FileEntry => ({
  name,
  kind,
  size: 1,
  mode: 0o644,
  uid: 0,
  gid: 0,
  modifiedAt: 0,
  linkTarget: '',
});

describe('treeRows', () => {
  it('shows folders first, what is opened below its folder, and what was deleted where it was', () => {
    const rows = treeRows(
      new Map([
        ['/', { state: 'ready', entries: [entry('z'), entry('a10'), entry('a9'), entry('etc', 'directory')] }],
        ['/etc', { state: 'ready', entries: [entry('hosts')] }],
      ]),
      new Map([
        ['/etc/motd', 'deleted'],
        ['/z', 'added'],
      ]),
    );
    expect(rows.map(({ path, depth, change }) => `${String(depth)} ${path} ${change ?? ''}`.trim())).toEqual([
      '0 /etc',
      '1 /etc/hosts',
      '1 /etc/motd deleted',
      '0 /a9',
      '0 /a10',
      '0 /z added',
    ]);
  });

  it('says of a folder that it is empty, loading or failed', () => {
    const note = (folder: Parameters<typeof treeRows>[0] extends ReadonlyMap<string, infer F> ? F : never) =>
      treeRows(new Map([['/', folder]]), new Map())[0]?.note?.kind;
    expect(note({ state: 'ready', entries: [] })).toBe('empty');
    expect(note({ state: 'loading' })).toBe('loading');
    expect(note({ state: 'failed', message: 'x' })).toBe('failed');
  });
});

it.each([
  [0o755, 'directory', 'drwxr-xr-x'],
  [0o644, 'file', '-rw-r--r--'],
  [0o4755, 'file', '-rwsr-xr-x'],
  [0o1777, 'directory', 'drwxrwxrwt'],
  [0o2640, 'file', '-rw-r-S---'],
  [0o777, 'link', 'lrwxrwxrwx'],
] as const)('modeText %o', (mode, kind, text) => {
  expect(modeText({ mode, kind })).toBe(text);
});

it('opens the folders that lead to a path', () => {
  expect(foldersTo('/etc/app/config.json')).toEqual(['/', '/etc', '/etc/app']);
  expect(foldersTo('/motd')).toEqual(['/']);
  expect(foldersTo('/')).toEqual(['/']);
});
