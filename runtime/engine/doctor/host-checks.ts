import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { release, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { readIdMaps } from '../launcher/subids.ts';
import { AppArmor } from '../system/apparmor.ts';
import { Selinux } from '../system/selinux.ts';
import { readOrEmpty } from '../store/files.ts';
import { ok, problem, warning, type Finding } from './finding.ts';

/** The oldest kernel with all that is used: overlay in a user namespace (5.11), cgroup.kill (5.14) has a stand-in. */
const KERNEL_MINIMUM: readonly [number, number] = [5, 11];
/** Below this the next pull or log line may well be refused: 1 GiB, or 5 % of a small disk. */
const SPACE_LOW = 2 ** 30;

const area = 'host';

/** What the machine gives: kernel, ids, control groups, programs, space. `uid` is whose engine it is. */
export async function hostChecks(uid: number, dataRoot: string, launcher: string): Promise<Finding[]> {
  return [
    kernel(),
    namespaces(uid),
    overlay(),
    controlGroups(uid),
    launcherBinary(launcher),
    ...(uid === 0 ? [] : [await subordinateIds(uid), tunnel()]),
    ...appArmor(uid),
    ...selinux(),
    ...programs(uid),
    space(dataRoot),
  ];
}

function kernel(): Finding {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  const [wantedMajor, wantedMinor] = KERNEL_MINIMUM;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor))
    return ok(area, 'host.kernel', `Linux ${release()}`);
  return problem(
    area,
    'host.kernel',
    `Linux ${release()} is older than ${wantedMajor}.${wantedMinor}`,
    'Update the kernel: overlays for ordinary users and other parts need a newer one.',
  );
}

const read = (path: string): string => readOrEmpty(path).trim();

function namespaces(uid: number): Finding {
  const id = 'host.user-namespaces';
  if (uid === 0) return ok(area, id, 'the engine runs as root and needs no user namespace');
  if (read('/proc/sys/user/max_user_namespaces') === '0')
    return problem(area, id, 'user namespaces are switched off', 'As root: sysctl -w user.max_user_namespaces=15000');
  if (read('/proc/sys/kernel/unprivileged_userns_clone') === '0')
    return problem(
      area,
      id,
      'ordinary users may not make user namespaces',
      'As root: sysctl -w kernel.unprivileged_userns_clone=1',
    );
  if (read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1')
    return warning(
      area,
      id,
      'AppArmor restricts user namespaces of ordinary users',
      'If containers do not start, as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give berth-launcher a profile with userns.',
    );
  return ok(area, id, 'ordinary users may make user namespaces');
}

function overlay(): Finding {
  const isThere = /\boverlay$/m.test(read('/proc/filesystems'));
  if (isThere) return ok(area, 'host.overlay', 'the kernel has overlay filesystems');
  return warning(
    area,
    'host.overlay',
    'the kernel has no overlay filesystem loaded',
    'As root: modprobe overlay. Without it every container takes the space of its whole image.',
  );
}

function controlGroups(uid: number): Finding {
  const id = 'host.cgroups';
  const isUnified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  if (uid === 0) {
    if (isUnified) return ok(area, id, 'control groups version 2');
    if (existsSync('/sys/fs/cgroup/memory')) return ok(area, id, 'control groups version 1 (hybrid)');
    return warning(area, id, 'no control groups are mounted', 'Containers run without limits and cannot be measured.');
  }
  const advice =
    'Limits for an ordinary user need cgroup version 2 and systemd: boot with systemd.unified_cgroup_hierarchy=1, and log in with a user manager (loginctl enable-linger).';
  if (!isUnified) return warning(area, id, 'limits cannot be set: control groups are not version 2 alone', advice);
  const delegated = read(`/sys/fs/cgroup/user.slice/user-${uid}.slice/user@${uid}.service/cgroup.controllers`);
  const missing = ['cpu', 'memory', 'pids'].filter((name) => !delegated.split(' ').includes(name));
  if (missing.length === 0) return ok(area, id, `control groups version 2, delegated: ${delegated}`);
  return warning(area, id, `these controllers are not delegated to this user: ${missing.join(', ')}`, advice);
}

function launcherBinary(path: string): Finding {
  try {
    accessSync(path, constants.X_OK);
    return ok(area, 'host.launcher', 'the launcher is there');
  } catch {
    return problem(
      area,
      'host.launcher',
      `the launcher ${path} is missing or cannot be run`,
      'Install Berth again; in a source tree: node runtime/bin/build-launcher.mjs',
    );
  }
}

async function subordinateIds(uid: number): Promise<Finding> {
  const id = 'host.subordinate-ids';
  const name = userInfo().username;
  const maps = await readIdMaps(name, uid, process.getgid?.() ?? uid);
  if (maps !== null) return ok(area, id, `${name} has subordinate user and group ids`);
  return warning(
    area,
    id,
    `${name} has no subordinate ids in /etc/subuid and /etc/subgid: containers have a single user`,
    `As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name}`,
  );
}

function tunnel(): Finding {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return ok(area, 'host.tun', '/dev/net/tun can be opened');
  } catch {
    return warning(
      area,
      'host.tun',
      '/dev/net/tun cannot be opened: containers do not reach outside networks',
      'As root: modprobe tun; chmod 0666 /dev/net/tun',
    );
  }
}

