import { existsSync, readlinkSync } from 'node:fs';
import type { EngineMode } from '../../fixtures/engine-process.ts';

/**
 * A line of the probe's report that another runtime words differently on purpose. `ours` and `theirs` are the lines that
 * only one of both reports then has; null where it has none.
 */
interface Difference {
  readonly reason: string;
  readonly ours: RegExp | null;
  readonly theirs: RegExp | null;
  /** Only for an engine of this mode. */
  readonly mode?: EngineMode;
}

/** Where ours and runc differ, and why ours is as it is. Everything else is the same. */
const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'stricter: what covers a masked directory is empty for good (no space, nothing run or set-id in it)',
    ours: /^mount \/ \/(?:proc|sys)\/\S+ ro,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=0k,mode=755/,
    theirs: /^mount \/ \/(?:proc|sys)\/\S+ ro,relatime - tmpfs tmpfs ro/,
  },
  {
    reason: 'stricter: that directory is not for everybody to write to, were it writable',
    ours: /^place \/(?:proc|sys)\/\S+ 40755 0:0 read dir entries none write (?:EROFS|EACCES)$/,
    theirs: /^place \/(?:proc|sys)\/\S+ 41777 0:0 read dir entries none write EROFS$/,
  },
  {
    reason:
      'a masked file is the null device of the host, checked to be it, not that of a /dev the image may have prepared',
    ours: /^mount \/null \/(?:proc|sys)\/\S+ \S+ - devtmpfs /,
    theirs: /^mount \/null \/(?:proc|sys)\/\S+ \S+ - tmpfs /,
  },
  {
    reason: 'read-only is the mount, not the filesystem behind it, whose flag others may share',
    ours: /^mount \/ \/sys ro,\S+ - sysfs sysfs rw$/,
    theirs: /^mount \/ \/sys ro,\S+ - sysfs sysfs ro$/,
  },
  {
    reason: 'where the hierarchy of version 2 came from, in another word',
    ours: /^mount \/\S* \/sys\/fs\/cgroup r[ow],\S+ - cgroup2 cgroup2 /,
    theirs: /^mount \/\S* \/sys\/fs\/cgroup r[ow],\S+ - cgroup2 cgroup /,
  },
  {
    reason: 'stricter: what forbids programs and devices on the host forbids them in a read-only mount of it, too',
    ours: /^mount \S+ \/\S+ ro,nosuid,nodev(?:,noexec)?(?:,relatime)? - /,
    theirs: /^mount \S+ \/\S+ ro(?:,relatime)? - /,
  },
  {
    reason: 'stricter: the directory of the control groups is read-only, too, and bounded',
    ours: /^mount \/ \/sys\/fs\/cgroup r[ow],\S+ - tmpfs tmpfs rw,size=64k,mode=755/,
    theirs: /^mount \/ \/sys\/fs\/cgroup rw,\S+ - tmpfs tmpfs rw,mode=755/,
  },
  {
    reason: 'stricter, without root: of control groups that it has no part in a container sees nothing, not the host’s',
    ours: /^limit \/sys\/fs\/cgroup\/\S+ !ENOENT$/,
    theirs:
      /^(?:limit|(?:tree|mount \S+)) \/sys\/fs\/cgroup\/(?:blkio|cpu|cpuacct|cpuset|devices|freezer|memory|pids|systemd)\b/,
    mode: 'rootless',
  },
  {
    reason: 'stricter: of the host’s /sys what is mounted below is read-only, too (--network host without root)',
    ours: /^mount \S+ \/sys\/\S+ ro,nosuid,nodev,noexec,/,
    theirs: /^mount \S+ \/sys\/\S+ /,
    mode: 'rootless',
  },
  {
    reason: 'the same of the host’s /proc, where systemd mounts on demand (--pid host without root)',
    ours: /^mount \/ \/proc\/sys\/fs\/binfmt_misc rw,nosuid,nodev,noexec,/,
    theirs: /^mount \/ \/proc\/sys\/fs\/binfmt_misc rw,/,
    mode: 'rootless',
  },
  {
    reason: 'stricter: nodes that are bound follow no mounts of the host, whatever another mount of the container does',
    ours: /^mount \/(\w+) \/dev\/\1 rw,relatime - devtmpfs /,
    theirs: /^mount \/\w+ \/(?:dev|proc)\/\w+ rw,relatime master - devtmpfs /,
    mode: 'rootless',
  },
  {
    reason: 'runc before 1.2 sets a domain name by a sysctl, which is not a user namespace’s to write',
    ours: /^domainname (?!\(none\))/,
    theirs: /^domainname \(none\)$/,
    mode: 'rootless',
  },
  {
    reason: 'the same difference of the flag of /sys, for who may not write there anyhow',
    ours: /^place \/sys(?:\/\w+)? \d+ \d+:\d+ read dir entries (?:some|none) write EACCES$/,
    theirs: /^place \/sys(?:\/\w+)? \d+ \d+:\d+ read dir entries (?:some|none) write EROFS$/,
  },
  {
    reason: 'the same, seen from inside',
    ours: /^place \/sys\/fs\/cgroup 40755 0:0 read dir entries \w+ write \w+$/,
    theirs: /^place \/sys\/fs\/cgroup 40\d{3} 0:0 read dir entries \w+ write \w+$/,
  },
  {
    reason:
      'a container is in the hierarchies that limit or measure it, not in that of the host’s systemd; where there is a version 2 one, it is in that',
    ours: /^(?:tree|mount \S+) \/sys\/fs\/cgroup\/unified /,
    theirs: /^(?:tree|mount \S+) \/sys\/fs\/cgroup\/systemd /,
  },
  {
    reason:
      'our init is the process that waits for the command anyhow; another runtime’s must be a file in the container',
    ours: null,
    theirs: /^mount \S+ \/sbin\/docker-init ro,/,
  },
  {
    reason: 'a container without a cpuset is in none of its own',
    ours: /^limit \/sys\/fs\/cgroup\/cpuset\/\S+ !ENOENT$/,
    theirs:
      /^(?:limit \/sys\/fs\/cgroup\/cpuset\/|tree \/sys\/fs\/cgroup\/cpuset |mount \S+ \/sys\/fs\/cgroup\/cpuset )/,
  },
  {
    reason: 'which hierarchies a process is in (the three above)',
    ours: /^cgroup \d+:(?:cpuset|name=systemd|):/,
    theirs: /^cgroup \d+:(?:cpuset|name=systemd|):/,
  },
  {
    reason:
      'the newer way from shares to a weight, where 1024 is the default of both; runc 1.1 goes straight from 2 to 1',
    ours: /^limit \/sys\/fs\/cgroup\/cpu\.weight (?:59|35)\s*$/,
    theirs: /^limit \/sys\/fs\/cgroup\/cpu\.weight (?:20|10)\s*$/,
  },
  {
    reason: 'stricter: nobody opens /dev/net/tun without having asked for it (runc gives it to all)',
    ours: /^limit \/sys\/fs\/cgroup\/devices\/devices\.list /,
    theirs: /^limit \/sys\/fs\/cgroup\/devices\/devices\.list .* c 10:200 rwm/,
  },
];

