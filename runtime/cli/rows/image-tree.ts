import { characters, ellipsis, shortId } from '../output/list.ts';
import { visible } from '../output/visible.ts';
import { formatBytes } from '../units.ts';
import type { ImageSummary } from './images.ts';

/** One image of several under a name, as `GET /images/json?manifests=1` tells of those it knows. */
interface ManifestSummary {
  readonly ID: string;
  readonly Kind: string;
  readonly Available: boolean;
  readonly Size: { readonly Total: number; readonly Content: number };
  readonly ImageData?: {
    readonly Platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
    readonly Containers?: readonly string[] | null;
  };
}

/** An image with those it holds for other platforms. */
export interface TreeSummary extends ImageSummary {
  readonly Manifests?: readonly ManifestSummary[] | null;
}

interface Line {
  readonly name: string;
  readonly cells: readonly string[];
  readonly isFaint: boolean;
}

interface Branch {
  /** Names that stand on lines of their own above the image's. */
  readonly above: readonly string[];
  readonly image: Line;
  readonly platforms: readonly Line[];
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly isRight: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', width: 12, isRight: false },
  { title: 'DISK USAGE', width: 10, isRight: true },
  { title: 'CONTENT SIZE', width: 12, isRight: true },
  { title: 'EXTRA', width: 5, isRight: false },
];
const GAP = '   ';
/** Names are never cut below this: columns on the right are left out before. */
const LEAST_NAME = 12;

/** Where a tree is printed. */
export interface TreeView {
  readonly columns: number;
  readonly isColoured: boolean;
}

/** The text of `images --tree`: each image with all its names, and below it what it is on each platform. */
export function imageTreeText(summaries: readonly TreeSummary[], view: TreeView): string {
  const branches = summaries.toSorted((a, b) => b.Created - a.Created).map(branchOf);
  const lines = branches.flatMap(({ image, platforms }) => [image, ...platforms]);
  const names = [...lines.map(({ name }) => name), ...branches.flatMap(({ above }) => above), 'IMAGE'];
  const wanted = Math.max(...names.map((name) => characters(name).length));
  const columns = fitting(view.columns);
  const room = view.columns - columns.reduce((sum, { width }) => sum + width + GAP.length, 0);
  const width = Math.min(wanted, room);
  const nameCell = (name: string): string => ellipsis(name, width).padEnd(width);
  const otherCells = (cells: readonly string[]): string =>
    columns
      .map(({ width: own, isRight }, at) => (isRight ? (cells[at] ?? '').padStart(own) : (cells[at] ?? '').padEnd(own)))
      .map((cell) => GAP + cell)
      .join('');
  const paint = (code: string, text: string): string => (view.isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const isSpaced = lines.length > branches.length;
  const text = branches.map(({ above, image, platforms }) =>
    [
      ...above.map((name) => paint('1;34', ellipsis(name, view.columns))),
      paint('1;34', nameCell(image.name)) + otherCells(image.cells),
      ...platforms.map(({ name, cells, isFaint }) => paint(isFaint ? '2' : '0', nameCell(name) + otherCells(cells))),
      ...(isSpaced ? [''] : []),
    ]
      .map((line) => `${line}\n`)
      .join(''),
  );
  const heading = paint('1', nameCell('IMAGE') + otherCells(columns.map(({ title }) => title)));
  return `${'Info ->  U In Use '.padStart(view.columns)}\n\n${heading}\n${text.join('')}`;
}

/** The columns that stand beside names of the least width. */
function fitting(width: number): readonly Column[] {
  let room = width;
  const end = COLUMNS.findIndex((column) => {
    room -= column.width + GAP.length;
    return room < LEAST_NAME;
  });
  return end < 0 ? COLUMNS : COLUMNS.slice(0, end);
}

function branchOf(summary: TreeSummary): Branch {
  const manifests = summary.Manifests ?? [];
  const held = manifests.filter(({ Kind }) => Kind === 'image');
  const platforms = held.map((one, at) => platformLine(one, at === held.length - 1));
  // The longest first, so that the shortest stands beside the numbers.
  const names = (summary.RepoTags ?? []).toSorted((a, b) => b.length - a.length);
  const isUsed = (summary.Containers ?? -1) > 0 || held.some((one) => usersOf(one) > 0);
  const content = manifests.reduce((sum, { Size }) => sum + Size.Content, 0);
  return {
    above: names.slice(0, -1),
    image: {
      name: names.at(-1) ?? '<untagged>',
      cells: [shortId(summary.Id), formatBytes(summary.Size), formatBytes(content), used(isUsed)],
      isFaint: false,
    },
    platforms,
  };
}

function usersOf({ ImageData }: ManifestSummary): number {
  return ImageData?.Containers?.length ?? 0;
}

function used(isUsed: boolean): string {
  return isUsed ? 'U' : '';
}

function platformLine(manifest: ManifestSummary, isLast: boolean): Line {
  const { ID, Available, Size, ImageData } = manifest;
  const { os = '', architecture = '', variant = '' } = ImageData?.Platform ?? {};
  const platform = [os, architecture, variant].filter((part) => part !== '').join('/');
  return {
    // An image's own words, between those that colour a terminal.
    name: `${isLast ? '└─' : '├─'} ${visible(platform, { isTTY: true })}`,
    cells: [shortId(ID), formatBytes(Size.Total), formatBytes(Size.Content), used(usersOf(manifest) > 0)],
    isFaint: !Available,
  };
}
