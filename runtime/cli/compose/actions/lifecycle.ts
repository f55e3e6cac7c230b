import { ComposeError } from '../../../compose/errors.ts';
import { namedProject } from '../../../compose/model/known.ts';
import { removeContainer } from '../../../compose/objects/containers.ts';
import { reported } from '../../../compose/operations/context.ts';
import { down } from '../../../compose/operations/down.ts';
import {
  containersOf,
  restartProject,
  signalProject,
  startProject,
  stopProject,
} from '../../../compose/operations/lifecycle.ts';
import { removeContainers } from '../../../compose/operations/up.ts';
import type { CliContext } from '../../command.ts';
import { confirmed } from '../../confirm.ts';
import { UsageError, type FlagValues } from '../../flags/flags.ts';
import { integer } from '../../flags/values.ts';
import type { ComposeFlags } from '../globals.ts';
import { assertServices, openKnownProject, removesOrphans, type ComposeSession } from '../session.ts';
import type { DOWN_SPECS, KILL_SPECS, RESTART_SPECS, RM_SPECS, START_SPECS, STOP_SPECS } from '../specs.ts';

async function open(cli: CliContext, globals: ComposeFlags, services: readonly string[]): Promise<ComposeSession> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  return session;
}

/** `compose down`. */
export async function runDown(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof DOWN_SPECS>,
  services: readonly string[],
): Promise<number> {
  const { rmi } = flags;
  if (rmi !== undefined && rmi !== 'all' && rmi !== 'local')
    throw new UsageError(`invalid value for --rmi: "${rmi}": it must be "all" or "local"`);
  const session = await open(cli, globals, services);
  await down(session.context, session.project, {
    timeout: integer('timeout', flags.timeout, undefined),
    volumes: flags.volumes,
    removeOrphans: removesOrphans(session, flags),
    images: rmi,
    services,
  });
  session.progress.finish();
  return 0;
}

/** `compose start`. */
export async function runStart(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof START_SPECS>,
  services: readonly string[],
): Promise<number> {
  const session = await open(cli, globals, services);
  for (const name of services)
    if ((await containersOf(session.context, session.project, [name])).length === 0)
      throw new ComposeError(`service "${name}" has no container to start`);
  await startProject(session.context, session.project, services, { wait: flags.wait });
  return 0;
}

/** `compose stop`. */
export async function runStop(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof STOP_SPECS>,
  services: readonly string[],
): Promise<number> {
  const { context, project } = await open(cli, globals, services);
  await stopProject(context, project, services, integer('timeout', flags.timeout, undefined));
  return 0;
}

/** `compose restart`. */
export async function runRestart(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof RESTART_SPECS>,
  services: readonly string[],
): Promise<number> {
  const { context, project } = await open(cli, globals, services);
  await restartProject(context, project, services, {
    timeout: integer('timeout', flags.timeout, undefined),
    withDependents: !flags['no-deps'],
  });
  return 0;
}

/** `compose kill`. */
export async function runKill(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof KILL_SPECS>,
  services: readonly string[],
): Promise<number> {
  const session = await open(cli, globals, services);
  const { context, project } = session;
  await signalProject(context, project, services, 'kill', flags.signal);
  if (removesOrphans(session, flags)) {
    const all = await containersOf(context, namedProject(project.name, project.directory), []);
    await removeContainers(
      context,
      all.filter(({ service }) => !project.services.has(service)),
      undefined,
    );
  }
  return 0;
}

/** `compose pause` and `compose unpause`. */
export async function runPause(
  cli: CliContext,
  globals: ComposeFlags,
  verb: 'pause' | 'unpause',
  services: readonly string[],
): Promise<number> {
  const { context, project } = await open(cli, globals, services);
  await signalProject(context, project, services, verb);
  return 0;
}

/** `compose rm`. */
export async function runRemove(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof RM_SPECS>,
  services: readonly string[],
): Promise<number> {
  const { context, project } = await open(cli, globals, services);
  if (flags.stop) await stopProject(context, project, services, undefined);
  const idle = (await containersOf(context, project, services, { oneOffs: true })).filter(({ state }) =>
    ['created', 'exited', 'dead'].includes(state),
  );
  if (idle.length === 0) {
    cli.stderr.write('No stopped containers\n');
    return 0;
  }
  if (!flags.force && !(await confirmed(cli, `Going to remove ${idle.map(({ name }) => name).join(', ')}`))) return 0;
  await Promise.all(
    idle.map(({ id, name }) =>
      reported(context, `Container ${name}`, ['Removing', 'Removed'], () =>
        removeContainer(context.api, id, { force: true, volumes: flags.volumes }),
      ),
    ),
  );
  return 0;
}
