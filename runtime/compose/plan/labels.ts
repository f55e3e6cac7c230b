import type { Project, Service } from '../model/project.ts';

/** Labels by which every Compose tool knows the objects of a project; names as docker's own Compose sets them. */
export const LABELS = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  hash: 'com.docker.compose.config-hash',
  image: 'com.docker.compose.image',
  directory: 'com.docker.compose.project.working_dir',
  files: 'com.docker.compose.project.config_files',
  envFiles: 'com.docker.compose.project.environment_file',
  dependencies: 'com.docker.compose.depends_on',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
  /** Of a container that runs a command before those of its service start. */
  hook: 'com.docker.compose.hook',
  version: 'com.docker.compose.version',
} as const;

/** The version of Docker Compose whose labels these are; tools tell projects of version 1 by it. */
export const COMPOSE_VERSION = '2.40.0';

/** Labels of one container of a service. */
export function containerLabels(
  project: Project,
  service: Service,
  facts: { readonly number: number; readonly hash: string; readonly imageId: string; readonly oneOff: boolean },
): Record<string, string> {
  return {
    ...service.labels,
    [LABELS.project]: project.name,
    [LABELS.service]: service.name,
    [LABELS.number]: String(facts.number),
    [LABELS.oneOff]: facts.oneOff ? 'True' : 'False',
    [LABELS.hash]: facts.hash,
    [LABELS.image]: facts.imageId,
    [LABELS.directory]: project.directory,
    [LABELS.files]: project.files.join(','),
    ...(project.envFiles.length === 0 ? {} : { [LABELS.envFiles]: project.envFiles.join(',') }),
    [LABELS.dependencies]: Object.entries(service.dependencies)
      .map(([name, { condition, restart }]) => `${name}:${condition}:${String(restart)}`)
      .join(','),
    [LABELS.version]: COMPOSE_VERSION,
  };
}

/** Labels of an image that is built for a service. */
export function imageLabels(project: Pick<Project, 'name'>, { name, build }: Service): Record<string, string> {
  return {
    ...build?.labels,
    [LABELS.project]: project.name,
    [LABELS.service]: name,
    [LABELS.version]: COMPOSE_VERSION,
  };
}

/** Labels of a network or volume, by its key in the file. */
export function objectLabels(
  project: Project,
  kind: 'network' | 'volume',
  key: string,
  own: Readonly<Record<string, string>> | undefined,
  hash: string,
): Record<string, string> {
  return {
    ...own,
    [LABELS.hash]: hash,
    [LABELS.project]: project.name,
    [LABELS[kind]]: key,
    [LABELS.version]: COMPOSE_VERSION,
  };
}

/** Whether labels are those of a container of a project, and not only of an image that was built for one. */
export function isOfProject(labels: Readonly<Record<string, string>>): boolean {
  // Compose 1 gave those of `run` no hash.
  return LABELS.hash in labels || LABELS.number in labels;
}

/** The `filters` parameter for a project's objects. */
export function projectFilter(project: string, ...more: readonly string[]): string {
  return JSON.stringify({ label: [`${LABELS.project}=${project}`, ...more] });
}
