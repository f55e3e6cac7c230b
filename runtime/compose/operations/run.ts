import { randomBytes } from 'node:crypto';
import type { Project, Service } from '../model/project.ts';
import { without } from '../model/without.ts';
import { parsePort } from '../model/ports.ts';
import { parseMount } from '../model/mounts.ts';
import { projectContainers } from '../objects/containers.ts';
import { configHash } from '../plan/hash.ts';
import { createContainer } from './create.ts';
import type { ComposeContext } from './context.ts';
import { joinedContainers } from './joined.ts';

/** How a one-off container differs from its service. */
export interface RunChoices {
  readonly name?: string | undefined;
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[] | undefined;
  /** NAME=VALUE, or a name whose value is the environment's. */
  readonly environment: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
  readonly workingDirectory?: string | undefined;
  /** Short forms, beside those of the service if `servicePorts`. */
  readonly publish: readonly string[];
  readonly servicePorts: boolean;
  readonly volumes: readonly string[];
  readonly useAliases: boolean;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Whether the engine removes it when it ends. */
  readonly autoRemove: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
}

/** Makes a one-off container of a service, not started; its id and name. Rejects with ComposeError, PortError, MountError. */
export async function createOneOff(
  context: ComposeContext,
  project: Project,
  service: Service,
  imageId: string,
  choices: RunChoices,
): Promise<{ id: string; name: string }> {
  const changed = oneOffService(context, service, choices);
  const name =
    choices.name ?? [project.name, service.name, 'run', randomBytes(6).toString('hex')].join(project.separator);
  const id = await createContainer(context, project, changed, {
    name,
    number: 1,
    hash: configHash(project, changed),
    imageId,
    oneOff: !choices.useAliases,
    autoRemove: choices.autoRemove,
    joined: joinedContainers(service, await projectContainers(context.api, project.name)),
    inherited: {},
    socketPath: context.socketPath,
  });
  return { id, name };
}

/** The service as its one-off container has it: no name of its own, no restarts, only the ports asked for. */
function oneOffService(context: ComposeContext, service: Service, choices: RunChoices): Service {
  const { deploy, ...rest } = without(service, 'container_name', 'restart');
  const asked = Object.fromEntries(
    choices.environment.flatMap((entry) => {
      const at = entry.indexOf('=');
      if (at >= 0) return [[entry.slice(0, at), entry.slice(at + 1)]];
      const value = context.variable(entry);
      return value === undefined ? [] : [[entry, value]];
    }),
  ) as Record<string, string>;
  return {
    ...rest,
    ...(deploy?.resources === undefined ? {} : { deploy: { resources: deploy.resources } }),
    environment: { ...service.environment, ...asked },
    labels: { ...service.labels, ...choices.labels },
    tty: choices.tty,
    stdin_open: choices.stdin,
    ports: [...(choices.servicePorts ? (service.ports ?? []) : []), ...choices.publish.flatMap(parsePort)],
    volumes: [...(service.volumes ?? []), ...choices.volumes.map(parseMount)],
    cap_add: [...(service.cap_add ?? []), ...choices.capAdd],
    cap_drop: [...(service.cap_drop ?? []), ...choices.capDrop],
    ...(choices.command.length === 0 ? {} : { command: [...choices.command] }),
    ...(choices.entrypoint === undefined ? {} : { entrypoint: [...choices.entrypoint] }),
    ...(choices.entrypoint !== undefined && choices.command.length === 0 ? { command: [] } : {}),
    ...(choices.user === undefined ? {} : { user: choices.user }),
    ...(choices.workingDirectory === undefined ? {} : { working_dir: choices.workingDirectory }),
  };
}
