import { resolve } from 'node:path';
import { ComposeError } from '../../../compose/errors.ts';
import { readText, variablesIn } from '../../../compose/load/environment-file.ts';
import { assertService } from '../../../compose/model/select.ts';
import { removeContainer } from '../../../compose/objects/containers.ts';
import { ensureNetworks } from '../../../compose/objects/networks.ts';
import { ensureVolumes } from '../../../compose/objects/volumes.ts';
import type { ComposeContext } from '../../../compose/operations/context.ts';
import { ensureImages } from '../../../compose/operations/images.ts';
import { createOneOff } from '../../../compose/operations/run.ts';
import { up } from '../../../compose/operations/up.ts';
import { modelsUp } from '../../../compose/plugins/models.ts';
import { providersUp } from '../../../compose/plugins/providers.ts';
import type { Project } from '../../../compose/model/project.ts';
import { shellWords } from '../../../compose/model/words.ts';
import { exec } from '../../commands/streams.ts';
import { runAttached, startContainer } from '../../commands/run.ts';
import type { CliContext } from '../../command.ts';
import type { FlagValues } from '../../flags/flags.ts';
import { pair } from '../../../common/fields.ts';
import { pairs } from '../../flags/values.ts';
import type { ComposeFlags } from '../globals.ts';
import {
  assertServices,
  openKnownProject,
  openProject,
  removesOrphans,
  selected,
  withoutOutput,
  type ComposeSession,
} from '../session.ts';
import type { EXEC_SPECS, RUN_SPECS } from '../specs.ts';
import { oneContainer } from './lists.ts';

/** `compose exec SERVICE COMMAND`. */
export async function runExec(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof EXEC_SPECS>,
  [service = '', ...words]: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, [service]);
  const container = await oneContainer(session.context, session.project, service, flags.index);
  if (container.state !== 'running') throw new ComposeError(`service "${service}" is not running`);
  const tty = flags.tty && !flags['no-tty'] && !flags['no-TTY'] && cli.stdin.isTTY && cli.stdout.isTTY;
  return exec.invoke(cli, [
    ...(flags.detach ? ['--detach'] : []),
    ...(flags.interactive && !flags.detach ? ['--interactive'] : []),
    ...(tty ? ['--tty'] : []),
    ...(flags.privileged ? ['--privileged'] : []),
    ...(flags.user === undefined ? [] : ['--user', flags.user]),
    ...(flags.workdir === undefined ? [] : ['--workdir', flags.workdir]),
    ...flags.env.flatMap((one) => ['--env', one]),
    container.id,
    ...words,
  ]);
}

/** `compose run SERVICE [COMMAND]`. */
export async function runOneOff(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof RUN_SPECS>,
  [name = '', ...words]: readonly string[],
): Promise<number> {
  const opened = await openProject(cli, globals, flags.quiet || flags['quiet-pull']);
  const session = flags.quiet || flags['quiet-build'] ? withoutOutput(opened) : opened;
  assertService(session.project, name);
  const { context } = session;
  const project = await modelsUp(
    context,
    flags['no-deps'] ? session.project : await startDependencies(session, name, flags),
    new Set([name]),
  );
  const service = assertService(project, name);
  const [images] = await Promise.all([
    ensureImages(context, project, [name], imageChoices(flags)),
    ensureNetworks(context, project, Object.keys(service.networks)),
    ensureVolumes(
      context,
      project,
      (service.volumes ?? []).filter(({ type }) => type === 'volume').map(({ source }) => source),
    ),
  ]);
  const tty = flags.tty && !flags['no-tty'] && !flags['no-TTY'] && !flags.detach && cli.stdin.isTTY && cli.stdout.isTTY;
  const stdin = flags.interactive && !flags.detach;
  const container = await createOneOff(context, project, service, images.get(name) ?? '', {
    name: flags.name,
    command: words,
    entrypoint: flags.entrypoint === undefined ? undefined : shellWords(flags.entrypoint),
    environment: [...fromFiles(context, flags['env-from-file'], flags.env), ...flags.env],
    labels: pairs([...flags.label, ...flags.labels]),
    user: flags.user,
    workingDirectory: flags.workdir,
    publish: flags.publish,
    servicePorts: flags['service-ports'],
    volumes: [...flags.volume, ...flags.volumes],
    useAliases: flags['use-aliases'],
    tty,
    // Of one in the background, too: who reads waits for whoever attaches.
    stdin: flags.interactive,
    autoRemove: flags.rm && flags.detach,
    capAdd: flags['cap-add'],
    capDrop: flags['cap-drop'],
  });
  session.progress.finish();
  if (flags.detach) {
    await startContainer(cli, container.id);
    cli.stdout.write(`${container.id}\n`);
    return 0;
  }
  try {
    return await runAttached(cli, container.id, {
      interactive: stdin,
      tty,
      rm: false,
      'detach-keys': undefined,
      'sig-proxy': true,
    });
  } finally {
    if (flags.rm) await removeContainer(cli.api, container.id, { force: true, volumes: true });
  }
}

/** What files set, as NAME=VALUE; what the command line gives counts in them, too. Throws ComposeError. */
function fromFiles({ variable }: ComposeContext, files: readonly string[], given: readonly string[]): string[] {
  const own = new Map(given.map(pair));
  return files.flatMap((file) => {
    const text = readText(resolve(file), true, 'env file') ?? '';
    const values = variablesIn(file, text, (name) => own.get(name) ?? variable(name));
    return [...values].map(([name, value]) => `${name}=${value}`);
  });
}

type RunFlags = FlagValues<typeof RUN_SPECS>;

function imageChoices(flags: RunFlags): Parameters<typeof ensureImages>[3] {
  return {
    building: flags.build ? 'yes' : 'missing',
    pull: flags.pull,
  };
}

/** Returns the project with what providers have said of the services that they look after. */
async function startDependencies(session: ComposeSession, name: string, flags: RunFlags): Promise<Project> {
  const { context } = session;
  const all = selected(session, [name]);
  all.delete(name);
  const project = await providersUp(context, session.project, all);
  const names = new Set([...all].filter((one) => project.services.get(one)?.provider === undefined));
  if (names.size === 0) return project;
  const choices = imageChoices(flags);
  await up(context, project, {
    ...choices,
    services: names,
    named: [...names],
    recreate: 'changed',
    recreateDependencies: false,
    start: true,
    renewVolumes: false,
    removeOrphans: removesOrphans(session, flags),
    wait: false,
  });
  return project;
}
