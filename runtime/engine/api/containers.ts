import { EngineError } from '../errors.ts';
import { parseCreateRequest } from '../containers/config.ts';
import type { Creation } from '../containers/creation.ts';
import type { ContainerHandle } from '../containers/handle.ts';
import { inspectContainer, type InspectContext } from '../containers/inspect.ts';
import type { Lifecycle } from '../containers/lifecycle.ts';
import { checkedName } from '../containers/names.ts';
import type { NetworkChanges } from '../containers/network-changes.ts';
import { pruneContainers } from '../containers/prune.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import type { ContainerRepository } from '../containers/repository.ts';
import { listContainers } from '../containers/summary.ts';
import { topTable } from '../containers/top.ts';
import type { Updates } from '../containers/update.ts';
import type { EventBus } from '../system/events.ts';
import { createRequestOf, inspectionFor, summaryFor, updateOf } from './compatibility.ts';
import { parseFilters } from './filters.ts';
import { queryFlag, speaksBefore, sendEmpty, sendJson, type ApiContext, type Router } from './router.ts';

export interface ContainerRouteParts {
  readonly registry: ContainerRegistry;
  readonly repository: ContainerRepository;
  readonly creation: Creation;
  readonly lifecycle: Lifecycle;
  readonly changes: NetworkChanges;
  readonly updates: Updates;
  readonly events: EventBus;
  readonly inspect: InspectContext;
  readonly dataRoot: string;
  /** Ids of the image that a reference means and of all that were made from it; none when there is no such image. */
  imageFamily(reference: string): ReadonlySet<string>;
  /** How images are shown of containers, as names are now. */
  imageLabels(): (name: string, id: string) => string;
  /** Bytes a container has written, and those with its image. */
  sizesOf(handle: ContainerHandle): Promise<{ SizeRw: number; SizeRootFs: number }>;
}

/** `/containers/*` but for logs, attach and exec, which have files of their own. */
export function registerContainerRoutes(router: Router, parts: ContainerRouteParts): void {
  const { registry, lifecycle } = parts;
  const find = (context: ApiContext): ContainerHandle => registry.find(context.params['id'] ?? '');

  router.add('GET', '/containers/json', async (context) => {
    const limit = context.query.get('limit') ?? '0';
    if (!/^-?\d+$/.test(limit)) throw new EngineError('invalid', `strconv.Atoi: parsing "${limit}": invalid syntax`);
    const options = {
      all: queryFlag(context.query, 'all'),
      limit: Number(limit),
      filters: parseFilters(context.query),
    };
    const listed = await listContainers(
      registry,
      options,
      parts.inspect.networking,
      (name) => parts.imageFamily(name),
      (name) => parts.inspect.volumePath(name),
      parts.imageLabels(),
    );
    if (queryFlag(context.query, 'size')) {
      for (const line of listed) Object.assign(line, await parts.sizesOf(registry.find(String(line['Id']))));
    }
    sendJson(
      context,
      200,
      listed.map((line) => summaryFor(context, line)),
    );
  });

  router.add('POST', '/containers/create', async (context) => {
    const request = createRequestOf(context, parseCreateRequest(await context.json()));
    const { handle, warnings } = await parts.creation.create(request, context.query.get('name'));
    sendJson(context, 201, { Id: handle.id, Warnings: warnings });
  });

  // `parent/alias` is the name of a linked container.
  router.add('GET', '/containers/{id...}/json', async (context) => {
    const handle = find(context);
    const sizes = queryFlag(context.query, 'size') ? await parts.sizesOf(handle) : {};
    sendJson(context, 200, { ...inspectionFor(context, inspectContainer(handle, parts.inspect)), ...sizes });
  });

  router.add('GET', '/containers/{id}/top', async (context) => {
    const handle = find(context);
    if (!handle.running) throw new EngineError('conflict', `container ${handle.id} is not running`);
    const table = await topTable([handle.state.pid], context.query.get('ps_args') ?? '');
    parts.events.publish('container', 'top', handle.id, {
      ...handle.record.config.Labels,
      image: handle.record.imageName,
      name: handle.record.name,
    });
    sendJson(context, 200, table);
  });

  router.add('POST', '/containers/{id}/start', async (context) => {
    if ((context.query.get('checkpoint') ?? '') !== '')
      throw new EngineError('invalid', 'checkpoint is only supported in experimental mode');
    await lifecycle.start(find(context));
    sendEmpty(context, 204);
  });

  router.add('POST', '/containers/{id}/stop', async (context) => {
    await lifecycle.stop(find(context), seconds(context), context.query.get('signal'));
    sendEmpty(context, 204);
  });

  router.add('POST', '/containers/{id}/restart', async (context) => {
    await lifecycle.restart(find(context), seconds(context), context.query.get('signal'));
    sendEmpty(context, 204);
  });

  router.add('POST', '/containers/{id}/kill', async (context) => {
    try {
      await lifecycle.kill(find(context), context.query.get('signal') ?? '');
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const name = context.params['id'] ?? '';
      throw new EngineError(error.kind, `cannot kill container: ${name}: ${error.message}`, { cause: error });
    }
    sendEmpty(context, 204);
  });

  router.add('POST', '/containers/{id}/pause', async (context) => {
    await lifecycle.pause(find(context));
    sendEmpty(context, 204);
  });

  router.add('POST', '/containers/{id}/unpause', async (context) => {
    await lifecycle.unpause(find(context));
    sendEmpty(context, 204);
  });

  router.add('POST', '/containers/{id}/update', async (context) => {
    const body = updateOf(context, await context.json());
    const warnings = await parts.updates.update(find(context), body);
    sendJson(context, 200, { Warnings: warnings.length === 0 ? null : warnings });
  });

  router.add('POST', '/containers/{id}/rename', (context) => {
    const handle = find(context);
    const asked = context.query.get('name') ?? '';
    if (asked === '') throw new EngineError('invalid', 'Neither old nor new names may be empty');
    rename(parts, handle, checkedName(asked));
    sendEmpty(context, 204);
  });

  router.add('DELETE', '/containers/{id...}', async (context) => {
    if (queryFlag(context.query, 'link')) {
      removeLink(parts, context.params['id'] ?? '');
      sendEmpty(context, 204);
      return;
    }
    await lifecycle.remove(find(context), queryFlag(context.query, 'force'), queryFlag(context.query, 'v'));
    sendEmpty(context, 204);
  });

  router.add('POST', '/containers/{id}/wait', async (context) => {
    await wait(context, find(context));
  });

  router.add('POST', '/containers/prune', async (context) => {
    const { deleted, reclaimed } = await pruneContainers(parts, parseFilters(context.query));
    sendJson(context, 200, { ContainersDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed });
  });
}

