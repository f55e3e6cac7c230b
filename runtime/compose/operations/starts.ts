import { jsonLines } from '../../common/lines.ts';
import { inspectContainer } from '../objects/containers.ts';
import { isOfProject, LABELS, projectFilter } from '../plan/labels.ts';
import type { ComposeContext } from './context.ts';

/** A container of a project that was started. */
export interface StartedContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly number: number;
}

interface Event {
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

/**
 * Tells of each container of a project that is started from now on, but for those of `run`, until the signal of the
 * context is aborted.
 */
export async function followStarts(
  context: ComposeContext,
  project: string,
  onStart: (container: StartedContainer) => void,
): Promise<void> {
  try {
    const filters = { ...(JSON.parse(projectFilter(project)) as object), type: ['container'], event: ['start'] };
    const stream = await context.api.open('GET', '/events', {
      query: { filters: JSON.stringify(filters) },
      signal: context.signal,
    });
    for await (const { Actor } of jsonLines<Event>(stream)) {
      const { name = '', ...labels } = Actor.Attributes;
      if (!isOfProject(labels) || labels[LABELS.oneOff]?.toLowerCase() === 'true') continue;
      const service = labels[LABELS.service] ?? '';
      onStart({ id: Actor.ID, name, service, number: Number(labels[LABELS.number] ?? 0) });
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
}

/** When a container was started last, in the form of the API's `since`: seconds since 1970 with nine decimals. */
export async function startedAt({ api }: ComposeContext, id: string): Promise<string> {
  const { StartedAt } = (await inspectContainer(api, id)).State;
  const decimals = /\.(\d+)/.exec(StartedAt)?.[1] ?? '';
  return `${Math.floor(Date.parse(StartedAt) / 1000)}.${decimals.padEnd(9, '0').slice(0, 9)}`;
}
