import { readFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DockerConfig, registryOf } from '../common/docker-config.ts';
import { messageOf } from '../common/errors.ts';
import { ComposeError } from '../compose/errors.ts';
import { loadProject } from '../compose/load/load.ts';
import { namedProject, runningProjects, type RunningProject } from '../compose/model/known.ts';
import type { Project } from '../compose/model/project.ts';
import { scaled, selectServices } from '../compose/model/select.ts';
import { composeContainers, type ProjectContainer } from '../compose/objects/containers.ts';
import { pullImage } from '../compose/objects/images.ts';
import { composeKeys } from '../compose/schema/keys.ts';
import type { ComposeKeys } from '../contract/compose-keys.ts';
import type { ComposeContext } from '../compose/operations/context.ts';
import { down } from '../compose/operations/down.ts';
import { restartProject, startProject, stopProject } from '../compose/operations/lifecycle.ts';
import { up } from '../compose/operations/up.ts';
import type { ComposeProject, ComposeRequest, ComposeStep } from '../contract/compose.ts';
import { BridgeError } from '../rpc/error.ts';
import { describeProject, describeRunning } from './compose-view.ts';
import { toBridgeError, type DockerClient } from './docker-client.ts';
import type { WorkChannel } from './works.ts';

/** Largest Compose file read or written, in bytes. */
const MAX_BYTES = 1024 * 1024;

