import { describe, expect, it } from 'vitest';
import { parseBind, userMounts } from './mounts.ts';

describe('parseBind', () => {
  it.each([
    [
      '/host:/in',
      { type: 'bind', source: '/host', destination: '/in', readonly: false, recursive: true, propagation: 'rprivate' },
    ],
    ['/host/../other:/in/:ro', { source: '/other', destination: '/in', readonly: true }],
    ['/host:/in:ro,bind,rslave', { readonly: true, recursive: false, propagation: 'rslave' }],
    ['name:/in:z', { type: 'volume', source: 'name', destination: '/in' }],
  ])('reads %s', (text, expected) => {
    expect(parseBind(text)).toMatchObject(expected);
  });

  it.each([
    ['/only', 'invalid volume specification'],
    [':/in', 'invalid volume specification'],
    ['/a:/b:ro:x', 'invalid volume specification'],
    ['/a:relative', 'must be absolute'],
    ['/a:/b:sometimes', 'invalid mode'],
    ['a/b:/c', 'includes invalid characters'],
    ['/a:/', "can't be '/'"],
    ['/a:/b/..', "can't be '/'"],
  ])('refuses %s', (text, words) => {
    expect(() => parseBind(text)).toThrow(words);
  });
});

describe('userMounts', () => {
  it('mounts parents before what lies in them', () => {
    const mounts = userMounts({ Binds: ['/x:/a/b/c', '/y:/a'], Tmpfs: { '/a/b': 'size=1m' } });
    expect(mounts.map(({ destination }) => destination)).toEqual(['/a', '/a/b', '/a/b/c']);
  });

  it('reads --mount in its three types', () => {
    expect(
      userMounts({
        Mounts: [
          { Type: 'bind', Source: '/s', Target: '/a', ReadOnly: true, BindOptions: { Propagation: 'rshared' } },
          { Type: 'volume', Source: 'vol', Target: '/b' },
          { Type: 'tmpfs', Target: '/c', TmpfsOptions: { SizeBytes: 1024, Mode: 0o700 } },
        ],
      }),
    ).toMatchObject([
      { type: 'bind', readonly: true, propagation: 'rshared', createSource: false },
      { type: 'volume', source: 'vol' },
      { type: 'tmpfs', options: ['size=1024', 'mode=700'] },
    ]);
  });

  it('refuses two mounts at one place, unknown types and foreign tmpfs options', () => {
    expect(() => userMounts({ Binds: ['/x:/a', '/y:/a/'] })).toThrow('Duplicate mount point: /a');
    expect(() => userMounts({ Mounts: [{ Type: 'cloud', Target: '/a' }] })).toThrow('mount type unknown');
    expect(() => userMounts({ Tmpfs: { '/a': 'upperdir=/etc' } })).toThrow('invalid tmpfs option');
  });
});
