import type { ProjectContainer } from '../objects/containers.ts';
import { LABELS } from '../plan/labels.ts';
import type { Project } from './project.ts';

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
    .map(([name, list]) => ({
      name,
      directory: list[0]?.labels[LABELS.directory] ?? '',
      files: (list[0]?.labels[LABELS.files] ?? '').split(',').filter((one) => one !== ''),
      containers: list,
    }))
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
