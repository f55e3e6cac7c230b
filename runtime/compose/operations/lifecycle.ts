import { inDependencyOrder, withDependencies } from '../model/order.ts';
import { withLabelledServices } from '../model/known.ts';
import type { Project, Service } from '../model/project.ts';
import { projectContainers, unlessGone, type ProjectContainer } from '../objects/containers.ts';
import { providersEnd } from '../plugins/providers.ts';
import { reported, type ComposeContext } from './context.ts';
import { startContainer } from './converge-service.ts';
import { runHooks } from './hooks.ts';
import { runPreStart } from './pre-start.ts';
import { stopContainer } from './stop.ts';
import { dependents, waitForDependencies } from './up.ts';
import { waitFor } from './wait.ts';

/** The containers of services; of all when none is named. Those of `run` only if asked for. */
export async function containersOf(
  context: ComposeContext,
  project: Project,
  services: readonly string[],
  { oneOffs = false }: { readonly oneOffs?: boolean } = {},
): Promise<ProjectContainer[]> {
  const all = await projectContainers(context.api, project.name);
  return all.filter((one) => (services.length === 0 || services.includes(one.service)) && (oneOffs || !one.oneOff));
}

/**
 * Which services are meant where none is named: all that the files at hand tell of, which need not be all of the project's;
 * without files all that there are containers of.
 */
function namesOf(
  { services: known }: Project,
  asked: readonly string[],
  containers: readonly ProjectContainer[],
): Set<string> {
  if (asked.length > 0) return new Set(asked);
  return new Set(known.size > 0 ? known.keys() : containers.map(({ service }) => service));
}

/** Something done to each container of services, in the order of their dependencies. */
async function inOrder(
  context: ComposeContext,
  project: Project,
  services: readonly string[],
  direction: 'dependencies-first' | 'dependents-first',
  action: (container: ProjectContainer) => Promise<void>,
  before: (service: Service, containers: readonly ProjectContainer[]) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const containers = await containersOf(context, project, services);
  await inDependencyOrder(
    project.services,
    namesOf(project, services, containers),
    async (name) => {
      const own = containers.filter(({ service }) => service === name);
      const service = project.services.get(name);
      if (service !== undefined) await before(service, own);
      await Promise.all(own.map(action));
    },
    direction,
  );
}

/** Starts the containers that are there, with those of the services they depend on. */
export async function startProject(
  context: ComposeContext,
  project: Project,
  services: readonly string[],
  { wait = false }: { readonly wait?: boolean } = {},
): Promise<void> {
  const names = services.length === 0 ? [] : [...withDependencies(project.services, services)];
  await inOrder(
    context,
    project,
    names,
    'dependencies-first',
    async (container) => {
      if (container.state !== 'running')
        await startContainer(context, project.services.get(container.service), container);
      if (wait) await waitFor(context, container, 'running_or_healthy');
    },
    (service, containers) => runPreStart(context, project, service, containers),
  );
}

/** Stops containers, dependents first. */
export async function stopProject(
  context: ComposeContext,
  project: Project,
  services: readonly string[],
  timeout: number | undefined,
): Promise<void> {
  await inOrder(context, project, services, 'dependents-first', (container) =>
    stopContainer(context, container, project.services.get(container.service), timeout),
  );
  const names = services.length > 0 ? services : project.services.keys();
  await providersEnd(context, project, new Set(names), 'stop');
}

/**
 * Restarts containers, and those of services that ask to follow (`depends_on: {x: {restart: true}}`), each when those that
 * it depends on are as it wants them. Without the project's files what its containers say of their services counts.
 */
export async function restartProject(
  context: ComposeContext,
  given: Project,
  services: readonly string[],
  { timeout, withDependents }: { readonly timeout?: number | undefined; readonly withDependents: boolean },
): Promise<void> {
  const project =
    given.services.size > 0 ? given : withLabelledServices(given, await projectContainers(context.api, given.name));
  const followers = withDependents ? services.flatMap((name) => dependents(project, name)) : [];
  const names = [...services, ...followers];
  const restarted = new Set(names.length > 0 ? names : project.services.keys());
  await inOrder(
    context,
    project,
    names,
    'dependencies-first',
    (container) =>
      reported(context, `Container ${container.name}`, ['Restarting', 'Started'], async () => {
        const service = project.services.get(container.service);
        if (service !== undefined && container.state === 'running')
          await runHooks(context, service, 'pre_stop', container);
        await context.api.json('POST', `/containers/${container.id}/restart`, { query: { t: timeout } });
        if (service !== undefined) await runHooks(context, service, 'post_start', container);
      }),
    (service) => waitForDependencies(context, project, service, restarted),
  );
}

/** A verb of the API on each running container. */
export async function signalProject(
  context: ComposeContext,
  project: Project,
  services: readonly string[],
  verb: 'kill' | 'pause' | 'unpause',
  signal?: string,
): Promise<void> {
  const words = {
    kill: ['Killing', 'Killed'],
    pause: ['Pausing', 'Paused'],
    unpause: ['Unpausing', 'Unpaused'],
  } as const;
  // The engine refuses to pause what is paused, which is told.
  const wanted = { kill: ['running', 'paused', 'restarting'], pause: ['running', 'paused'], unpause: ['paused'] }[verb];
  const containers = await containersOf(context, project, services);
  const names = namesOf(project, services, containers);
  await Promise.all(
    containers
      .filter(({ service, state }) => names.has(service) && wanted.includes(state))
      .map((container) =>
        reported(context, `Container ${container.name}`, words[verb], () =>
          unlessGone(context.api.json('POST', `/containers/${container.id}/${verb}`, { query: { signal } })),
        ),
      ),
  );
}
