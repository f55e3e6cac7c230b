import { pair } from '../../common/fields.ts';
import type { FlagSpecs, FlagValues } from '../flags/flags.ts';
import { bytes } from '../flags/values.ts';

/** Flags of volumes that are a whole swarm's. */
export const CLUSTER_FLAGS = {
  availability: { kind: 'string', help: 'Who may use a volume of a swarm: active, pause or drain' },
  group: { kind: 'string', help: 'Group of a volume of a swarm' },
  'limit-bytes': { kind: 'string', value: 'bytes', help: 'Greatest size of a volume of a swarm' },
  'required-bytes': { kind: 'string', value: 'bytes', help: 'Least size of a volume of a swarm' },
  scope: { kind: 'string', help: 'On how many nodes a volume of a swarm is used at once: single or multi' },
  secret: { kind: 'list', value: 'map', help: 'Secret for the driver of a volume of a swarm, KEY=NAME' },
  sharing: {
    kind: 'string',
    help: 'Who of several writes to a volume of a swarm: none, readonly, onewriter or all',
  },
  'topology-preferred': { kind: 'list', help: 'Where a volume of a swarm had best be, SEGMENT=VALUE[,...]' },
  'topology-required': { kind: 'list', help: 'Where a volume of a swarm has to be, SEGMENT=VALUE[,...]' },
  type: { kind: 'string', help: 'How a volume of a swarm is used: mount or block' },
} as const satisfies FlagSpecs;

/** What the flags say of a volume of a swarm, for the body of `POST /volumes/create`; empty without any of them. */
export function clusterVolumeSpec(flags: FlagValues<typeof CLUSTER_FLAGS>): Record<string, unknown> {
  const { availability, group, scope, sharing, type } = flags;
  const limit = flags['limit-bytes'];
  const required = flags['required-bytes'];
  if ([availability, group, scope, sharing, type, limit, required].every((one) => one === undefined)) return {};
  return {
    ClusterVolumeSpec: {
      Group: group ?? '',
      AccessMode: {
        Scope: scope ?? 'single',
        Sharing: sharing ?? 'none',
        ...(type === 'mount' ? { MountVolume: {} } : {}),
        ...((type ?? 'block') === 'block' ? { BlockVolume: {} } : {}),
      },
      AccessibilityRequirements: {
        Requisite: flags['topology-required'].map(topology),
        Preferred: flags['topology-preferred'].map(topology),
      },
      CapacityRange: {
        RequiredBytes: bytes('required-bytes', required),
        LimitBytes: bytes('limit-bytes', limit),
      },
      Secrets: flags.secret
        .map(pair)
        .map(([Key, Secret]) => ({ Key, Secret }))
        .sort((a, b) => (a.Key < b.Key ? -1 : 1)),
      Availability: availability ?? 'active',
    },
  };
}

function topology(text: string): { Segments: Record<string, string> } {
  return { Segments: Object.fromEntries(text.split(',').map(pair)) };
}
