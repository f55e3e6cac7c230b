import * as z from 'zod';
import { filterPattern } from '../../common/go-pattern.ts';
import { EngineError } from '../errors.ts';
import type { VolumeRecord } from '../volumes/records.ts';
import { ANONYMOUS_LABEL, type VolumeStore } from '../volumes/volume-store.ts';
import { parseFilters } from './filters.ts';
import { queryFlag, sendEmpty, sendJson, speaksBefore, type ApiContext, type Router } from './router.ts';
import { notManager } from './swarm.ts';

const createSchema = z.looseObject({
  Name: z.string().nullish(),
  Driver: z.string().nullish(),
  DriverOpts: z.record(z.string(), z.string()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  ClusterVolumeSpec: z.looseObject({}).nullish(),
});

type Filters = ReadonlyMap<string, readonly string[]>;

/** `/volumes/*`. */
export function registerVolumeRoutes(router: Router, volumes: VolumeStore): void {
  const name = (context: ApiContext): string => context.params['name'] ?? '';

  router.add('GET', '/volumes', async (context) => {
    const filters = parseFilters(context.query);
    const matches = await listFilter(volumes, filters);
    const shown = volumes.all().filter(matches);
    sendJson(context, 200, { Volumes: shown.map((record) => volumeView(record, volumes)), Warnings: null });
  });

  router.add('POST', '/volumes/create', async (context) => {
    const body = await context.json();
    if (body === undefined) throw new EngineError('invalid', 'invalid JSON: got EOF while reading request body');
    const parsed = createSchema.safeParse(body);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new EngineError('invalid', `invalid volume: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
    }
    const { Name, Driver, DriverOpts, Labels, ClusterVolumeSpec = null } = parsed.data;
    if (ClusterVolumeSpec !== null && !speaksBefore(context, 42)) throw notManager();
    const record = await volumes.create({
      name: Name ?? '',
      driver: Driver ?? '',
      labels: Labels ?? {},
      options: DriverOpts ?? {},
    });
    sendJson(context, 201, volumeView(record, volumes));
  });

  router.add('POST', '/volumes/prune', async (context) => {
    const filters = parseFilters(context.query);
    const { names, reclaimed } = await volumes.prune(pruneFilter(filters, context.version));
    sendJson(context, 200, { VolumesDeleted: names, SpaceReclaimed: reclaimed });
  });

  router.add('GET', '/volumes/{name}', (context) => {
    sendJson(context, 200, volumeView(volumes.get(name(context)), volumes));
  });

  router.add('PUT', '/volumes/{name}', () => {
    throw new EngineError('unavailable', 'volume update only valid for cluster volumes, but swarm is unavailable');
  });
  router.add('DELETE', '/volumes/{name}', async (context) => {
    const isForced = queryFlag(context.query, 'force');
    if (!isForced || volumes.find(name(context)) !== undefined) await volumes.remove(name(context));
    sendEmpty(context, 204);
  });
}

/** The API's Volume. */
/** A volume as the API shows it. */
export function volumeView(record: VolumeRecord, volumes: VolumeStore): Record<string, unknown> {
  const isEmpty = (map: object): boolean => Object.keys(map).length === 0;
  return {
    // Whole seconds, as Docker writes them.
    CreatedAt: record.created.replace(/\.\d+Z$/, 'Z'),
    Driver: 'local',
    Labels: isEmpty(record.labels) ? null : record.labels,
    Mountpoint: volumes.path(record.name),
    Name: record.name,
    Options: isEmpty(record.options) ? null : record.options,
    Scope: 'local',
  };
}

async function listFilter(volumes: VolumeStore, filters: Filters): Promise<(record: VolumeRecord) => boolean> {
  assertKnown(filters, ['dangling', 'driver', 'label', 'name']);
  const dangling = filters.get('dangling')?.map((text) => booleanOf('dangling', text));
  const names = await filterPattern(filters.get('name'));
  return (record) =>
    (dangling?.includes(volumes.usersOf(record.name).length === 0) ?? true) &&
    (filters.get('driver')?.includes('local') ?? true) &&
    hasLabels(record, filters.get('label') ?? []) &&
    names.test(record.name);
}

/** From API 1.42 on only volumes that nobody has named are removed, unless `all` asks for every one. */
function pruneFilter(filters: Filters, [major, minor]: readonly [number, number]): (record: VolumeRecord) => boolean {
  assertKnown(filters, ['all', 'label', 'label!']);
  const isOld = major === 1 && minor < 42;
  const all = filters.get('all')?.map((text) => booleanOf('all', text)) ?? [];
  const everyOne = isOld || all.includes(true);
  return (record) =>
    (everyOne || ANONYMOUS_LABEL in record.labels) &&
    hasLabels(record, filters.get('label') ?? []) &&
    !(filters.get('label!') ?? []).some((label) => hasLabels(record, [label]));
}

function assertKnown(filters: Filters, known: readonly string[]): void {
  for (const name of filters.keys()) {
    if (!known.includes(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  }
}

function booleanOf(name: string, text: string): boolean {
  if (['1', 't', 'true', 'True', 'TRUE'].includes(text)) return true;
  if (['0', 'f', 'false', 'False', 'FALSE'].includes(text)) return false;
  throw new EngineError('invalid', `invalid filter '${name}=[${text}]'`);
}

function hasLabels({ labels }: VolumeRecord, wanted: readonly string[]): boolean {
  return wanted.every((label) => {
    const at = label.indexOf('=');
    return at < 0 ? label in labels : labels[label.slice(0, at)] === label.slice(at + 1);
  });
}
