import { imageId, removeUnnamed } from '../../../compose/objects/images.ts';
import { up, type UpChoices } from '../../../compose/operations/up.ts';
import { watchProject } from '../../../compose/operations/watch.ts';
import type { CliContext } from '../../command.ts';
import type { ComposeFlags } from '../globals.ts';
import { WATCH_PREFIX } from '../log-printer.ts';
import { openProject, selected, withoutOutput } from '../session.ts';

/** `compose watch`: brings the project up, then follows its files until it is interrupted. */
export async function runWatch(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly 'no-up': boolean; readonly prune: boolean; readonly quiet: boolean },
  services: readonly string[],
): Promise<number> {
  const opened = await openProject(cli, globals, flags.quiet);
  const session = flags.quiet ? withoutOutput(opened) : opened;
  const { context, project } = session;
  const choices: UpChoices = {
    services: selected(session, services),
    named: services,
    recreate: 'changed',
    recreateDependencies: false,
    start: true,
    renewVolumes: false,
    removeOrphans: false,
    wait: false,
    building: 'yes',
  };
  if (!flags['no-up']) await up(context, project, choices);
  session.progress.finish();
  process.once('SIGINT', () => {
    session.abort(new Error('interrupted'));
  });
  process.once('SIGTERM', () => {
    session.abort(new Error('interrupted'));
  });
  await watchProject(context, project, {
    services: choices.services,
    say: (text) => {
      cli.stdout.write(`${WATCH_PREFIX}${text}\n`);
    },
    rebuild: async (service) => {
      const before = flags.prune ? await imageId(context, service.image) : null;
      await up(context, project, { ...choices, services: new Set([service.name]), named: [service.name] });
      if (before !== null) await removeUnnamed(context, before);
    },
  });
  return 0;
}
