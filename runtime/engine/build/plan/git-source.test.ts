import { describe, expect, it } from 'vitest';
import { parseGitSource, withFlags } from './git-source.ts';

const URL = 'https://example.org/a.git';
const COMMIT = '0123456789'.repeat(4);
const NOTHING = { reference: '', directory: '', checksum: '', keepGitDir: null, submodules: true };

describe('the address of a repository', () => {
  it.each([
    ['', {}],
    ['#v1', { reference: 'v1' }],
    ['#v1:sub/dir', { reference: 'v1', directory: 'sub/dir' }],
    ['#:sub', { directory: 'sub' }],
    ['?ref=v1', { reference: 'v1' }],
    ['?tag=v1', { reference: 'refs/tags/v1' }],
    ['?branch=refs/heads/main', { reference: 'refs/heads/main' }],
    ['?tag=v1#refs/tags/v1', { reference: 'refs/tags/v1' }],
    ['?subdir=sub&ref=v1', { reference: 'v1', directory: 'sub' }],
    ['?commit=0a1b', { checksum: '0a1b' }],
    [`?commit=${COMMIT}`, { reference: COMMIT, checksum: COMMIT }],
    ['?tag=v1&checksum=0a1b', { reference: 'refs/tags/v1', checksum: '0a1b' }],
    ['?keep-git-dir', { keepGitDir: true }],
    ['?keep-git-dir=0&submodules', { keepGitDir: false }],
    ['?submodules=false', { submodules: false }],
  ])('reads %j', (rest, told) => {
    expect(parseGitSource(`${URL}${rest}`)).toEqual({ repository: URL, ...NOTHING, ...told });
  });

  it.each([
    ['?tag=v1#refs/heads/main', 'ref conflicts: "refs/heads/main" vs "refs/tags/v1"'],
    ['?ref=v1#v2', 'ref conflicts: "v2" vs "v1"'],
    ['?subdir=a#:b', 'subdir conflicts: "b" vs "a"'],
    ['?tag=a&branch=b', 'branch conflicts with tag'],
    ['?ref=', 'query "ref" has no value'],
    ['?ref=a&ref=a', 'query "ref" has multiple values'],
    ['?depth=1', 'unexpected query "depth"'],
    ['?submodules=some', 'invalid submodules value: "some"'],
  ])('refuses %j', (rest, words) => {
    expect(() => parseGitSource(`${URL}${rest}`)).toThrow(words);
  });
});

describe('an address and the flags of ADD', () => {
  const both = (rest: string, checksum: string, keepGitDir: boolean | null): object =>
    withFlags(parseGitSource(`${URL}${rest}`), { checksum, keepGitDir });

  it('say together what is wanted', () => {
    expect(both('', 'ab', true)).toMatchObject({ checksum: 'ab', keepGitDir: true });
    expect(both('?commit=ab&keep-git-dir', '', null)).toMatchObject({ checksum: 'ab', keepGitDir: true });
    expect(both('?commit=ab&keep-git-dir=0', 'ab', false)).toMatchObject({ checksum: 'ab', keepGitDir: false });
  });

  it('do not contradict each other', () => {
    expect(() => both('?commit=ab', 'cd', null)).toThrow('checksum mismatch "cd" != "ab"');
    expect(() => both('?keep-git-dir=false', '', true)).toThrow('inconsistent keep-git-dir configuration');
  });
});
