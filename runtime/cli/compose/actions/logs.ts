import { unlessGone } from '../../../compose/objects/containers.ts';
import type { ComposeContext } from '../../../compose/operations/context.ts';
import { containersOf } from '../../../compose/operations/lifecycle.ts';
import { followLog } from '../../../compose/operations/logs.ts';
import { followStarts, startedAt, type StartedContainer } from '../../../compose/operations/starts.ts';
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
  const { context, project } = session;
  const printer = new LogPrinter(cli, { prefix: !flags['no-log-prefix'], colour: !flags['no-color'] });
  for (const { name } of containers) printer.add(shortName(project.name, name));
  const show = (id: string, name: string, since = flags.since, tail = flags.tail ?? 'all'): Promise<void> => {
    const shown = shortName(project.name, name);
    printer.add(shown);
    const choices = { follow: flags.follow, timestamps: flags.timestamps, tail, since, until: flags.until };
    return followLog(context, id, choices, (text, stream) => {
      printer.print(shown, text, stream);
    });
  };
  if (!flags.follow) {
    await Promise.all(containers.map(({ id, name }) => show(id, name)));
    return 0;
  }
  const isMeant = (one: { readonly service: string; readonly number: number }): boolean =>
    (services.length === 0 || services.includes(one.service)) && (index === 0 || one.number === index);
  await followAll(context, project.name, containers, isMeant, show);
  return 0;
}

/** Follows the logs of containers, and of those that are started meanwhile, until none of them runs. */
async function followAll(
  context: ComposeContext,
  project: string,
  containers: readonly StartedContainer[],
  isMeant: (container: StartedContainer) => boolean,
  show: (id: string, name: string, since?: string, tail?: string) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const followed = new Map<string, Promise<void>>();
  const follow = (id: string, log: Promise<void>): void => {
    const done = log.finally(() => followed.delete(id));
    done.catch(() => undefined);
    followed.set(id, done);
  };
  for (const { id, name } of containers) follow(id, show(id, name));
  const signal = AbortSignal.any([context.signal, over.signal]);
  const starts = followStarts({ ...context, signal }, project, (started) => {
    if (!isMeant(started) || followed.has(started.id)) return;
    const again = startedAt(context, started.id).then((since) => show(started.id, started.name, since, 'all'));
    follow(started.id, unlessGone(again));
  });
  // Told below, with what else went wrong.
  starts.catch(() => undefined);
  try {
    while (followed.size > 0) await Promise.all(followed.values());
  } finally {
    over.abort();
    await starts;
  }
}
