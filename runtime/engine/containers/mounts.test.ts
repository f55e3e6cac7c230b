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
    ['name:/in:nocopy,ro', { type: 'volume', nocopy: true, readonly: true }],
    ['/host:/in:Z,cached,shared', { propagation: 'shared', mode: 'Z,cached,shared' }],
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
    ['/a:/b:ro,rw', 'invalid mode: ro,rw'],
    ['/a:/b:z,Z', 'invalid mode'],
    ['/a:/b:nocopy', 'invalid mode'],
    ['vol:/b:rslave', 'invalid mode'],
    ['v:/b', 'volume name is too short'],
    ['/a::ro', 'invalid volume specification'],
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
      { type: 'tmpfs', options: ['size=1024', 'mode=700', 'noexec'] },
    ]);
  });

  it('refuses two mounts at one place, unknown types and foreign tmpfs options', () => {
    expect(() => userMounts({ Binds: ['/x:/a', '/y:/a/'] })).toThrow('Duplicate mount point: /a');
    expect(() => userMounts({ Mounts: [{ Type: 'cloud', Target: '/a' }] })).toThrow('mount type unknown');
    expect(() => userMounts({ Tmpfs: { '/a': 'upperdir=/etc' } })).toThrow('invalid tmpfs option');
  });

  it.each([
    [{ Type: 'bind', Target: '/a' }, 'field Source must not be empty'],
    [{ Type: 'bind', Source: 'x', Target: '/a' }, 'must be absolute'],
    [{ Type: 'bind', Source: '/x', Target: '' }, 'field Target must not be empty'],
    [{ Type: 'bind', Source: '/x', Target: 'a' }, 'must be absolute'],
    [{ Type: 'bind', Source: '/x', Target: '/a', VolumeOptions: {} }, 'field VolumeOptions must not be specified'],
    [{ Type: 'bind', Source: '/x', Target: '/a', BindOptions: { Propagation: 'up' } }, 'invalid propagation mode: up'],
    [{ Type: 'bind', Source: '/x', Target: '/a', BindOptions: { ReadOnlyForceRecursive: true } }, 'must be read-only'],
    [{ Type: 'volume', Target: '/a', ReadOnly: true }, 'must not set ReadOnly mode'],
    [{ Type: 'volume', Source: 'vv', Target: '/a', VolumeOptions: { Subpath: '/x' } }, 'relative path'],
    [{ Type: 'volume', Source: 'vv', Target: '/a', VolumeOptions: { Subpath: 'x/../../y' } }, 'relative path'],
    [{ Type: 'tmpfs', Source: 'x', Target: '/a' }, 'field Source must not be specified'],
    [{ Type: 'tmpfs', Target: '/a', TmpfsOptions: { Options: [['lowerdir', '/etc']] } }, 'invalid tmpfs option'],
  ])('refuses %j', (mount, words) => {
    expect(() => userMounts({ Mounts: [mount] })).toThrow(words);
  });

  it('reads the options of each type', () => {
    const [bind, tmpfs, volume] = userMounts({
      Mounts: [
        {
          Type: 'bind',
          Source: '/x',
          Target: '/a',
          ReadOnly: true,
          BindOptions: { NonRecursive: true, CreateMountpoint: true, ReadOnlyNonRecursive: true },
        },
        { Type: 'tmpfs', Target: '/b', TmpfsOptions: { Options: [['exec'], ['uid', '7']] } },
        {
          Type: 'volume',
          Source: 'vv',
          Target: '/c',
          VolumeOptions: { NoCopy: true, Subpath: './x//y/', Labels: { a: 'b' }, DriverConfig: { Name: 'local' } },
        },
      ],
    });
    expect(bind).toMatchObject({ recursive: false, createSource: true, topReadonlyOnly: true });
    expect(tmpfs).toMatchObject({ options: ['exec', 'uid=7'] });
    expect(volume).toMatchObject({ nocopy: true, subpath: 'x/y', creation: { driver: 'local', labels: { a: 'b' } } });
  });
});