function isInstalled(program: string): boolean {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return places.some((place) => place !== '' && existsSync(join(place, program)));
}

/** Nothing where there is none. */
function appArmor(uid: number): Finding[] {
  const id = 'host.apparmor';
  const { facts, warnings } = AppArmor.find(uid !== 0, process.pid);
  if (!facts.isEnabled) return [];
  if (warnings.length > 0)
    return [
      warning(
        area,
        id,
        'AppArmor does not confine containers: apparmor_parser is not installed',
        'Install apparmor, and start the engine again.',
      ),
    ];
  const usual = facts.defaultProfile === '' ? 'only a profile that is asked for' : facts.defaultProfile;
  return [ok(area, id, `AppArmor is enabled: containers enter ${usual}`)];
}

/** Nothing where there is none, or where it was not asked for. */
function selinux(): Finding[] {
  const id = 'host.selinux';
  const { facts, warnings } = Selinux.find(process.pid, null);
  if (!facts.isEnabled) return [];
  if (facts.contexts === null)
    return [
      warning(
        area,
        id,
        warnings.join(' ').replace(/^WARNING: /, ''),
        'Install a policy with types for containers (container-selinux), and run the engine where it may start them.',
      ),
    ];
  return [ok(area, id, `SELinux is enabled: containers run as ${facts.contexts.process.type}`)];
}

function programs(uid: number): Finding[] {
  const found: Finding[] = [];
  const check = (id: string, names: readonly string[], without: string, packageName: string): void => {
    const present = names.filter(isInstalled);
    if (present.length > 0) found.push(ok(area, id, `${present.join(', ')} installed`));
    else found.push(warning(area, id, `${names.join(' or ')} not installed: ${without}`, `Install ${packageName}.`));
  };
  check('host.nft', ['nft'], 'containers cannot reach outside networks', 'nftables');
  if (uid !== 0) {
    check('host.newuidmap', ['newuidmap'], 'containers have a single user', 'uidmap');
    check('host.uplink', ['pasta', 'slirp4netns'], 'containers cannot reach outside networks', 'passt');
  }
  return found;
}

function space(dataRoot: string): Finding {
  const id = 'host.space';
  if (!existsSync(dataRoot)) return ok(area, id, `${dataRoot} is made when the engine first starts`);
  const { bavail, blocks, bsize } = statfsSync(dataRoot);
  const free = bavail * bsize;
  const text = `${(free / 2 ** 30).toFixed(1)} GiB are free for ${dataRoot}`;
  if (free > Math.min(SPACE_LOW, blocks * bsize * 0.05)) return ok(area, id, text);
  return warning(area, id, text, 'Make room: docker system prune removes what no container uses.');
}
