import { command, type CliContext } from '../command.ts';
import { configuredFormat } from '../docker-settings.ts';
import { filtersOf } from '../filters.ts';
import { CliError } from '../cli-error.ts';
import { UsageError, type FlagSpecs, type FlagValues } from '../flags/flags.ts';
import { integer } from '../flags/values.ts';
import { ellipsis, listText } from '../output/list.ts';
import { CONTAINER_LAYOUT, containerRow, SIZED_CONTAINER_LAYOUT, type ContainerSummary } from '../rows/containers.ts';
import {
  DIGEST_LAYOUT,
  EXACT_HISTORY_LAYOUT,
  HISTORY_LAYOUT,
  historyRow,
  IMAGE_LAYOUT,
  imageRows,
  type HistoryItem,
  type ImageSummary,
} from '../rows/images.ts';
import { imageTreeText, type TreeSummary } from '../rows/image-tree.ts';
import { NETWORK_LAYOUT, networkRow, type NetworkSummary } from '../rows/networks.ts';
import { CLUSTER_VOLUME_LAYOUT, VOLUME_LAYOUT, volumeRow, type VolumeSummary } from '../rows/volumes.ts';
import { platformJson } from './pull.ts';
import { visible } from '../output/visible.ts';

const LIST_FLAGS = {
  filter: { kind: 'list', short: 'f', value: 'filter', help: 'Show only what matches, NAME=VALUE' },
  format: { kind: 'string', help: 'How to print: table, "table TEMPLATE", json, or a Go template' },
  'no-trunc': { kind: 'boolean', help: 'Cut nothing off' },
  quiet: { kind: 'boolean', short: 'q', help: 'Print only ids' },
} as const satisfies FlagSpecs;