/** The contract's `compose.*`: files are read here, everything else goes over the Docker Engine API. */
export class ComposeService {
  readonly #docker: DockerClient;
  readonly #config = new DockerConfig();

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  /** Projects that run or were opened, by name. */
  async list(paths: readonly string[]): Promise<ComposeProject[]> {
    const containers = await this.#containers();
    const running = runningProjects(containers);
    const opened = await Promise.all(paths.map((path) => this.#describe(path, containers)));
    const known = new Map<string, ComposeProject>();
    for (const one of opened) if (one !== null) known.set(one.name, one);
    for (const project of running) {
      if (known.has(project.name)) continue;
      known.set(project.name, await this.#describeRunning(project, containers));
    }
    return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws BridgeError when there is no project at a path; one whose file is off is told of with its problem. */
  async open(path: string): Promise<ComposeProject> {
    const described = await this.#describe(path, await this.#containers());
    if (described === null) throw new BridgeError('not-found', `There is no Compose file at ${path}.`);
    return described;
  }

  /** All that may be written in a Compose file. */
  keys(): Promise<ComposeKeys> {
    return Promise.resolve(composeKeys());
  }

  async text(path: string): Promise<{ text: string }> {
    await assertComposeFile(path);
    return { text: await readFile(path, 'utf8') };
  }

  async check(path: string, text: string): Promise<ComposeProject> {
    const containers = await this.#containers();
    return this.#load(path, containers, new Map([[path, text]]));
  }

  async save(path: string, text: string): Promise<Record<string, never>> {
    await assertComposeFile(path);
    await writeFile(path, text);
    return {};
  }

  /** Carries an action out; each step is an item. */
  async act(asked: ComposeRequest, channel: WorkChannel<ComposeStep>): Promise<void> {
    let sending = Promise.resolve();
    const contextOf = (project: Project): ComposeContext => ({
      api: this.#docker.api,
      progress: (step) => {
        sending = sending.then(() => channel.item(step)).catch(() => undefined); // The page went away.
      },
      signal: channel.signal,
      registryAuth: async (image) => ({
        'X-Registry-Auth': await this.#config.registryAuthHeader(registryOf(image)),
      }),
      registries: this.#config,
      socketPath: this.#docker.dockerHost.replace(/^unix:\/\//, ''),
      environment: process.env,
      variable: project.variable,
    });
    try {
      const project = await this.#projectOf(asked.project);
      await perform(contextOf(project), project, asked);
    } catch (error) {
      throw explained(error, channel.signal);
    } finally {
      await sending;
    }
  }

  async #containers(): Promise<ProjectContainer[]> {
    try {
      return await composeContainers(this.#docker.api);
    } catch (error) {
      throw toBridgeError(error);
    }
  }

  async #projectOf({ name, path }: ComposeRequest['project']): Promise<Project> {
    if (path !== undefined) return loadAt(path);
    const running = runningProjects(await this.#containers()).find((one) => one.name === name);
    if (running !== undefined && (await areReadable(running.files)))
      return loadProject({
        files: running.files,
        projectName: name,
        projectDirectory: running.directory,
        workingDirectory: running.directory,
        environment: process.env,
      });
    return namedProject(name, running?.directory ?? homedir());
  }

  async #describe(path: string, containers: readonly ProjectContainer[]): Promise<ComposeProject | null> {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    return isThere ? this.#load(path, containers) : null;
  }

  async #load(
    path: string,
    containers: readonly ProjectContainer[],
    contents?: ReadonlyMap<string, string>,
  ): Promise<ComposeProject> {
    try {
      const project = await loadAt(path, contents);
      for (const problem of project.unusable.values()) throw problem;
      return describeProject(
        project,
        containers.filter((one) => one.project === project.name),
      );
    } catch (error) {
      if (!(error instanceof ComposeError)) throw error;
      return withProblem(path, error);
    }
  }

  async #describeRunning(project: RunningProject, containers: readonly ProjectContainer[]): Promise<ComposeProject> {
    if (!(await areReadable(project.files))) return describeRunning(project);
    try {
      const loaded = await this.#projectOf({ name: project.name });
      return describeProject(
        loaded,
        containers.filter((one) => one.project === project.name),
      );
    } catch (error) {
      if (!(error instanceof ComposeError)) throw error;
      return { ...describeRunning(project), problem: problemOf(error) };
    }
  }
}

async function perform(context: ComposeContext, project: Project, asked: ComposeRequest): Promise<void> {
  const { action, services } = asked;
  switch (action) {
    case 'up': {
      const wanted = scaled(project, new Map(Object.entries(asked.scale ?? {})));
      await up(context, wanted, {
        services: selectServices(wanted, { services, profiles: [] }),
        named: services,
        recreate: 'changed',
        recreateDependencies: true,
        start: true,
        renewVolumes: false,
        removeOrphans: services.length === 0,
        wait: false,
        building: 'missing',
      });
      return;
    }
    case 'down':
      return down(context, project, { volumes: asked.volumes ?? false, removeOrphans: true, services });
    case 'start':
      return startProject(context, project, services);
    case 'stop':
      return stopProject(context, project, services, undefined);
    case 'restart':
      return restartProject(context, project, services, { withDependents: true });
    case 'pull':
      await Promise.all(
        [...selectServices(project, { services, profiles: [] })].map(async (name) => {
          const service = project.services.get(name);
          if (service !== undefined && service.build === undefined) await pullImage(context, service);
        }),
      );
  }
}

function loadAt(path: string, contents?: ReadonlyMap<string, string>): Promise<Project> {
  const isFile = /\.ya?ml$/i.test(path);
  return loadProject({
    files: isFile ? [path] : [],
    workingDirectory: isFile ? dirname(path) : path,
    environment: process.env,
    ...(contents === undefined ? {} : { contents }),
  });
}

async function areReadable(files: readonly string[]): Promise<boolean> {
  if (files.length === 0) return false;
  const found = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (one) => one.isFile(),
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}

/** The page may only read and write what can be a Compose file. Throws BridgeError. */
async function assertComposeFile(path: string): Promise<void> {
  if (!/\.ya?ml$/i.test(path)) throw new BridgeError('invalid', 'A Compose file ends in .yaml or .yml.');
  const found = await stat(path).catch((error: unknown) => {
    throw new BridgeError('not-found', `There is no file ${path}.`, { detail: messageOf(error) });
  });
  if (!found.isFile() || found.size > MAX_BYTES) throw new BridgeError('invalid', 'This is no Compose file.');
}

function problemOf(error: ComposeError): ComposeProject['problem'] {
  const { place } = error;
  return { message: error.sentence, file: place?.file ?? '', line: place?.line ?? 0, column: place?.column ?? 0 };
}

function withProblem(path: string, error: ComposeError): ComposeProject {
  const directory = /\.ya?ml$/i.test(path) ? dirname(path) : path;
  return {
    name: directory.split('/').at(-1) ?? path,
    directory,
    files: [path === directory ? join(directory, 'compose.yaml') : path],
    services: [],
    running: 0,
    total: 0,
    warnings: [],
    problem: problemOf(error),
  };
}

function explained(error: unknown, signal: AbortSignal): BridgeError {
  if (error instanceof ComposeError) return new BridgeError('invalid', error.message);
  return toBridgeError(error, signal);
}
