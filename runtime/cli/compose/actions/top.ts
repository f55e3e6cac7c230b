import { containersOf } from '../../../compose/operations/lifecycle.ts';
import type { CliContext } from '../../command.ts';
import { alignedTable } from '../../output/list.ts';
import type { ComposeFlags } from '../globals.ts';
import { assertServices, openKnownProject } from '../session.ts';
import { visible } from '../../output/visible.ts';

/** What an engine says of a container's processes. */
export interface Processes {
  readonly service: string;
  readonly number: number;
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The processes of all containers in one table, the command last. '' for none. */
export function topText(containers: readonly Processes[]): string {
  const titles = new Set(containers.flatMap((one) => one.titles));
  const columns = [...titles].filter((title) => title !== 'CMD');
  if (titles.has('CMD')) columns.push('CMD');
  const lines = containers.flatMap(({ service, number, titles: own, rows }) =>
    rows.map((row) => [service, String(number), ...columns.map((title) => row[own.indexOf(title)] ?? '-')]),
  );
  if (lines.length === 0) return '';
  return alignedTable(
    [['SERVICE', '#', ...columns], ...lines].map((line) => line.join('\t')),
    { leastWidth: 4, spaces: 2 },
  );
}

/** `compose top`. */
export async function runTop(cli: CliContext, globals: ComposeFlags, services: readonly string[]): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  const found = await containersOf(session.context, session.project, services);
  const running = found.filter(({ state }) => state === 'running').sort((a, b) => (a.name < b.name ? -1 : 1));
  const processes = await Promise.all(
    running.map(async ({ id, service, number }): Promise<Processes> => {
      const { Titles, Processes: rows } = await cli.api.json<{ Titles: string[]; Processes: string[][] }>(
        'GET',
        `/containers/${id}/top`,
      );
      return { service, number, titles: Titles, rows };
    }),
  );
  cli.stdout.write(visible(topText(processes), cli.stdout));
  return 0;
}
