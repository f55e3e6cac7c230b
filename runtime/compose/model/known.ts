import type { ProjectContainer } from '../objects/containers.ts';
import { LABELS } from '../plan/labels.ts';
import type { Dependency, Project, Service } from './project.ts';

/** A project of which only the name is known: operations find its objects by their labels. */
export function namedProject(
  name: string,
  directory: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Project {
  return {
    name,
    directory,
    files: [],
    envFiles: [],
    services: new Map(),
    networks: new Map(),
    volumes: new Map(),
    configs: new Map(),
    secrets: new Map(),
    models: new Map(),
    extensions: [],
    separator: '-',
    warnings: [],
    unusable: new Map(),
    variable: (name) => environment[name],
  };
}

/** A project as its containers tell of it. */
export interface RunningProject {
  readonly name: string;
  readonly directory: string;
  readonly files: readonly string[];
  readonly containers: readonly ProjectContainer[];
}

/** The projects that containers belong to, by name. */
export function runningProjects(containers: readonly ProjectContainer[]): RunningProject[] {
  const byName = Map.groupBy(
    containers.filter(({ project, oneOff }) => project !== '' && !oneOff),
    ({ project }) => project,
  );
  return [...byName]
    .map(([name, list]) => {
      const has = (label: string): Readonly<Record<string, string>> | undefined =>
        list.find((one) => label in one.labels)?.labels;
      const labels = has(LABELS.files) ?? has(LABELS.directory) ?? {};
      return {
        name,
        directory: labels[LABELS.directory] ?? '',
        files: (labels[LABELS.files] ?? '').split(',').filter((one) => one !== ''),
        containers: list,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `running(2), exited(1)`, as docker's Compose tells it. */
export function stateSummary(containers: readonly ProjectContainer[]): string {
  const counts = new Map<string, number>();
  for (const { state } of containers) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, count]) => `${state}(${count})`)
    .join(', ');
}

/** A dependency in the label of a container: `db:service_healthy:true`. */
const DEPENDENCY = /^([^:]+):(service_started|service_healthy|service_completed_successfully)(?::(true|false))?$/;

/** A project of which only the name is known, with its services and what they depend on as its containers tell of it. */
export function withLabelledServices(project: Project, containers: readonly ProjectContainer[]): Project {
  const services = containers
    .filter(({ oneOff }) => !oneOff)
    .map(({ service, image, labels }): [string, Service] => {
      const written = (labels[LABELS.dependencies] ?? '').split(',').flatMap((text) => {
        const [, name = '', condition, restart] = DEPENDENCY.exec(text) ?? [];
        const dependency = {
          condition: condition as Dependency['condition'],
          restart: restart === 'true',
          required: true,
        };
        return name === '' ? [] : [[name, dependency] as const];
      });
      const dependencies = Object.fromEntries(written);
      const rest = { environment: {}, labels: {}, networks: {}, profiles: [], links: [], replicas: 1 };
      return [service, { name: service, image, dependencies, ...rest }];
    });
  return { ...project, services: new Map(services) };
}
