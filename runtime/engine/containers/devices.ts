import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { OciDevice, OciDeviceRule } from './oci-spec.ts';

/** Devices every container has (OCI runtime-spec, default devices). */
export const DEFAULT_DEVICES: readonly OciDevice[] = (
  [
    ['/dev/null', 1, 3],
    ['/dev/zero', 1, 5],
    ['/dev/full', 1, 7],
    ['/dev/random', 1, 8],
    ['/dev/urandom', 1, 9],
    ['/dev/tty', 5, 0],
  ] as const
).map(([path, major, minor]) => ({ path, type: 'c', major, minor, fileMode: 0o666, uid: 0, gid: 0 }));

function allow(major: number | null, minor: number | null, access: string, type = 'c'): OciDeviceRule {
  return { allow: true, type, major, minor, access };
}

/** Device rules of an unprivileged container: any node may be made, only these may be opened. */
export const DEFAULT_DEVICE_RULES: readonly OciDeviceRule[] = [
  { allow: false, type: 'a', major: null, minor: null, access: 'rwm' },
  allow(null, null, 'm'),
  allow(null, null, 'm', 'b'),
  ...DEFAULT_DEVICES.map(({ major, minor }) => allow(major, minor, 'rwm')),
  allow(5, 1, 'rwm'), // console
  allow(5, 2, 'rwm'), // ptmx
  allow(136, null, 'rwm'), // pts
];

/** Device rules of a privileged container. */
export const ALL_DEVICES: readonly OciDeviceRule[] = [allow(null, null, 'rwm', 'a')];

/** What a node on the host is; null when there is none at the path, or it is no device. */
export function deviceNumbers(
  path: string,
): { type: 'c' | 'b'; major: number; minor: number; mode: number; uid: number; gid: number } | null {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || (!status.isCharacterDevice() && !status.isBlockDevice())) return null;
  // glibc's makedev layout of st_rdev.
  const rdev = BigInt(status.rdev);
  return {
    type: status.isCharacterDevice() ? 'c' : 'b',
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffffffffn)),
    mode: status.mode & 0o777,
    uid: status.uid,
    gid: status.gid,
  };
}

export interface DeviceWithRule {
  readonly device: OciDevice;
  readonly rule: OciDeviceRule;
}

/**
 * A `--device HOST[:CONTAINER[:rwm]]` as nodes and rules: one, or those in a directory and below. Throws `invalid` when
 * the host path is no device.
 */
export function hostDevices(pathOnHost: string, pathInContainer: string, permissions: string): DeviceWithRule[] {
  if (!/^[rwm]{1,3}$/.test(permissions)) throw new EngineError('invalid', `invalid device mode: ${permissions}`);
  const fail = (reason: string): EngineError =>
    new EngineError(
      'invalid',
      `error gathering device information while adding custom device "${pathOnHost}": ${reason}`,
    );
  const status = statSync(pathOnHost, { throwIfNoEntry: false });
  if (status === undefined) throw fail('no such file or directory');
  const found = status.isDirectory()
    ? devicesBelow(pathOnHost, pathInContainer, permissions)
    : [oneDevice(pathOnHost, pathInContainer, permissions)].filter((device) => device !== null);
  if (found.length === 0) throw fail('not a device node');
  return found;
}

function oneDevice(pathOnHost: string, pathInContainer: string, permissions: string): DeviceWithRule | null {
  const numbers = deviceNumbers(pathOnHost);
  if (numbers === null) return null;
  const { type, major, minor, mode, uid, gid } = numbers;
  return {
    device: {
      path: pathInContainer,
      hostPath: realpathSync(pathOnHost),
      type,
      major,
      minor,
      fileMode: mode,
      uid,
      gid,
    },
    rule: allow(major, minor, permissions, type),
  };
}

/** Directories of /dev that are a container's own, or hold what only looks like a device. */
const NOT_SHARED: ReadonlySet<string> = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev']);

function devicesBelow(directory: string, inContainer: string, permissions: string): DeviceWithRule[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory())
      return NOT_SHARED.has(entry.name) ? [] : devicesBelow(path, join(inContainer, entry.name), permissions);
    if (!entry.isCharacterDevice() && !entry.isBlockDevice()) return [];
    return oneDevice(path, join(inContainer, entry.name), permissions) ?? [];
  });
}

/** The host's devices, which a privileged container has, but for those every container has of its own. */
export function privilegedDevices(): OciDevice[] {
  const own = new Set([...DEFAULT_DEVICES.map(({ path }) => path), '/dev/console', '/dev/ptmx']);
  return devicesBelow('/dev', '/dev', 'rwm').flatMap(({ device }) => (own.has(device.path) ? [] : [device]));
}

/** A `--device-cgroup-rule`, as `c 42:* rwm`. Throws `invalid`. */
export function deviceRule(text: string): OciDeviceRule {
  const [, type, major, minor, access] = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined || major === undefined || minor === undefined || access === undefined)
    throw new EngineError('invalid', `invalid device cgroup rule format: '${text}'`);
  const number = (word: string): number | null => (word === '*' ? null : Number(word));
  return allow(number(major), number(minor), access, type);
}
