import { describe, expect, it } from 'vitest';
import { restrictionsIn, restrictionsOf } from './mount-options.ts';

const MOUNTINFO = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw
24 22 0:22 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw,size=1k
25 24 0:23 / /tmp/of\\040mine ro,noatime - tmpfs tmpfs rw
26 22 0:24 / /over rw,noexec - tmpfs tmpfs rw
27 26 0:25 / /over rw,nodev - tmpfs tmpfs rw
`;

describe('what a mount forbids', () => {
  it.each([
    ['/', []],
    ['/etc/passwd', []],
    ['/tmp', ['nosuid', 'nodev']],
    ['/tmp/a/b', ['nosuid', 'nodev']],
    ['/tmpfiles', []],
    ['/..hidden', []],
    ['/tmp/of mine/x', ['ro']],
    ['/over/x', ['nodev']],
  ])('is told for %s', (path, options) => {
    expect(restrictionsIn(MOUNTINFO, path)).toEqual(options);
  });

  it('is read of this machine', () => {
    expect(restrictionsOf('/proc/self/exe-that-is-not-there')).toEqual(restrictionsOf('/proc'));
  });
});
