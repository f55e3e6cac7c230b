import { containersOf } from '../../../compose/operations/lifecycle.ts';
import { followLog } from '../../../compose/operations/logs.ts';
import type { CliContext } from '../../command.ts';
import type { FlagValues } from '../../flags/flags.ts';
import { integer } from '../../flags/values.ts';
import type { ComposeFlags } from '../globals.ts';
import { LogPrinter, shortName } from '../log-printer.ts';
import { assertServices, openKnownProject } from '../session.ts';
import type { LOGS_SPECS } from '../specs.ts';

/** `compose logs`: of several containers, each line behind its container's name. */
export async function runLogs(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof LOGS_SPECS>,
  services: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  const index = integer('index', flags.index, 0);
  const containers = (await containersOf(session.context, session.project, services)).filter(
    ({ number }) => index === 0 || number === index,
  );
  const printer = new LogPrinter(cli, { prefix: !flags['no-log-prefix'], colour: !flags['no-color'] });
  for (const { name } of containers) printer.add(shortName(session.project.name, name));
  await Promise.all(
    containers.map(({ id, name }) =>
      followLog(
        session.context,
        id,
        {
          follow: flags.follow,
          timestamps: flags.timestamps,
          tail: flags.tail ?? 'all',
          since: flags.since,
          until: flags.until,
        },
        (text, stream) => {
          printer.print(shortName(session.project.name, name), text, stream);
        },
      ),
    ),
  );
  return 0;
}
