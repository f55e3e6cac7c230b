import { ellipsis, goTime, shortId, type ListLayout, type Row } from '../output/list.ts';
import { formatBytes, formatDuration } from '../units.ts';

/** An image in the answer of `GET /images/json`. */
export interface ImageSummary {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Created: number;
  readonly Size: number;
  readonly SharedSize?: number;
  readonly Containers?: number;
}

export const IMAGE_LAYOUT: ListLayout = {
  headers: {
    ID: 'IMAGE ID',
    Repository: 'REPOSITORY',
    Tag: 'TAG',
    Digest: 'DIGEST',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    Size: 'SIZE',
    Containers: 'CONTAINERS',
    VirtualSize: 'SIZE',
    SharedSize: 'SHARED SIZE',
    UniqueSize: 'UNIQUE SIZE',
  },
  table: '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}',
  quiet: '{{.ID}}',
};

/** With `--digests`. */
export const DIGEST_LAYOUT: ListLayout = {
  ...IMAGE_LAYOUT,
  table: '{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}',
};

export interface ImageView {
  readonly full: boolean;
  /** A row for each digest too. */
  readonly digests: boolean;
  /** Only this name, as a reference without wildcards, or ''. */
  readonly familiar: string;
}

interface Name {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** The rows of an image: one for each of its names. */
export function imageRows(summary: ImageSummary, { full, digests, familiar }: ImageView): Row[] {
  const common = {
    ID: shortId(summary.Id, full),
    CreatedSince: `${formatDuration(Date.now() / 1000 - summary.Created)} ago`,
    CreatedAt: goTime(summary.Created),
    Size: formatBytes(summary.Size),
    Containers: counted(summary.Containers),
    VirtualSize: formatBytes(summary.Size, 4),
    SharedSize: (summary.SharedSize ?? -1) < 0 ? 'N/A' : formatBytes(summary.SharedSize ?? 0, 4),
    UniqueSize: (summary.SharedSize ?? -1) < 0 ? 'N/A' : formatBytes(summary.Size - (summary.SharedSize ?? 0), 4),
  };
  return namesOf(summary, digests, familiar).map(({ repository, tag, digest }) => ({
    ...common,
    Repository: repository,
    Tag: tag,
    Digest: digest,
  }));
}

function counted(count = -1): string {
  return count < 0 ? 'N/A' : String(count);
}

function namesOf(summary: ImageSummary, digests: boolean, familiar: string): Name[] {
  const tags = (summary.RepoTags ?? []).filter((one) => one !== '<none>:<none>').map(tagParts);
  const hashes = (summary.RepoDigests ?? []).filter((one) => one !== '<none>@<none>').map(digestParts);
  const isWanted = ({ repository }: { repository: string }): boolean => familiar === '' || repository === familiar;
  const names: Name[] = [];
  for (const { repository, tag } of tags.filter(isWanted)) {
    const own = hashes.filter((one) => one.repository === repository);
    if (!digests || own.length === 0) names.push({ repository, tag, digest: '<none>' });
    else names.push(...own.map(({ digest }) => ({ repository, tag, digest })));
  }
  for (const { repository, digest } of hashes.filter(isWanted))
    if (!tags.some((one) => one.repository === repository))
      names.push({ repository, tag: '<none>', digest: digests ? digest : '<none>' });
  return names.length > 0 || tags.length + hashes.length > 0
    ? names
    : [{ repository: '<none>', tag: '<none>', digest: '<none>' }];
}

function tagParts(name: string): { repository: string; tag: string } {
  const colon = name.lastIndexOf(':');
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

function digestParts(name: string): { repository: string; digest: string } {
  const at = name.indexOf('@');
  return { repository: name.slice(0, at), digest: name.slice(at + 1) };
}

export interface HistoryItem {
  readonly Id: string;
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Size: number;
  readonly Comment: string;
}

export const HISTORY_LAYOUT: ListLayout = {
  headers: {
    ID: 'IMAGE',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    CreatedBy: 'CREATED BY',
    Size: 'SIZE',
    Comment: 'COMMENT',
  },
  table: '{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}',
  quiet: '{{.ID}}',
};

/** With `--human=false`. */
export const EXACT_HISTORY_LAYOUT: ListLayout = {
  ...HISTORY_LAYOUT,
  headers: { ...HISTORY_LAYOUT.headers, CreatedSince: 'CREATED AT' },
};

/** A step of an image's making. `human`: sizes and dates in words. */
export function historyRow(item: HistoryItem, full: boolean, human: boolean): Row {
  const createdBy = item.CreatedBy.replaceAll('\t', ' ');
  const at = goStamp(item.Created);
  return {
    ID: item.Id.startsWith('sha256:') ? shortId(item.Id, full) : item.Id,
    CreatedAt: at,
    CreatedSince: human ? (item.Created <= 0 ? 'N/A' : `${formatDuration(Date.now() / 1000 - item.Created)} ago`) : at,
    CreatedBy: full ? createdBy : ellipsis(createdBy, 45),
    Size: human ? formatBytes(item.Size) : String(item.Size),
    Comment: item.Comment,
  };
}

/** RFC 3339 in this machine's zone. */
function goStamp(seconds: number): string {
  const [day = '', time = '', offset = ''] = goTime(seconds).split(' ');
  return `${day}T${time}${offset === '+0000' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3)}`}`;
}
