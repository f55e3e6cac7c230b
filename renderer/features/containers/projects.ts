import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { isRunning } from './model.ts';

/** Label with which Compose marks its containers. */
const PROJECT_LABEL = 'com.docker.compose.project';
/** Compose gives images that it builds the project and this, and containers a number, too. */
const VERSION_LABEL = 'com.docker.compose.version';
const NUMBER_LABEL = 'com.docker.compose.container-number';
const PREFIX = 'project:';

/** A line that stands for all containers of a Compose project. */
export interface ProjectRow {
  readonly kind: 'project';
  readonly id: string;
  readonly name: string;
  readonly members: readonly ContainerSummary[];
  readonly running: number;
  readonly unhealthy: number;
  readonly folded: boolean;
}

export type ListRow = ContainerSummary | ProjectRow;

export function isProject(row: ListRow): row is ProjectRow {
  return 'kind' in row;
}

/** The containers that a line stands for. */
export function membersOf(row: ListRow): readonly ContainerSummary[] {
  return isProject(row) ? row.members : [row];
}

/** Whether a container is one of a project, so that it is indented below it. */
export function projectOf(container: ContainerSummary): string | null {
  const { [PROJECT_LABEL]: project, [VERSION_LABEL]: version, [NUMBER_LABEL]: number } = container.labels;
  // Made by hand of an image of the project.
  if (version !== undefined && number === undefined) return null;
  return project === undefined || project === '' ? null : project;
}

/** The sum of what is known; null while nothing is, which is not the same as nothing used. */
export function sumOfKnown(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === 'number');
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** Puts a line above the containers of each project; a project stands where its first container stood. */
export function groupByProject(sorted: readonly ContainerSummary[], folded: ReadonlySet<string>): ListRow[] {
  const groups = new Map<string, ContainerSummary[]>();
  for (const container of sorted) {
    const project = projectOf(container);
    if (project === null) continue;
    const known = groups.get(project);
    if (known === undefined) groups.set(project, [container]);
    else known.push(container);
  }
  const rows: ListRow[] = [];
  const done = new Set<string>();
  for (const container of sorted) {
    const project = projectOf(container);
    if (project === null) {
      rows.push(container);
      continue;
    }
    if (done.has(project)) continue;
    done.add(project);
    const members = groups.get(project) ?? [];
    const isFolded = folded.has(project);
    const running = members.filter(isRunning).length;
    const unhealthy = members.filter(({ health }) => health === 'unhealthy').length;
    rows.push({
      kind: 'project',
      id: `${PREFIX}${project}`,
      name: project,
      members,
      running,
      unhealthy,
      folded: isFolded,
    });
    if (!isFolded) rows.push(...members);
  }
  return rows;
}
