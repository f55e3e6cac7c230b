import type { DiskUsage, Prunable } from '../contract/system.ts';
import type { DockerClient } from './docker-client.ts';
import { isHelper } from './helper.ts';

/** Answer of `GET /system/df`. */
export interface DockerDf {
  readonly LayersSize?: number;
  readonly Images:
    | readonly {
        Id: string;
        RepoTags: readonly string[] | null;
        Size: number;
        SharedSize: number;
        Containers: number;
        Labels: Record<string, string> | null;
      }[]
    | null;
  readonly Containers:
    | readonly {
        Id: string;
        Names: readonly string[] | null;
        SizeRw?: number;
        State: string;
        Labels: Record<string, string> | null;
      }[]
    | null;
  readonly Volumes: readonly { Name: string; UsageData?: { Size: number; RefCount: number } | null }[] | null;
  readonly BuildCache:
    readonly { ID: string; Type: string; Description?: string; Size: number; InUse: boolean }[] | null;
}

/** What takes how much room. */
export async function diskUsage(docker: DockerClient, signal: AbortSignal): Promise<DiskUsage> {
  return usageOf(await docker.json<DockerDf>('GET', '/system/df', { signal }));
}

/** Bytes of an image's layers that no other image has. */
function ownBytes({ Size, SharedSize }: { readonly Size: number; readonly SharedSize: number }): number {
  return Math.max(0, Size - Math.max(0, SharedSize));
}

/** What takes how much room, each byte counted once. */
export function usageOf(df: DockerDf): DiskUsage {
  const own = (df.Images ?? []).reduce((sum, image) => sum + ownBytes(image), 0);
  return {
    sharedLayersBytes: Math.max(0, (df.LayersSize ?? 0) - own),
    images: (df.Images ?? [])
      .filter(({ Labels }) => !isHelper(Labels))
      .map((image) => ({
        id: image.Id,
        name: image.RepoTags?.[0] ?? '',
        size: ownBytes(image),
        inUse: image.Containers > 0,
        running: false,
      })),
    containers: (df.Containers ?? [])
      .filter(({ Labels }) => !isHelper(Labels))
      .map(({ Id, Names, SizeRw, State }) => ({
        id: Id,
        name: Names?.[0]?.replace(/^\//, '') ?? '',
        size: SizeRw ?? 0,
        inUse: State === 'running' || State === 'paused' || State === 'restarting',
        running: State === 'running',
      })),
    volumes: (df.Volumes ?? []).map(({ Name, UsageData }) => ({
      id: Name,
      name: Name,
      size: Math.max(0, UsageData?.Size ?? 0),
      inUse: (UsageData?.RefCount ?? 0) > 0,
      running: false,
    })),
    buildCache: (df.BuildCache ?? []).map(({ ID, Type, Description, Size, InUse }) => ({
      id: ID,
      name: Description ?? Type,
      size: Size,
      inUse: InUse,
      running: false,
    })),
  };
}

const PATHS: Readonly<Record<Prunable, readonly [path: string, filters: Readonly<Record<string, readonly string[]>>]>> =
  {
    containers: ['/containers/prune', {}],
    dangling: ['/images/prune', { dangling: ['true'] }],
    images: ['/images/prune', { dangling: ['false'] }],
    volumes: ['/volumes/prune', { all: ['true'] }],
    networks: ['/networks/prune', {}],
    cache: ['/build/prune', {}],
  };

/** Takes away what nothing uses. */
export async function prune(
  docker: DockerClient,
  what: Prunable,
  signal: AbortSignal,
): Promise<{ deleted: number; reclaimedBytes: number }> {
  const [path, filters] = PATHS[what];
  const answer = await docker.json<Record<string, unknown>>('POST', path, {
    query: { filters: JSON.stringify(filters) },
    signal,
  });
  const lists = Object.values(answer).filter((value) => Array.isArray(value));
  const { SpaceReclaimed } = answer;
  return {
    deleted: lists.reduce((sum, list) => sum + list.length, 0),
    reclaimedBytes: typeof SpaceReclaimed === 'number' ? SpaceReclaimed : 0,
  };
}
