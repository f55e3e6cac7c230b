import { messageOf } from '../../../common/errors.ts';
import { serviceBuilder } from '../../../compose/operations/service-builds.ts';
import type { Service } from '../../../compose/model/project.ts';
import { needsPull, pullImage, pushImage } from '../../../compose/objects/images.ts';
import { reported } from '../../../compose/operations/context.ts';
import type { CliContext } from '../../command.ts';
import type { FlagValues } from '../../flags/flags.ts';
import { pair } from '../../../common/fields.ts';
import { bytes, pairs } from '../../flags/values.ts';
import type { ComposeFlags } from '../globals.ts';
import { openProject, selected, type ComposeSession } from '../session.ts';
import type { BUILD_SPECS, PULL_SPECS, PUSH_SPECS } from '../specs.ts';

function servicesOf(session: ComposeSession, names: readonly string[], withDependencies: boolean): Service[] {
  return [...selected(session, names, names.length > 0 && !withDependencies)].flatMap(
    (name) => session.project.services.get(name) ?? [],
  );
}

/** Does the same for each service side by side; failures are reported together, or passed over. */
async function forEach(
  cli: CliContext,
  services: readonly Service[],
  ignoreFailures: boolean,
  action: (service: Service) => Promise<void>,
): Promise<number> {
  const results = await Promise.allSettled(services.map(action));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [messageOf(result.reason)] : []));
  for (const failure of failures) cli.stderr.write(`${ignoreFailures ? 'WARN: ' : ''}${failure}\n`);
  return failures.length > 0 && !ignoreFailures ? 1 : 0;
}

/** `compose pull`. */
export async function runPull(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof PULL_SPECS>,
  names: readonly string[],
): Promise<number> {
  const session = await openProject(cli, globals, flags.quiet);
  const services = servicesOf(session, names, flags['include-deps']).filter(
    ({ build, provider, pull_policy: policy }) =>
      provider === undefined &&
      policy !== 'never' &&
      policy !== 'build' &&
      !(build !== undefined && flags['ignore-buildable']),
  );
  const byImage = [...new Map(services.map((service) => [service.image, service])).values()];
  return forEach(cli, byImage, flags['ignore-pull-failures'], async (service) => {
    if (flags.policy === 'missing' && !(await needsPull(session.context, service, 'missing'))) return;
    // What can be built need not be in a registry.
    await pullImage(session.context, service).catch((error: unknown) => {
      if (service.build === undefined) throw error;
      session.context.progress({ object: `Image ${service.image}`, status: 'must be built', state: 'warning' });
    });
  });
}

/** Entries of `--ssh`: `default`, or ID=SOCKET; null for the agent of the environment. */
function agents(entries: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(entries.map(pair).map(([id, socket]) => [id, socket === '' ? null : socket]));
}

/** `compose push`: the images of services that are built. */
export async function runPush(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof PUSH_SPECS>,
  names: readonly string[],
): Promise<number> {
  const session = await openProject(cli, globals, flags.quiet);
  const services = servicesOf(session, names, flags['include-deps']).filter(({ build }) => build !== undefined);
  return forEach(cli, services, flags['ignore-push-failures'], (service) => pushImage(session.context, service));
}

/** `compose build`. */
export async function runBuild(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof BUILD_SPECS>,
  names: readonly string[],
): Promise<number> {
  const session = await openProject(cli, globals, flags.quiet);
  const services = servicesOf(session, names, flags['with-dependencies']).filter(({ build }) => build !== undefined);
  if (services.length === 0) {
    cli.stderr.write('No services to build\n');
    return 0;
  }
  const answers: boolean[] = [];
  const build = serviceBuilder(session.context, {
    arguments: pairs(flags['build-arg']),
    memory: bytes('memory', flags.memory),
    ssh: agents(flags.ssh),
    allPlatforms: true,
    provenance: flags.provenance,
    sbom: flags.sbom,
    ...(flags.check ? { onCheck: (isClean: boolean) => void answers.push(isClean) } : {}),
    ...(flags['no-cache'] ? { noCache: true } : {}),
    ...(flags.pull ? { pull: true } : {}),
    ...(flags.quiet ? {} : { output: (text: string) => cli.stderr.write(text) }),
  });
  const words = flags.check ? (['Checking', 'Checked'] as const) : (['Building', 'Built'] as const);
  const code = await forEach(cli, services, false, async (service) => {
    await reported(session.context, `Image ${service.image}`, words, () => build(session.project, service));
    if (flags.push && !flags.check) await pushImage(session.context, service);
  });
  return code === 0 && answers.includes(false) ? 1 : code;
}
