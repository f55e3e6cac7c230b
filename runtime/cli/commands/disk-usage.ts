import { command } from '../command.ts';
import { listText, type ListLayout, type Row } from '../output/list.ts';
import { CONTAINER_LAYOUT, containerRow, type ContainerSummary } from '../rows/containers.ts';
import { IMAGE_LAYOUT, imageRows, type ImageSummary } from '../rows/images.ts';
import { VOLUME_LAYOUT, volumeRow, type VolumeSummary } from '../rows/volumes.ts';
import { formatBytes } from '../units.ts';
import { visible } from '../output/visible.ts';

interface DiskUsage {
  readonly LayersSize: number;
  readonly Images: readonly ImageSummary[] | null;
  readonly Containers: readonly ContainerSummary[] | null;
  readonly Volumes: readonly VolumeSummary[] | null;
  readonly BuildCache: readonly { readonly Size: number; readonly InUse: boolean; readonly Shared: boolean }[] | null;
}

const LAYOUT: ListLayout = {
  headers: { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' },
  table: '{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}',
};

export const systemDf = command({
  name: 'system df',
  usage: '[OPTIONS]',
  summary: 'Show what images, containers and volumes take of the disk',
  specs: {
    format: { kind: 'string', help: 'How to print: table, json, or a Go template' },
    verbose: { kind: 'boolean', short: 'v', help: 'Show each image, container and volume' },
  },
  arity: [0, 0],
  run: async ({ api, stdout }, flags) => {
    const usage = await api.json<DiskUsage>('GET', '/system/df');
    const isDetailed = flags.verbose && (flags.format === undefined || flags.format === 'table');
    const text = isDetailed ? details(usage) : listText(summary(usage), LAYOUT, { format: flags.format });
    stdout.write(visible(text, stdout, flags.format));
    return 0;
  },
});

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + Math.max(0, size(item)), 0);
}

function line(type: string, total: number, active: number, size: number, free: number, percent: boolean): Row {
  const share = percent && size > 0 ? ` (${Math.trunc((free * 100) / size)}%)` : '';
  return {
    Type: type,
    TotalCount: String(total),
    Active: String(active),
    Size: formatBytes(size, 4),
    Reclaimable: `${formatBytes(free, 4)}${share}`,
  };
}

function summary({ LayersSize, Images, Containers, Volumes, BuildCache }: DiskUsage): Row[] {
  const images = Images ?? [];
  const containers = Containers ?? [];
  const volumes = Volumes ?? [];
  const cache = BuildCache ?? [];
  const usedImages = images.filter((one) => (one.Containers ?? 0) !== 0);
  const imageBytes = sum(usedImages, (one) => one.Size - Math.max(0, one.SharedSize ?? 0));
  const active = containers.filter(({ State }) => /running|paused|restarting/.test(State.toLowerCase()));
  const idle = containers.filter((one) => !active.includes(one));
  const used = volumes.filter((one) => (one.UsageData?.RefCount ?? 0) > 0);
  const unused = volumes.filter((one) => !used.includes(one));
  const volumeBytes = (one: VolumeSummary): number => one.UsageData?.Size ?? 0;
  return [
    line('Images', images.length, usedImages.length, LayersSize, LayersSize - imageBytes, true),
    line(
      'Containers',
      containers.length,
      active.length,
      sum(containers, (one) => one.SizeRw ?? 0),
      sum(idle, (one) => one.SizeRw ?? 0),
      true,
    ),
    line('Local Volumes', volumes.length, used.length, sum(volumes, volumeBytes), sum(unused, volumeBytes), true),
    line(
      'Build Cache',
      cache.length,
      cache.filter(({ InUse }) => InUse).length,
      sum(cache, ({ Size }) => Size),
      sum(
        cache.filter(({ InUse, Shared }) => !InUse && !Shared),
        ({ Size }) => Size,
      ),
      false,
    ),
  ];
}

/** Each kind with a table of its own. */
function details({ Images, Containers, Volumes, BuildCache }: DiskUsage): string {
  const images = (Images ?? []).flatMap((one) =>
    imageRows(one, { full: false, digests: false, familiar: '' }).slice(0, 1),
  );
  const imageTable = `${IMAGE_LAYOUT.table}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}`;
  const containerTable =
    '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}';
  const containers = (Containers ?? []).map((one) => containerRow({ ...one, SizeRootFs: 0 }, false));
  return [
    `Images space usage:\n\n${listText(images, { ...IMAGE_LAYOUT, table: imageTable }, {})}`,
    `Containers space usage:\n\n${listText(containers, { ...CONTAINER_LAYOUT, table: containerTable }, {})}`,
    `Local Volumes space usage:\n\n${listText((Volumes ?? []).map(volumeRow), { ...VOLUME_LAYOUT, table: '{{.Name}}\t{{.Links}}\t{{.Size}}' }, {})}`,
    `Build cache usage: ${formatBytes(
      sum(BuildCache ?? [], ({ Size }) => Size),
      4,
    )}\n\n${listText([], { headers: CACHE_HEADERS, table: CACHE_TABLE }, {})}`,
  ].join('\n');
}

const CACHE_HEADERS = {
  ID: 'CACHE ID',
  CacheType: 'CACHE TYPE',
  Size: 'SIZE',
  CreatedSince: 'CREATED',
  LastUsedSince: 'LAST USED',
  UsageCount: 'USAGE',
  Shared: 'SHARED',
};
const CACHE_TABLE =
  '{{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}';
