import { ComposeError } from '../errors.ts';
import type { Project, Service } from '../model/project.ts';
import {
  inspectContainer,
  projectContainers,
  removeContainer,
  unlessGone,
  type ProjectContainer,
} from '../objects/containers.ts';
import { converge, type Recreate } from '../plan/converge.ts';
import { configHash } from '../plan/hash.ts';
import { containerName } from '../model/names.ts';
import { reported, type ComposeContext } from './context.ts';
import { createContainer } from './create.ts';
import { runHooks } from './hooks.ts';
import { joinedContainers } from './joined.ts';
import { stopContainer } from './stop.ts';

/** How containers are brought to what a project says. */
export interface ConvergeChoices {
  readonly recreate: Recreate;
  /** Done before a container is made anew in the place of another. */
  readonly beforeReplacing?: () => Promise<void>;
  /** Seconds before a container that is replaced is killed; undefined for its own. */
  readonly timeout?: number | undefined;
  /** New anonymous volumes instead of those of the container before. */
  readonly renewVolumes: boolean;
}

/** A container of a service that is as the project says. */
export interface ConvergedContainer {
  readonly id: string;
  readonly name: string;
  /** `new` when it was made now, else the state that it was found in. */
  readonly state: string;
}

/** The containers of one service brought to what the project says, not started. Returns them. */
export async function convergeService(
  context: ComposeContext,
  project: Project,
  service: Service,
  imageId: string,
  choices: ConvergeChoices,
): Promise<readonly ConvergedContainer[]> {
  const all = await projectContainers(context.api, project.name);
  const own = all.filter((one) => one.service === service.name && !one.oneOff);
  const hash = configHash(project, service);
  const networks = Object.keys(service.networks).map((key) => project.networks.get(key)?.name ?? key);
  const joined = joinedContainers(service, all);
  const work = converge(
    own.map((one) => ({ ...one, isRunning: one.state === 'running' })),
    { replicas: service.replicas, hash, imageId, networks, joinedNetwork: joined.network },
    choices.recreate,
  );
  const find = (id: string): ProjectContainer => {
    const found = own.find((one) => one.id === id);
    if (found === undefined) throw new ComposeError(`container ${id} is gone`);
    return found;
  };
  const facts = { hash, imageId, oneOff: false, socketPath: context.socketPath };
  const make = (name: string, number: number, inherited: Readonly<Record<string, string>>): Promise<string> => {
    const finalName = containerName(project, service, number);
    return createContainer(context, project, service, { ...facts, name, finalName, number, joined, inherited });
  };
  if (work.recreate.length > 0) await choices.beforeReplacing?.();
  const [, replaced, created] = await Promise.all([
    Promise.all(work.remove.map(({ id }) => removeOne(context, find(id), service, choices.timeout))),
    Promise.all(work.recreate.map(({ id }) => replaceOne(context, project, service, find(id), make, choices))),
    Promise.all(
      work.create.map(async (number) => {
        const name = containerName(project, service, number);
        const id = await reported(context, `Container ${name}`, ['Creating', 'Created'], () => make(name, number, {}));
        return { id, name, state: 'new' };
      }),
    ),
  ]);
  return [...work.keep.map(({ id }) => find(id)), ...replaced, ...created];
}

async function removeOne(
  context: ComposeContext,
  container: ProjectContainer,
  service: Service,
  timeout: number | undefined,
): Promise<void> {
  await stopContainer(context, container, service, timeout);
  await reported(context, `Container ${container.name}`, ['Removing', 'Removed'], () =>
    removeContainer(context.api, container.id, { force: true, volumes: true }),
  );
}

/** Starts a container that does not run, and tells of one that does. */
export async function ensureRunning(
  context: ComposeContext,
  service: Service,
  container: ConvergedContainer,
): Promise<void> {
  if (container.state === 'running')
    context.progress({ object: `Container ${container.name}`, status: 'Running', state: 'done' });
  else if (container.state === 'paused')
    await unlessGone(context.api.json('POST', `/containers/${container.id}/unpause`));
  else await startContainer(context, service, container);
}

/** Makes the new container before the old one goes, so that a failure leaves the old one in its place. */
async function replaceOne(
  context: ComposeContext,
  project: Project,
  service: Service,
  old: ProjectContainer,
  make: (name: string, number: number, inherited: Readonly<Record<string, string>>) => Promise<string>,
  choices: ConvergeChoices,
): Promise<ConvergedContainer> {
  const { api } = context;
  const name = containerName(project, service, old.number);
  const inherited = choices.renewVolumes ? {} : await anonymousVolumes(context, service, old);
  const id = await reported(context, `Container ${name}`, ['Recreate', 'Recreated'], async () => {
    const made = await make(`${old.id.slice(0, 12)}_${name}`, old.number, inherited);
    try {
      await stopContainer({ ...context, progress: () => undefined }, old, service, choices.timeout);
      await removeContainer(api, old.id, { force: true, volumes: choices.renewVolumes });
    } catch (error) {
      await removeContainer(api, made, { force: true, volumes: false });
      throw error;
    }
    await api.json('POST', `/containers/${made}/rename`, { query: { name } });
    return made;
  });
  return { id, name, state: 'new' };
}

/** Anonymous volumes of a container by their targets, which its successor takes over. */
async function anonymousVolumes(
  context: ComposeContext,
  service: Service,
  container: ProjectContainer,
): Promise<Record<string, string>> {
  const { Mounts } = await inspectContainer(context.api, container.id);
  const named = new Set((service.volumes ?? []).filter(({ source }) => source !== '').map(({ target }) => target));
  return Object.fromEntries(
    (Mounts ?? []).flatMap(({ Type, Name, Destination }) =>
      // 64 hexadecimal digits: the name that an engine gives a volume nobody named.
      Type === 'volume' && Name !== undefined && /^[0-9a-f]{64}$/.test(Name) && !named.has(Destination)
        ? [[Destination, Name]]
        : [],
    ),
  );
}

/** Starts a container and runs its `post_start` commands. */
export async function startContainer(
  context: ComposeContext,
  service: Service | undefined,
  container: { readonly id: string; readonly name: string },
): Promise<void> {
  await reported(context, `Container ${container.name}`, ['Starting', 'Started'], async () => {
    await unlessGone(context.api.json('POST', `/containers/${container.id}/start`));
    if (service !== undefined) await runHooks(context, service, 'post_start', container);
  });
}
