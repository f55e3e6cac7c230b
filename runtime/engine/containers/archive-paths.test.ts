import { describe, expect, it } from 'vitest';
import { ancestors, archivePath, entryName, goFileMode, linkTarget } from './archive-paths.ts';

describe('archivePath', () => {
  it.each([
    ['/a/b', '/a/b', 'b'],
    ['a/b', '/a/b', 'b'],
    ['/a/b/', '/a/b/', 'b'],
    ['/a//b/./c/..', '/a/b', 'b'],
    ['/a/b/.', '/a/b/.', '.'],
    ['.', '/.', '.'],
    ['./', '/.', '.'],
    ['/./', '/.', '.'],
    ['/a/.//', '/a/.', '.'],
    ['/a./', '/a./', 'a.'],
    ['/', '/', '/'],
    ['', '/', '/'],
    ['/.', '/.', '.'],
    ['../../etc', '/etc', 'etc'],
    ['/..', '/', '/'],
    ['/../', '/', '/'],
  ])('takes %j for %j, called %j', (given, absolute, name) => {
    expect(archivePath(given)).toBe(absolute);
    expect(entryName(archivePath(given))).toBe(name);
  });
});

describe('goFileMode', () => {
  it.each([
    [0o100644, 0o644],
    [0o040755, 2 ** 31 + 0o755],
    [0o041777, 2 ** 31 + 2 ** 20 + 0o777],
    [0o120777, 2 ** 27 + 0o777],
    [0o104755, 2 ** 23 + 0o755],
    [0o102755, 2 ** 22 + 0o755],
    [0o020666, 2 ** 26 + 2 ** 21 + 0o666],
    [0o060660, 2 ** 26 + 0o660],
    [0o010600, 2 ** 25 + 0o600],
    [0o140755, 2 ** 24 + 0o755],
  ])('maps st_mode %o', (mode, expected) => {
    expect(goFileMode(mode)).toBe(expected);
  });
});

describe('linkTarget', () => {
  const place = { mode: 0o120777, size: 1, modified: 0n, parent: '/a/b', link: '', end: '' };

  it('is where the link ends, or what its text says inside the root', () => {
    expect(linkTarget(place)).toBe('');
    expect(linkTarget({ ...place, link: '../c', end: '/real/c' })).toBe('/real/c');
    expect(linkTarget({ ...place, link: '../c' })).toBe('/a/c');
    expect(linkTarget({ ...place, link: '../../../../c' })).toBe('/c');
    expect(linkTarget({ ...place, link: '/x/../y' })).toBe('/y');
  });
});

describe('ancestors', () => {
  it('lists them from the nearest, without the root', () => {
    expect(ancestors('/a/b/c')).toEqual(['/a/b', '/a']);
    expect(ancestors('/a')).toEqual([]);
  });
});
