import { ComposeError } from '../errors.ts';
import { isYes } from '../load/surroundings.ts';
import { inDependencyOrder, withDependencies } from '../model/order.ts';
import type { Project, Service } from '../model/project.ts';
import { projectContainers, removeContainer, type ProjectContainer } from '../objects/containers.ts';
import { ensureNetworks } from '../objects/networks.ts';
import { ensureVolumes } from '../objects/volumes.ts';
import { modelsUp } from '../plugins/models.ts';
import { providersUp } from '../plugins/providers.ts';
import { reported, type ComposeContext } from './context.ts';
import { recreateNetworks, recreateVolumes } from './diverged.ts';
import { convergeService, ensureRunning, type ConvergeChoices, type ConvergedContainer } from './converge-service.ts';
import { assertFiles } from './create.ts';
import { ensureImages, type ImageChoices } from './images.ts';
import { runPreStart } from './pre-start.ts';
import { stopContainer } from './stop.ts';
import { waitFor } from './wait.ts';

/** How a project is brought up. */
export interface UpChoices extends ConvergeChoices, ImageChoices {
  /** Services by name, with what they depend on unless that is not wanted. */
  readonly services: ReadonlySet<string>;
  /** Named by the person: the others are dependencies, and made anew only when they changed. */
  readonly named: readonly string[];
  readonly recreateDependencies: boolean;
  readonly start: boolean;
  readonly removeOrphans: boolean;
  /** Wait until everything runs, or is healthy. */
  readonly wait: boolean;
  /** Whether networks and volumes are made that no service uses. */
  readonly unused?: boolean;
  /** Asks the person whether something may be lost; without it nothing may. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** A container of a project that runs now. */
export interface UpContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

/**
 * Brings a project up: networks and volumes, images, then containers, made side by side and started in the
 * order of their dependencies.
 * Only what changed is made anew. Returns the containers. Rejects with ComposeError.
 */
export async function up(context: ComposeContext, given: Project, all: UpChoices): Promise<UpContainer[]> {
  const isOurs = (name: string): boolean => given.services.get(name)?.provider === undefined;
  const choices = { ...all, services: new Set([...all.services].filter(isOurs)) };
  await handleOrphans(context, given, choices);
  // What others look after tells our containers where it is.
  const project = await providersUp(context, await modelsUp(context, given, choices.services), all.services);
  const services = [...choices.services].flatMap((name) => project.services.get(name) ?? []);
  assertNames(services);
  for (const service of services) {
    assertSupported(service);
    await assertFiles(context, project, service);
  }
  const [images, networks, volumes] = await Promise.all([
    ensureImages(context, project, choices.services, choices),
    ensureNetworks(context, project, all.unused === true ? project.networks.keys() : networksOf(services)),
    ensureVolumes(context, project, all.unused === true ? project.volumes.keys() : volumesOf(services)),
  ]);
  const { timeout } = choices;
  await recreateNetworks(context, project, { keys: networks, timeout, services: choices.services });
  await recreateVolumes(context, project, { keys: await toBeEmptied(context, project, volumes, choices), timeout });
  const containers = await createAll(context, project, choices, images);
  if (choices.start)
    await inDependencyOrder(project.services, choices.services, async (name) => {
      const service = project.services.get(name);
      if (service === undefined) return;
      context.signal.throwIfAborted();
      await waitForDependencies(context, project, service, choices.services);
      const own = containers.get(name) ?? [];
      await runPreStart(context, project, service, own);
      await Promise.all(own.map((one) => ensureRunning(context, service, one)));
    });
  const running = [...containers].flatMap(([service, list]) => list.map(({ id, name }) => ({ id, name, service })));
  if (choices.wait)
    await Promise.all(
      running.map(async (container) => {
        // A job that others waited for has done its work by now.
        if (isJob(project, container.service)) return;
        await waitFor(context, container, 'running_or_healthy');
        context.progress({ object: `Container ${container.name}`, status: 'Healthy', state: 'done' });
      }),
    );
  return running;
}

function networksOf(services: readonly Service[]): Set<string> {
  return new Set(services.flatMap((service) => Object.keys(service.networks)));
}

function volumesOf(services: readonly Service[]): Set<string> {
  return new Set(
    services.flatMap(({ volumes = [] }) => volumes.flatMap(({ type, source }) => (type === 'volume' ? source : []))),
  );
}

/** Of volumes whose description has changed, those that may be made anew; of the others a warning is given. */
async function toBeEmptied(
  context: ComposeContext,
  project: Project,
  volumes: readonly string[],
  { confirm }: UpChoices,
): Promise<string[]> {
  const result: string[] = [];
  for (const key of volumes) {
    const name = project.volumes.get(key)?.name ?? key;
    const problem = `Volume "${name}" exists but doesn't match configuration in compose file.`;
    if ((await confirm?.(`${problem} Recreate (data will be lost)?`)) === true) result.push(key);
    else
      context.progress({
        object: `Volume ${name}`,
        status: "exists but doesn't match configuration in compose file; used as it is",
        state: 'warning',
      });
  }
  return result;
}

/** Makes what is missing or has changed, in the order of dependencies; nothing is started yet. */
async function createAll(
  context: ComposeContext,
  project: Project,
  choices: UpChoices,
  images: ReadonlyMap<string, string>,
): Promise<Map<string, readonly ConvergedContainer[]>> {
  const result = new Map<string, readonly ConvergedContainer[]>();
  const isNew = (name: string): boolean => result.get(name)?.some((one) => one.state === 'new') === true;
  await inDependencyOrder(project.services, choices.services, async (name) => {
    const service = project.services.get(name);
    if (service === undefined) return;
    context.signal.throwIfAborted();
    const isNamed = choices.named.length === 0 || choices.named.includes(name);
    const forced = choices.recreate === 'always' && (isNamed || choices.recreateDependencies);
    // Who is in a namespace of a container that was made anew has to be made anew, too.
    const follows = sharesNamespace(service) && Object.keys(service.dependencies).some(isNew);
    const recreate = choices.recreate === 'never' ? 'never' : forced || follows ? 'always' : 'changed';
    const beforeReplacing = (): Promise<void> => stopDependents(context, project, name, choices);
    result.set(
      name,
      await convergeService(context, project, service, images.get(name) ?? '', {
        ...choices,
        recreate,
        ...(choices.start ? { beforeReplacing } : {}),
      }),
    );
  });
  return result;
}

/** Stops services that are to be started anew together with one, which is done in the order of dependencies. */
async function stopDependents(
  context: ComposeContext,
  project: Project,
  name: string,
  { services, timeout }: UpChoices,
): Promise<void> {
  const names = new Set(dependents(project, name).filter((other) => services.has(other)));
  if (names.size === 0) return;
  const containers = await projectContainers(context.api, project.name);
  await Promise.all(
    containers
      .filter(({ service, oneOff }) => names.has(service) && !oneOff)
      .map((one) => stopContainer(context, one, project.services.get(one.service), timeout)),
  );
}

function isJob(project: Project, name: string): boolean {
  return [...project.services.values()].some(
    ({ dependencies }) => dependencies[name]?.condition === 'service_completed_successfully',
  );
}

function sharesNamespace(service: Service): boolean {
  return [service.network_mode, service.ipc, service.pid, service.uts].some((mode) => mode?.startsWith('service:'));
}

/** Throws ComposeError for two services whose containers would have the same name. */
function assertNames(services: readonly Service[]): void {
  const owners = new Map<string, string>();
  for (const { name, container_name: fixed } of services) {
    if (fixed === undefined) continue;
    const owner = owners.get(fixed);
    if (owner !== undefined)
      throw new ComposeError(`services.${name}: container name "${fixed}" is already in use by service ${owner}`);
    owners.set(fixed, name);
  }
}

function assertSupported(service: Service): void {
  if (service.credential_spec !== undefined)
    throw new ComposeError(`service "${service.name}" has a credential spec, which only Windows knows`);
}

/** Waits until those of the selected services that one depends on are as it wants them. Throws ComposeError. */
export async function waitForDependencies(
  context: ComposeContext,
  project: Project,
  service: Service,
  selected: ReadonlySet<string>,
): Promise<void> {
  const waited = Object.entries(service.dependencies).filter(
    ([name, { condition }]) => condition !== 'service_started' && selected.has(name),
  );
  if (waited.length === 0) return;
  const containers = await projectContainers(context.api, project.name);
  await Promise.all(
    waited.flatMap(([name, { condition, required }]) =>
      containers
        .filter((one) => one.service === name && !one.oneOff)
        .map(async (container) => {
          const object = `Container ${container.name}`;
          context.progress({ object, status: 'Waiting', state: 'working' });
          try {
            await waitFor(context, container, condition);
            context.progress({ object, status: condition === 'service_healthy' ? 'Healthy' : 'Exited', state: 'done' });
          } catch (error) {
            if (required || !(error instanceof ComposeError)) {
              context.progress({ object, status: 'Error', state: 'error' });
              throw error instanceof ComposeError
                ? new ComposeError(`dependency failed to start: ${error.message}`)
                : error;
            }
            context.progress({
              object,
              status: `optional dependency "${name}" failed to start: ${error.message}`,
              state: 'warning',
            });
          }
        }),
    ),
  );
}

/** Containers of services that the project has no more, and those of `run` that have ended. */
async function handleOrphans(
  context: ComposeContext,
  project: Project,
  { removeOrphans, timeout }: UpChoices,
): Promise<void> {
  const orphans = (await projectContainers(context.api, project.name)).filter(({ service, oneOff, state }) =>
    oneOff ? ['exited', 'dead'].includes(state) : !project.services.has(service),
  );
  if (orphans.length === 0) return;
  if (!removeOrphans) {
    if (isYes(context.variable('COMPOSE_IGNORE_ORPHANS'))) return;
    context.progress({
      object: 'Project',
      status: `Found orphan containers (${orphans.map(({ name }) => name).join(', ')}) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.`,
      state: 'warning',
    });
    return;
  }
  await removeContainers(context, orphans, timeout);
}

/** Stops and removes containers side by side. */
export async function removeContainers(
  context: ComposeContext,
  containers: readonly ProjectContainer[],
  timeout: number | undefined,
  options: { readonly volumes: boolean } = { volumes: false },
): Promise<void> {
  await Promise.all(
    containers.map(async (container) => {
      await stopContainer(context, container, undefined, timeout);
      await reported(context, `Container ${container.name}`, ['Removing', 'Removed'], () =>
        removeContainer(context.api, container.id, { force: true, volumes: options.volumes }),
      );
    }),
  );
}

/** Services that depend on one, which follow when it is restarted. */
export function dependents(project: Project, name: string): string[] {
  return [...project.services.values()]
    .filter((service) => service.dependencies[name]?.restart === true)
    .map((service) => service.name)
    .filter((other) => withDependencies(project.services, [other]).has(name));
}
