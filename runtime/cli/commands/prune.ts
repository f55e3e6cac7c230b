import { command, type CliContext } from '../command.ts';
import { pruneBuilds } from './build.ts';
import { CliError } from '../cli-error.ts';
import { confirmed } from '../confirm.ts';
import { pruneFilters } from '../docker-settings.ts';
import { filtersOf } from '../filters.ts';
import type { FlagSpecs } from '../flags/flags.ts';
import { formatBytes } from '../units.ts';

const PRUNE_FLAGS = {
  filter: { kind: 'list', value: 'filter', help: 'Remove only what matches, as until=24h or label=NAME' },
  force: { kind: 'boolean', short: 'f', help: 'Do not ask' },
} as const satisfies FlagSpecs;

/** What was removed, as printed, and the bytes that are free now. */
interface Pruned {
  readonly text: string;
  readonly bytes: number;
}

interface ImageAnswer {
  readonly ImagesDeleted: readonly { readonly Untagged?: string; readonly Deleted?: string }[] | null;
  readonly SpaceReclaimed: number;
}

function section(title: string, names: readonly string[] | null | undefined): string {
  return (names ?? []).length === 0 ? '' : `${title}:\n${(names ?? []).join('\n')}\n\n`;
}

async function pruneContainers({ api }: CliContext, filters: readonly string[]): Promise<Pruned> {
  const done = await api.json<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }>(
    'POST',
    '/containers/prune',
    {
      query: { filters: filtersOf(filters) },
    },
  );
  return { text: section('Deleted Containers', done.ContainersDeleted), bytes: done.SpaceReclaimed };
}

async function pruneNetworks({ api }: CliContext, filters: readonly string[]): Promise<Pruned> {
  const done = await api.json<{ NetworksDeleted: string[] | null }>('POST', '/networks/prune', {
    query: { filters: filtersOf(filters) },
  });
  return { text: section('Deleted Networks', done.NetworksDeleted), bytes: 0 };
}

async function pruneVolumes({ api }: CliContext, filters: readonly string[]): Promise<Pruned> {
  const done = await api.json<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }>('POST', '/volumes/prune', {
    query: { filters: filtersOf(filters) },
  });
  return { text: section('Deleted Volumes', done.VolumesDeleted), bytes: done.SpaceReclaimed };
}

async function pruneImages({ api }: CliContext, all: boolean, filters: readonly string[]): Promise<Pruned> {
  const done = await api.json<ImageAnswer>('POST', '/images/prune', {
    query: { filters: filtersOf([...filters, `dangling=${String(!all)}`]) },
  });
  const lines = (done.ImagesDeleted ?? []).map((one) =>
    one.Untagged === undefined || one.Untagged === '' ? `deleted: ${one.Deleted ?? ''}` : `untagged: ${one.Untagged}`,
  );
  return { text: section('Deleted Images', lines), bytes: done.SpaceReclaimed };
}

async function pruneCache(context: CliContext, all: boolean, filters: readonly string[]): Promise<Pruned> {
  // Labels are not of results of builds.
  const own = filters.filter((one) => one.startsWith('until'));
  const { ids, reclaimed } = await pruneBuilds(context, all, own);
  return { text: section('Deleted build cache objects', ids), bytes: reclaimed };
}

async function report(context: CliContext, pruned: Promise<Pruned>, sized = true): Promise<number> {
  const { text, bytes } = await pruned;
  context.stdout.write(sized ? `${text}Total reclaimed space: ${formatBytes(bytes, 4)}\n` : text);
  return 0;
}

export const containerPrune = command({
  name: 'container prune',
  usage: '[OPTIONS]',
  summary: 'Remove all stopped containers',
  specs: PRUNE_FLAGS,
  arity: [0, 0],
  run: async (context, flags) => {
    if (!flags.force && !(await confirmed(context, 'WARNING! This will remove all stopped containers.'))) return 0;
    const filters = await pruneFilters(context, flags.filter);
    return report(context, pruneContainers(context, filters));
  },
});

export const networkPrune = command({
  name: 'network prune',
  usage: '[OPTIONS]',
  summary: 'Remove all networks that no container uses',
  specs: PRUNE_FLAGS,
  arity: [0, 0],
  run: async (context, flags) => {
    const warning = 'WARNING! This will remove all custom networks not used by at least one container.';
    if (!flags.force && !(await confirmed(context, warning))) return 0;
    const filters = await pruneFilters(context, flags.filter);
    return report(context, pruneNetworks(context, filters), false);
  },
});

export const volumePrune = command({
  name: 'volume prune',
  usage: '[OPTIONS]',
  summary: 'Remove anonymous volumes that no container uses',
  specs: { ...PRUNE_FLAGS, all: { kind: 'boolean', short: 'a', help: 'Remove volumes with names too' } },
  arity: [0, 0],
  run: async (context, flags) => {
    const kind = flags.all ? 'all' : 'anonymous';
    const warning = `WARNING! This will remove ${kind} local volumes not used by at least one container.`;
    if (!flags.force && !(await confirmed(context, warning))) return 0;
    const filters = await pruneFilters(context, flags.filter);
    return report(context, pruneVolumes(context, flags.all ? [...filters, 'all=true'] : filters));
  },
});

export const imagePrune = command({
  name: 'image prune',
  usage: '[OPTIONS]',
  summary: 'Remove images without a name',
  specs: { ...PRUNE_FLAGS, all: { kind: 'boolean', short: 'a', help: 'Remove every image no container uses' } },
  arity: [0, 0],
  run: async (context, flags) => {
    const which = flags.all ? 'all images without at least one container associated to them.' : 'all dangling images.';
    if (!flags.force && !(await confirmed(context, `WARNING! This will remove ${which}`))) return 0;
    return report(context, pruneImages(context, flags.all, await pruneFilters(context, flags.filter)));
  },
});

export const systemPrune = command({
  name: 'system prune',
  usage: '[OPTIONS]',
  summary: 'Remove stopped containers, unused networks and images',
  specs: {
    ...PRUNE_FLAGS,
    all: { kind: 'boolean', short: 'a', help: 'Remove every image no container uses' },
    volumes: { kind: 'boolean', help: 'Remove anonymous volumes too' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    if (flags.volumes && flags.filter.some((one) => /^until=/i.test(one)))
      throw new CliError('ERROR: The "until" filter is not supported with "--volumes"');
    const what = [
      'all stopped containers',
      'all networks not used by at least one container',
      ...(flags.volumes ? ['all anonymous volumes not used by at least one container'] : []),
      flags.all ? 'all images without at least one container associated to them' : 'all dangling images',
      'unused build cache',
    ];
    const warning = `WARNING! This will remove:\n${what.map((one) => `  - ${one}\n`).join('')}`;
    if (!flags.force && !(await confirmed(context, warning))) return 0;
    const filters = await pruneFilters(context, flags.filter);
    const steps = [
      await pruneContainers(context, filters),
      await pruneNetworks(context, filters),
      ...(flags.volumes ? [await pruneVolumes(context, filters)] : []),
      await pruneImages(context, flags.all, filters),
      await pruneCache(context, flags.all, filters),
    ];
    const bytes = steps.reduce((sum, one) => sum + one.bytes, 0);
    context.stdout.write(`${steps.map(({ text }) => text).join('')}Total reclaimed space: ${formatBytes(bytes, 4)}\n`);
    return 0;
  },
});
