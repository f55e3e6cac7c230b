import { hostPlatform } from '../../images/platform.ts';
import type { Draft } from '../../../common/grpc/message.ts';
import type { WorkerRecord } from './messages/control.ts';

/** The machine as BuildKit's clients see it. */
export interface WorkerInfo {
  readonly record: Draft<WorkerRecord>;
  readonly version: { readonly package: string; readonly version: string };
}

/** The version of BuildKit whose protocol this is: clients look at it to know what they may ask for. */
const VERSION = 'v0.13.1';

/** `hostGateway` is the address that `host-gateway` stands for; '' when it is not known. */
export function workerInfo(id: string, host: string, hostGateway: string): WorkerInfo {
  const { architecture, os, variant } = hostPlatform();
  const labels = new Map([
    ['org.mobyproject.buildkit.worker.hostname', host],
    ['org.mobyproject.buildkit.worker.network', 'host'],
    ['org.mobyproject.buildkit.worker.executor', 'berth'],
    // Clients take it for the sign that caches, attestations and several platforms can be asked for.
    ['org.mobyproject.buildkit.worker.snapshotter', 'overlayfs'],
    ...(hostGateway === '' ? [] : [['org.mobyproject.buildkit.worker.moby.host-gateway-ip', hostGateway] as const]),
  ]);
  const version = { package: 'github.com/moby/buildkit', version: VERSION };
  return {
    version,
    record: {
      id,
      labels,
      platforms: [{ architecture, os, variant }],
      version,
    },
  };
}