/** `docker rm --link`: takes the name `parent/alias` from a container. Throws `not-found` and `conflict`. */
function removeLink({ registry, repository }: ContainerRouteParts, name: string): void {
  const child = registry.find(name);
  const [, owner, alias] = /^\/?([^/]+)\/([^/]+)$/.exec(name) ?? [];
  if (owner === undefined)
    throw new EngineError('conflict', 'Conflict, cannot remove the default link name of the container');
  const parent = registry.find(owner);
  const { hostConfig } = parent.record;
  const Links = (hostConfig.Links ?? []).filter((link) => link !== `${child.id}:${alias ?? ''}`);
  parent.record = { ...parent.record, hostConfig: { ...hostConfig, Links } };
  repository.setHostConfig(parent.id, parent.record.hostConfig);
}

function rename(parts: ContainerRouteParts, handle: ContainerHandle, name: string): void {
  const old = handle.record.name;
  if (name === old) throw new EngineError('invalid', 'Renaming a container with the same name as its current name');
  parts.registry.assertNameFree(name);
  handle.record = { ...handle.record, name };
  parts.repository.setName(handle.id, name);
  parts.registry.renamed(handle, old);
  parts.changes.renamed(handle);
  parts.events.publish('container', 'rename', handle.id, {
    ...handle.record.config.Labels,
    image: handle.record.imageName,
    name,
    oldName: `/${old}`,
  });
}

/** `t` in seconds; null for the container's own. Throws `invalid`. */
function seconds(context: ApiContext): number | null {
  const text = context.query.get('t');
  if (text === null || text === '') return null;
  if (!/^-?\d+$/.test(text)) throw new EngineError('invalid', `strconv.Atoi: parsing "${text}": invalid syntax`);
  return Number(text);
}

const WAIT_CONDITIONS: ReadonlySet<string> = new Set(['', 'not-running', 'next-exit', 'removed']);

/**
 * The head is sent at once: clients open the wait before they start the container, and wait for the head to know that
 * the engine is listening.
 */
async function wait(context: ApiContext, handle: ContainerHandle): Promise<void> {
  // Before 1.30 there were no conditions: what is asked for is the end of the container, now or later.
  const condition = speaksBefore(context, 30) ? '' : (context.query.get('condition') ?? '');
  if (!WAIT_CONDITIONS.has(condition))
    throw new EngineError('invalid', `invalid condition: ${JSON.stringify(condition)}`);
  const result = waitFor(handle, condition, context.signal);
  context.response.writeHead(200, { 'Content-Type': 'application/json' });
  context.response.flushHeaders();
  try {
    context.response.end(JSON.stringify({ StatusCode: await result }) + '\n');
  } catch {
    context.response.destroy(); // The client went away; nobody is left to tell.
  }
}

function waitFor(handle: ContainerHandle, condition: string, signal: AbortSignal): Promise<number> {
  if (condition === 'removed') return handle.waitForRemoval(signal);
  // The end of a run, as dockerd: also of one after which the policy starts it again.
  const isOn = handle.running || handle.state.status === 'restarting';
  return isOn || condition === 'next-exit' ? handle.waitForExit(signal) : Promise.resolve(handle.state.exitCode);
}
