import { labelFields, type ListLayout, type Row } from '../output/list.ts';
import { formatBytes } from '../units.ts';

/** A volume in the answer of `GET /volumes`. */
export interface VolumeSummary {
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Mountpoint: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
  /** What a swarm says of a volume that is all its nodes'. */
  readonly ClusterVolume?: {
    readonly Spec: { readonly Group?: string; readonly Availability?: string };
    readonly Info?: { readonly VolumeID?: string } | null;
    readonly PublishStatus?: readonly unknown[] | null;
  } | null;
}

export const VOLUME_LAYOUT: ListLayout = {
  headers: {
    Name: 'VOLUME NAME',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    Mountpoint: 'MOUNTPOINT',
    Links: 'LINKS',
    Size: 'SIZE',
    Labels: 'LABELS',
    Group: 'GROUP',
    Availability: 'AVAILABILITY',
    Status: 'STATUS',
  },
  table: '{{.Driver}}\t{{.Name}}',
  quiet: '{{.Name}}',
};

/** With `--cluster`. */
export const CLUSTER_VOLUME_LAYOUT: ListLayout = {
  ...VOLUME_LAYOUT,
  table: '{{.Name}}\t{{.Group}}\t{{.Driver}}\t{{.Availability}}\t{{.Status}}',
};

export function volumeRow(summary: VolumeSummary): Row {
  const usage = summary.UsageData ?? null;
  return {
    Name: summary.Name,
    Driver: summary.Driver,
    Scope: summary.Scope,
    Mountpoint: summary.Mountpoint,
    Links: usage === null ? 'N/A' : String(usage.RefCount),
    Size: usage === null ? 'N/A' : formatBytes(usage.Size, 4),
    ...clusterFields(summary.ClusterVolume ?? null),
    ...labelFields(summary.Labels),
  };
}

/** Only volumes of a swarm have these. */
function clusterFields(volume: NonNullable<VolumeSummary['ClusterVolume']> | null): Row {
  if (volume === null) return { Group: 'N/A', Availability: 'N/A', Status: 'N/A' };
  const { Spec, Info, PublishStatus } = volume;
  const count = PublishStatus?.length ?? 0;
  const used = count === 0 ? 'created' : `in use (${count} node${count === 1 ? '' : 's'})`;
  return {
    Group: Spec.Group ?? '',
    Availability: Spec.Availability ?? '',
    Status: (Info?.VolumeID ?? '') === '' ? 'pending creation' : used,
  };
}
