import type { RunningProject } from '../compose/model/known.ts';
import type { Project, Service } from '../compose/model/project.ts';
import type { ProjectContainer } from '../compose/objects/containers.ts';
import { LABELS } from '../compose/plan/labels.ts';
import { configHash } from '../compose/plan/hash.ts';
import type { ComposeProject, ComposeService } from '../contract/compose.ts';

/** A project of files, with what there is of it on the engine. */
export function describeProject(project: Project, containers: readonly ProjectContainer[]): ComposeProject {
  const own = containers.filter(({ oneOff }) => !oneOff);
  const services = [...project.services.values()].map((service) =>
    describeService(
      project,
      service,
      own.filter((one) => one.service === service.name),
    ),
  );
  const orphans = [...Map.groupBy(own, ({ service }) => service)]
    .filter(([name]) => !project.services.has(name))
    .map(([name, list]) => fromContainers(name, list, 'gone'));
  return {
    name: project.name,
    directory: project.directory,
    files: project.files,
    services: [...services, ...orphans],
    running: own.filter(({ state }) => state === 'running').length,
    total: own.length,
    warnings: project.warnings,
    problem: null,
  };
}

/** A project of which only its containers are known. */
export function describeRunning(project: RunningProject): ComposeProject {
  const { name, directory, files, containers } = project;
  return {
    name,
    directory,
    files,
    services: [...Map.groupBy(containers, ({ service }) => service)].map(([service, list]) =>
      fromContainers(service, list, null),
    ),
    running: containers.filter(({ state }) => state === 'running').length,
    total: containers.length,
    warnings: [],
    problem: null,
  };
}

function describeService(project: Project, service: Service, containers: readonly ProjectContainer[]): ComposeService {
  const hash = configHash(project, service);
  const isSame = containers.length === service.replicas && containers.every((one) => one.hash === hash);
  return {
    name: service.name,
    image: service.image,
    builds: service.build !== undefined,
    dependsOn: Object.entries(service.dependencies).map(([name, { condition }]) => ({ service: name, condition })),
    ports: (service.ports ?? []).map(({ hostIp, published, target, protocol }) =>
      [hostIp, published, `${target}${protocol === 'tcp' ? '' : `/${protocol}`}`]
        .filter((part) => part !== '')
        .join(':'),
    ),
    networks: Object.keys(service.networks),
    profiles: service.profiles,
    replicas: service.replicas,
    containers: containers.map(shown),
    change: isSame ? 'same' : containers.length === 0 ? 'new' : 'changed',
  };
}

function fromContainers(name: string, list: readonly ProjectContainer[], change: 'gone' | null): ComposeService {
  const [first] = list;
  // `db:service_healthy:false,cache:service_started:false`
  const dependsOn = (first?.labels[LABELS.dependencies] ?? '').split(',').filter((one) => one !== '');
  return {
    name,
    image: first?.image ?? '',
    builds: false,
    dependsOn: dependsOn.map((one) => {
      const [service = '', condition = 'service_started'] = one.split(':');
      return { service, condition };
    }),
    ports: [],
    networks: first?.networks ?? [],
    profiles: [],
    replicas: list.length,
    containers: list.map(shown),
    change,
  };
}

function shown({ id, name, state, status }: ProjectContainer): ComposeService['containers'][number] {
  return { id, name, state, status };
}
