import { EngineError } from '../errors.ts';
import { parseUntil, type Filters } from '../images/filters.ts';
import type { EventBus } from '../system/events.ts';
import { directorySize } from '../system/disk-usage.ts';
import { containerPaths } from './container-files.ts';
import type { ContainerHandle } from './handle.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ContainerRegistry } from './registry.ts';

const FILTERS: ReadonlySet<string> = new Set(['until', 'label', 'label!']);

export interface PruneParts {
  readonly dataRoot: string;
  readonly registry: ContainerRegistry;
  readonly lifecycle: Lifecycle;
  readonly events: EventBus;
}

/** Removes containers that do not run. Returns their ids and the bytes they had written. Throws `invalid`. */
export async function pruneContainers(
  parts: PruneParts,
  filters: Filters,
): Promise<{ deleted: string[]; reclaimed: number }> {
  const { registry, lifecycle, dataRoot, events } = parts;
  const isChosen = pruneFilter(filters);
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const handle of registry.all().filter((one) => isStopped(one) && isChosen(one))) {
    const size = await directorySize(containerPaths(dataRoot, handle.id).upper);
    try {
      await lifecycle.remove(handle, false);
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'conflict') continue; // Started meanwhile.
      throw error;
    }
    deleted.push(handle.id);
    reclaimed += size;
  }
  events.publish('container', 'prune', '', { reclaimed: String(reclaimed) });
  return { deleted, reclaimed };
}

function isStopped({ state }: ContainerHandle): boolean {
  return state.status === 'created' || state.status === 'exited' || state.status === 'dead';
}

function pruneFilter(filters: Filters): (handle: ContainerHandle) => boolean {
  for (const name of filters.keys()) {
    if (!FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  }
  const until = (filters.get('until') ?? []).map(parseUntil);
  return ({ record }) => {
    const labels = record.config.Labels ?? {};
    return (
      until.every((limit) => Date.parse(record.created) < limit) &&
      (filters.get('label') ?? []).every((label) => hasLabel(labels, label)) &&
      !(filters.get('label!') ?? []).some((label) => hasLabel(labels, label))
    );
  };
}

/** A `label` filter: a key, or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=');
  return at < 0 ? Object.hasOwn(labels, wanted) : labels[wanted.slice(0, at)] === wanted.slice(at + 1);
}
