import { mountsOf } from './mount-points.ts';
import type { ContainerRecord } from './types.ts';
import type { UserMount } from './user-mount.ts';

/** A container's mounts as inspect and the list show them (MountPoint). `volumePath` is of a volume's content. */
export function mountView(record: ContainerRecord, volumePath: (name: string) => string): Record<string, unknown>[] {
  const asked = new Set((record.hostConfig.Mounts ?? []).map(({ Target }) => Target));
  return mountsOf(record)
    .filter((mount) => mount.type !== 'tmpfs' || asked.has(mount.destination))
    .map((mount) => ({
      Type: mount.type,
      ...(mount.type === 'volume' ? { Name: mount.source } : {}),
      Source: mount.type === 'volume' ? volumePath(mount.source) : mount.source,
      Destination: mount.destination,
      ...(mount.type === 'volume' ? { Driver: 'local' } : {}),
      Mode: shownMode(mount),
      RW: !mount.readonly,
      Propagation: mount.type === 'bind' ? mount.propagation : '',
    }));
}

/** Docker writes `z` for a volume that was named and given no mode. */
function shownMode(mount: UserMount): string {
  return mount.type === 'volume' && mount.anonymous !== true && mount.mode === '' ? 'z' : mount.mode;
}