export const ps = command({
  name: 'ps',
  usage: '[OPTIONS]',
  summary: 'List containers',
  specs: {
    ...LIST_FLAGS,
    all: { kind: 'boolean', short: 'a', help: 'Show those that do not run too' },
    last: { kind: 'string', short: 'n', value: 'int', help: 'Show the last created, this many, in any state' },
    latest: { kind: 'boolean', short: 'l', help: 'Show the last created one, in any state' },
    size: { kind: 'boolean', short: 's', help: 'Show sizes on disk' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    if (flags.quiet && flags.format !== undefined)
      context.stderr.write('WARNING: Ignoring custom format, because both --format and --quiet are set.\n');
    const format = flags.quiet ? undefined : (flags.format ?? (await configuredFormat(context, 'psFormat')));
    const limit = flags.latest ? 1 : integer('last', flags.last, -1);
    const summaries = await context.api.json<ContainerSummary[]>('GET', '/containers/json', {
      query: {
        all: flags.all ? 1 : 0,
        limit: limit > 0 ? limit : undefined,
        filters: filtersOf(flags.filter),
        size: flags.size || /\.Size\b|\{\{\s*json\s+\.\s*\}\}/.test(format ?? '') ? 1 : undefined,
      },
    });
    const layout = flags.size ? SIZED_CONTAINER_LAYOUT : CONTAINER_LAYOUT;
    const rows = summaries.map((one) => containerRow(one, flags['no-trunc']));
    context.stdout.write(visible(listText(rows, layout, { format, quiet: flags.quiet }), context.stdout, format));
    return 0;
  },
});

export const images = command({
  name: 'images',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  summary: 'List images',
  specs: {
    ...LIST_FLAGS,
    all: { kind: 'boolean', short: 'a', help: 'Show intermediate images too' },
    digests: { kind: 'boolean', help: 'Show digests' },
    tree: { kind: 'boolean', help: 'Show the platforms that each image holds' },
  },
  completes: 'image',
  arity: [0, 1],
  run: async (context, flags, [reference]) => {
    if (flags.tree) return imageTree(context, flags, reference);
    const format = flags.format ?? (flags.quiet ? undefined : await configuredFormat(context, 'imagesFormat'));
    const filters = filtersOf([...flags.filter, ...(reference === undefined ? [] : [`reference=${reference}`])]);
    const summaries = await context.api.json<ImageSummary[]>('GET', '/images/json', {
      query: { all: flags.all ? 1 : 0, filters },
    });
    const digests = flags.digests || (format ?? '').includes('.Digest');
    const view = { full: flags['no-trunc'], digests, familiar: '' };
    const rows = summaries.toSorted((a, b) => b.Created - a.Created).flatMap((one) => imageRows(one, view));
    context.stdout.write(
      visible(
        listText(rows, digests ? DIGEST_LAYOUT : IMAGE_LAYOUT, { format, quiet: flags.quiet }),
        context.stdout,
        format,
      ),
    );
    return 0;
  },
});

async function imageTree(
  { api, stdout }: CliContext,
  flags: FlagValues<typeof LIST_FLAGS> & { readonly all: boolean; readonly digests: boolean },
  reference: string | undefined,
): Promise<number> {
  const others: Readonly<Record<string, boolean>> = {
    quiet: flags.quiet,
    'no-trunc': flags['no-trunc'],
    'show-digest': flags.digests,
    format: (flags.format ?? '') !== '',
  };
  for (const [name, isSet] of Object.entries(others))
    if (isSet) throw new CliError(`--${name} is not yet supported with --tree`);
  const filters = filtersOf([...flags.filter, ...(reference === undefined ? [] : [`reference=${reference}`])]);
  const found = await api.json<TreeSummary[]>('GET', '/images/json', {
    query: { all: flags.all ? 1 : 0, filters, manifests: 1 },
  });
  const isNamed = ({ RepoTags, RepoDigests }: TreeSummary): boolean =>
    [...(RepoTags ?? []), ...(RepoDigests ?? [])].some((name) => !name.startsWith('<none>'));
  // A terminal that does not know its size says 0.
  const columns = Math.max(20, (stdout.isTTY && stdout.columns) || 80);
  stdout.write(imageTreeText(flags.all ? found : found.filter(isNamed), { columns, isColoured: stdout.isTTY }));
  return 0;
}

export const history = command({
  name: 'history',
  usage: '[OPTIONS] IMAGE',
  summary: 'Show how an image was made',
  specs: {
    format: LIST_FLAGS.format,
    human: { kind: 'boolean', short: 'H', initial: true, help: 'Print sizes and dates in words' },
    'no-trunc': LIST_FLAGS['no-trunc'],
    platform: { kind: 'string', help: 'History of this platform, as linux/arm64' },
    quiet: LIST_FLAGS.quiet,
  },
  completes: 'image',
  arity: [1, 1],
  run: async ({ api, stdout }, flags, [name = '']) => {
    const query = flags.platform === undefined ? {} : { platform: platformJson(flags.platform) };
    const items = await api.json<HistoryItem[]>('GET', `/images/${name}/history`, { query });
    const rows = items.map((one) => historyRow(one, flags['no-trunc'], flags.human));
    stdout.write(
      visible(listText(rows, flags.human ? HISTORY_LAYOUT : EXACT_HISTORY_LAYOUT, flags), stdout, flags.format),
    );
    return 0;
  },
});

export const networkList = command({
  name: 'network ls',
  usage: '[OPTIONS]',
  summary: 'List networks',
  specs: LIST_FLAGS,
  arity: [0, 0],
  run: async (context, flags) => {
    const format = flags.format ?? (flags.quiet ? undefined : await configuredFormat(context, 'networksFormat'));
    const found = await context.api.json<NetworkSummary[]>('GET', '/networks', {
      query: { filters: filtersOf(flags.filter) },
    });
    const rows = found.toSorted((a, b) => (a.Name < b.Name ? -1 : 1)).map((one) => networkRow(one, flags['no-trunc']));
    context.stdout.write(
      visible(listText(rows, NETWORK_LAYOUT, { format, quiet: flags.quiet }), context.stdout, format),
    );
    return 0;
  },
});

export const volumeList = command({
  name: 'volume ls',
  usage: '[OPTIONS]',
  summary: 'List volumes',
  specs: {
    filter: LIST_FLAGS.filter,
    format: LIST_FLAGS.format,
    quiet: { kind: 'boolean', short: 'q', help: 'Print only names' },
    cluster: { kind: 'boolean', help: 'Show only volumes of a swarm' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    const isPlain = flags.cluster || flags.quiet;
    const chosen = flags.format ?? (isPlain ? undefined : await configuredFormat(context, 'volumesFormat'));
    const format = flags.cluster ? undefined : chosen;
    const { Volumes } = await context.api.json<{ Volumes: VolumeSummary[] | null }>('GET', '/volumes', {
      query: { filters: filtersOf(flags.filter) },
    });
    const rows = (Volumes ?? [])
      .filter(({ ClusterVolume }) => !flags.cluster || (ClusterVolume ?? null) !== null)
      .toSorted((a, b) => (a.Name < b.Name ? -1 : 1))
      .map(volumeRow);
    const layout = flags.cluster ? CLUSTER_VOLUME_LAYOUT : VOLUME_LAYOUT;
    context.stdout.write(visible(listText(rows, layout, { format, quiet: flags.quiet }), context.stdout, format));
    return 0;
  },
});

export const search = command({
  name: 'search',
  usage: '[OPTIONS] TERM',
  summary: 'Search a registry for images',
  specs: {
    filter: LIST_FLAGS.filter,
    format: LIST_FLAGS.format,
    limit: { kind: 'string', value: 'int', help: 'Most results' },
    'no-trunc': LIST_FLAGS['no-trunc'],
  },
  arity: [1, 1],
  run: async (context, flags, [term = '']) => {
    if (term === '') throw new UsageError('a search term is required');
    const found = await context.api.json<
      { name: string; description: string; star_count: number; is_official: boolean; is_automated: boolean }[]
    >('GET', '/images/search', {
      query: { term, limit: integer('limit', flags.limit, undefined), filters: filtersOf(flags.filter) },
    });
    const rows = found.map((one) => ({
      Name: one.name,
      Description: flags['no-trunc'] ? one.description : ellipsis(one.description.replaceAll(/[\r\n]/g, ' '), 45),
      StarCount: String(one.star_count),
      IsOfficial: one.is_official ? '[OK]' : '',
      IsAutomated: one.is_automated ? '[OK]' : '',
    }));
    const headers = {
      Name: 'NAME',
      Description: 'DESCRIPTION',
      StarCount: 'STARS',
      IsOfficial: 'OFFICIAL',
      IsAutomated: 'AUTOMATED',
    };
    const table = '{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}';
    context.stdout.write(
      visible(listText(rows, { headers, table }, { format: flags.format }), context.stdout, flags.format),
    );
    return 0;
  },
});
