import { DockerConfig, dockerConfigDirectory } from '../../common/docker-config.ts';
import { ComposeError } from '../../compose/errors.ts';
import { loadProject, type LoadOptions } from '../../compose/load/load.ts';
import { composeFiles, projectNameOf } from '../../compose/load/files.ts';
import { isYes } from '../../compose/load/surroundings.ts';
import { namedProject, runningProjects } from '../../compose/model/known.ts';
import type { Project } from '../../compose/model/project.ts';
import { assertService, selectServices } from '../../compose/model/select.ts';
import { composeContainers } from '../../compose/objects/containers.ts';
import type { ComposeContext } from '../../compose/operations/context.ts';
import { resolve } from 'node:path';
import type { CliContext } from '../command.ts';
import { UsageError } from '../flags/flags.ts';
import { registryAuthHeader } from '../registry-auth.ts';
import { whereabouts, type ComposeFlags } from './globals.ts';
import { ComposeProgress, type ProgressMode } from './progress.ts';

/** Where an engine of another machine listens there. */
const DOCKER_SOCKET = '/var/run/docker.sock';
/** Before everything that is only said to be done, in docker compose's words. */
const DRY_RUN_PREFIX = ' DRY-RUN MODE - ';

/** What a compose command works with. */
export interface ComposeSession {
  readonly project: Project;
  readonly profiles: readonly string[];
  readonly context: ComposeContext;
  readonly progress: ComposeProgress;
  /** Ends what waits. */
  readonly abort: (reason: Error) => void;
}

/** Another way to read a project than the usual one; `unwarned` without a word of what is odd about it. */
type Reading = Partial<LoadOptions> & { readonly unwarned?: boolean };

/** Reads the project, in another way than usual if `read` says so, and prepares to work on it. Throws ComposeError, UsageError. */
export async function openProject(
  cli: CliContext,
  flags: ComposeFlags,
  quiet = false,
  { unwarned = false, ...read }: Reading = {},
): Promise<ComposeSession> {
  const project = await loadProject({ ...loadOptions(cli, flags), ...read });
  for (const warning of unwarned ? [] : project.warnings) cli.stderr.write(`WARN: ${warning}\n`);
  return sessionOf(cli, flags, project, quiet);
}

/**
 * The project by its files; without any, by the name given and what the engine has of it, so that a project can be
 * taken down whose files are gone.
 */
export async function openKnownProject(cli: CliContext, flags: ComposeFlags): Promise<ComposeSession> {
  const named = flags['project-name'] ?? cli.environment['COMPOSE_PROJECT_NAME'];
  try {
    const { files, workingDirectory, environment } = loadOptions(cli, flags);
    composeFiles(files, workingDirectory, environment, directoryOf(flags));
  } catch (error) {
    if (!(error instanceof ComposeError) || named === undefined || flags.file.length > 0) throw error;
    const project = namedProject(projectNameOf(named), directoryOf(flags));
    const found = runningProjects(await composeContainers(cli.api)).find(({ name }) => name === project.name);
    return sessionOf(cli, flags, { ...project, directory: found?.directory ?? project.directory });
  }
  return openProject(cli, flags);
}

function sessionOf(cli: CliContext, flags: ComposeFlags, project: Project, quiet = false): ComposeSession {
  const progress = new ComposeProgress(
    cli.stderr,
    quiet ? 'quiet' : progressMode(cli, flags),
    flags['dry-run'] ? DRY_RUN_PREFIX : '',
  );
  const controller = new AbortController();
  const { environment } = cli;
  return {
    project,
    profiles: profilesOf(cli, flags),
    progress,
    abort: (reason) => {
      controller.abort(reason);
    },
    context: {
      api: cli.api,
      progress: progress.show,
      output: (text) => {
        progress.print(cli.stdout, text);
      },
      signal: controller.signal,
      registryAuth: (image) => registryAuthHeader(image, environment),
      registries: new DockerConfig(dockerConfigDirectory(environment), environment),
      // Of the machine that the engine runs on.
      socketPath: cli.api.address.startsWith('unix://') ? cli.api.address.slice('unix://'.length) : DOCKER_SOCKET,
      environment,
      isDryRun: flags['dry-run'],
      variable: project.variable,
    },
  };
}

/** The same without what builds print. */
export function withoutOutput(session: ComposeSession): ComposeSession {
  return { ...session, context: { ...session.context, output: undefined } };
}

/** What says where a project is. */
export function loadOptions(cli: CliContext, flags: ComposeFlags): LoadOptions {
  return {
    ...whereabouts(cli.environment, flags),
    projectName: flags['project-name'],
    stdin: cli.stdin,
    compatibility: flags.compatibility || isYes(cli.environment['COMPOSE_COMPATIBILITY']),
  };
}

function directoryOf(flags: ComposeFlags): string {
  return resolve(flags['project-directory'] ?? flags.workdir ?? process.cwd());
}

/** Those of `--profile`; without any, those of the environment. */
function profilesOf(cli: CliContext, flags: ComposeFlags): string[] {
  const asked = flags.profile.length > 0 ? flags.profile : [cli.environment['COMPOSE_PROFILES'] ?? ''];
  return asked.flatMap((one) => one.split(',')).flatMap((one) => one.trim() || []);
}

function progressMode(cli: CliContext, flags: ComposeFlags): ProgressMode {
  const asked = flags.progress ?? cli.environment['COMPOSE_PROGRESS'] ?? 'auto';
  if (asked === 'auto') return cli.stderr.isTTY && flags.ansi !== 'never' && !flags['no-ansi'] ? 'tty' : 'plain';
  if (asked === 'tty' || asked === 'plain' || asked === 'quiet') return asked;
  throw new UsageError(`unsupported --progress value "${asked}"`);
}

/** The services of an operation, checked. Throws ComposeError. */
export function selected(
  session: ComposeSession,
  services: readonly string[],
  withoutDependencies = false,
): Set<string> {
  return selectServices(session.project, { services, profiles: session.profiles, withoutDependencies });
}

/** Whether containers that belong to no service any more are removed: as the flag says, or COMPOSE_REMOVE_ORPHANS. */
export function removesOrphans({ context }: ComposeSession, flags: { readonly 'remove-orphans': boolean }): boolean {
  return flags['remove-orphans'] || isYes(context.variable('COMPOSE_REMOVE_ORPHANS'));
}

/** Throws ComposeError for a service that the project does not have; a project known by name only has any. */
export function assertServices({ project }: ComposeSession, services: readonly string[]): void {
  if (project.services.size > 0) for (const name of services) assertService(project, name);
}
