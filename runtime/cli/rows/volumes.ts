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

export function volumeRow(summary: VolumeSummary): Row {
  const usage = summary.UsageData ?? null;
  return {
    Name: summary.Name,
    Driver: summary.Driver,
    Scope: summary.Scope,
    Mountpoint: summary.Mountpoint,
    Links: usage === null ? 'N/A' : String(usage.RefCount),
    Size: usage === null ? 'N/A' : formatBytes(usage.Size, 4),
    // Only volumes of a cluster have these.
    Group: 'N/A',
    Availability: 'N/A',
    Status: 'N/A',
    ...labelFields(summary.Labels),
  };
}
