import type { EventBus } from '../system/events.ts';
import { mountsOf } from './mount-points.ts';
import type { ContainerRecord } from './types.ts';

/** Tells of the volumes that a container which starts or ends has. */
export function publishMounts(events: EventBus, record: ContainerRecord, action: 'mount' | 'unmount'): void {
  for (const mount of mountsOf(record)) {
    if (mount.type !== 'volume') continue;
    const attributes =
      action === 'mount'
        ? {
            container: record.id,
            destination: mount.destination,
            driver: 'local',
            propagation: '',
            'read/write': String(!mount.readonly),
          }
        : { container: record.id, driver: 'local' };
    events.publish('volume', action, mount.source, attributes);
  }
}
