import { ellipsis, goTime, labelFields, shortId, type ListLayout, type Row } from '../output/list.ts';
import { NIL } from '../template/go-value.ts';
import { formatBytes, formatDuration } from '../units.ts';
import { portsText, type PortRow } from './ports.ts';

/** A container in the answer of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[] | null;
  readonly Image: string;
  readonly Command: string;
  readonly Created: number;
  readonly Ports: readonly PortRow[] | null;
  readonly State: string;
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Mounts?: readonly { readonly Name?: string; readonly Source: string; readonly Driver?: string }[] | null;
  readonly NetworkSettings?: { readonly Networks: Readonly<Record<string, unknown>> | null } | null;
  readonly ImageManifestDescriptor?: { readonly platform?: unknown };
}

export const CONTAINER_LAYOUT: ListLayout = {
  headers: {
    ID: 'CONTAINER ID',
    Names: 'NAMES',
    Image: 'IMAGE',
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    Ports: 'PORTS',
    State: 'STATE',
    Status: 'STATUS',
    Size: 'SIZE',
    Labels: 'LABELS',
    Mounts: 'MOUNTS',
    LocalVolumes: 'LOCAL VOLUMES',
    Networks: 'NETWORKS',
    Platform: 'PLATFORM',
  },
  table: '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}',
  quiet: '{{.ID}}',
};

/** With `--size`. */
export const SIZED_CONTAINER_LAYOUT: ListLayout = {
  ...CONTAINER_LAYOUT,
  table: `${CONTAINER_LAYOUT.table}\t{{.Size}}`,
};

/** A container as `ps` shows it. `full`: nothing is cut. */
export function containerRow(summary: ContainerSummary, full: boolean): Row {
  const names = (summary.Names ?? []).map((name) => name.replace(/^\//, ''));
  const cut = (text: string, length: number): string => (full ? text : ellipsis(text, length));
  const mounts = summary.Mounts ?? [];
  return {
    ID: shortId(summary.Id, full),
    // Names with a slash inside are those that links gave.
    Names: (full ? names : names.filter((name) => !name.includes('/'))).join(','),
    Image:
      summary.Image === ''
        ? '<no image>'
        : full
          ? summary.Image
          : summary.Image.replace(/^sha256:([\da-f]{12})[\da-f]*$/, '$1'),
    Command: JSON.stringify(cut(summary.Command, 20)),
    CreatedAt: goTime(summary.Created),
    RunningFor: `${formatDuration(Date.now() / 1000 - summary.Created)} ago`,
    Ports: portsText(summary.Ports ?? []),
    State: summary.State,
    Status: summary.Status,
    Size: sizeText(summary),
    Mounts: mounts.map((one) => cut(one.Name === undefined || one.Name === '' ? one.Source : one.Name, 15)).join(','),
    LocalVolumes: String(mounts.filter(({ Driver }) => Driver === 'local').length),
    Networks: Object.keys(summary.NetworkSettings?.Networks ?? {})
      .sort()
      .join(','),
    Platform: summary.ImageManifestDescriptor?.platform ?? NIL,
    ...labelFields(summary.Labels),
  };
}

function sizeText({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  return SizeRootFs > 0 ? `${formatBytes(SizeRw)} (virtual ${formatBytes(SizeRootFs)})` : formatBytes(SizeRw);
}