/** What a namespace link is: the host's, or not. */
function namespaceLine(line: string): string {
  const [, kind = '', link = ''] = /^namespace (\S+) (\S+)/.exec(line) ?? [];
  // A kernel may have been built without one of them.
  const path = `/proc/self/ns/${kind}`;
  const own = existsSync(path) ? readlinkSync(path) : 'none';
  return `namespace ${kind} ${link === own ? 'of the tests' : 'another'}`;
}

/** A report without what two runs of the same never have in common. */
function normalized(report: string): string[] {
  // The first may be forbidden.
  const hostname = /^environment HOSTNAME=(\S+)/m.exec(report)?.[1] ?? /^hostname (\S+)/m.exec(report)?.[1] ?? 'NAME';
  return report
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => (line.startsWith('namespace ') ? namespaceLine(line) : line))
    .map((line) =>
      line
        // Both refuse; each in its own words.
        .replace(/^not started: .*/, 'not started')
        .replace(/^mount \d+ \d+ [\d:]+ /, 'mount ')
        .replaceAll(/[0-9a-f]{64}/g, 'ID')
        .replaceAll(hostname, 'NAME')
        .replaceAll(/(lowerdir\+?|upperdir|workdir)=[^ ,]*/g, '$1')
        .replaceAll(/(master|shared):\d+/g, '$1')
        .replace(/(pipe|socket):\[\d+\]/, '$1')
        .replace(/\/proc\/\d+\/fd/, '/proc/PID/fd')
        .replace(/^(interface\s+\S+).*/, '$1')
        // Ends of other containers, in the host's network.
        .replace(/^interface\s+veth\S+$/, ''),
    )
    .filter((line) => line !== '')
    .sort();
}

/** The lines that only one of two reports has, without those for which there is a reason. */
export function unexplained(ours: string, theirs: string, mode: EngineMode): string[] {
  const reasons = DIFFERENCES.filter((one) => one.mode === undefined || one.mode === mode);
  const left = normalized(ours);
  const right = normalized(theirs);
  const only = (some: readonly string[], others: readonly string[], side: 'ours' | 'theirs'): string[] => {
    const known = new Set(others);
    return some
      .filter((line) => !known.has(line) && !reasons.some((one) => one[side]?.test(line) === true))
      .map((line) => `${side}: ${line}`);
  };
  return [...only(left, right, 'ours'), ...only(right, left, 'theirs')];
}
