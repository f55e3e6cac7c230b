import { statSync } from 'node:fs';
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

/** A `--device HOST[:CONTAINER[:rwm]]` as node and rule. Throws `invalid` when the host path is no device. */
export function hostDevice(
  pathOnHost: string,
  pathInContainer: string,
  permissions: string,
): { device: OciDevice; rule: OciDeviceRule } {
  if (!/^[rwm]{1,3}$/.test(permissions)) throw new EngineError('invalid', `invalid device mode: ${permissions}`);
  let status;
  try {
    status = statSync(pathOnHost);
  } catch (error) {
    throw new EngineError(
      'invalid',
      `error gathering device information while adding custom device "${pathOnHost}": no such file or directory`,
      { cause: error },
    );
  }
  if (!status.isCharacterDevice() && !status.isBlockDevice()) {
    throw new EngineError(
      'invalid',
      `error gathering device information while adding custom device "${pathOnHost}": not a device node`,
    );
  }
  const type = status.isCharacterDevice() ? 'c' : 'b';
  // glibc's makedev layout of st_rdev.
  const rdev = BigInt(status.rdev);
  const major = Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn));
  const minor = Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffffffffn));
  return {
    device: {
      path: pathInContainer,
      type,
      major,
      minor,
      fileMode: status.mode & 0o777,
      uid: status.uid,
      gid: status.gid,
    },
    rule: allow(major, minor, permissions, type),
  };
}
