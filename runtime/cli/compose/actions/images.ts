import { messageOf } from '../../../common/errors.ts';
import { baseServices } from '../../../compose/operations/base-services.ts';
import { serviceBuilder } from '../../../compose/operations/service-builds.ts';
import { bakeFile } from '../../../compose/model/bake.ts';
import { ownImage } from '../../../compose/model/names.ts';
import type { Service } from '../../../compose/model/project.ts';
import { needsPull, pullImage, pushImage } from '../../../compose/objects/images.ts';
import { reported } from '../../../compose/operations/context.ts';
import type { CliContext } from '../../command.ts';
import type { FlagValues } from '../../flags/flags.ts';
import { pair } from '../../../common/fields.ts';
import { bytes } from '../../flags/values.ts';
import type { ComposeFlags } from '../globals.ts';
import { openProject, selected, withoutOutput, type ComposeSession } from '../session.ts';
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
    if (service.build !== undefined && service.image === ownImage(session.project, service.name)) {
      session.context.progress({
        object: `Image ${service.image}`,
        status: 'Skipped No image to be pulled',
        state: 'done',
      });
      return;
    }
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
  const given = Object.fromEntries(flags['build-arg'].map((one) => (one.includes('=') ? pair(one) : [one, null])));
  if (flags.print) {
    const { 'no-cache': noCache, pull, push, check } = flags;
    const asked = { arguments: given, ssh: agents(flags.ssh), noCache, pull, push, check };
    cli.stdout.write(`${JSON.stringify(bakeFile(session.project, services, asked), null, 2)}\n`);
    return 0;
  }
  const answers: boolean[] = [];
  const { context } = flags.quiet ? withoutOutput(session) : session;
  const build = serviceBuilder(context, {
    arguments: given,
    memory: bytes('memory', flags.memory),
    ssh: agents(flags.ssh),
    allPlatforms: true,
    provenance: flags.provenance,
    sbom: flags.sbom,
    ...(flags.check ? { onCheck: (isClean: boolean) => void answers.push(isClean) } : {}),
    ...(flags['no-cache'] ? { noCache: true } : {}),
    ...(flags.pull ? { pull: true } : {}),
  });
  const words = flags.check ? (['Checking', 'Checked'] as const) : (['Building', 'Built'] as const);
  const bases = await baseServices(
    session.project,
    services.map(({ name }) => name),
  );
  const once = new Map<string, Promise<void>>();
  const inOrder = (service: Service): Promise<void> => {
    const first = services.filter(({ name }) => bases.get(service.name)?.includes(name) === true);
    const work =
      once.get(service.name) ??
      Promise.all(first.map(inOrder)).then(() =>
        reported(session.context, `Image ${service.image}`, words, () => build(session.project, service)),
      );
    once.set(service.name, work);
    return work;
  };
  const code = await forEach(cli, services, false, async (service) => {
    await inOrder(service);
    // What has no name of its own belongs nowhere else.
    if (flags.push && !flags.check && service.image !== ownImage(session.project, service.name))
      await pushImage(session.context, service);
  });
  return code === 0 && answers.includes(false) ? 1 : code;
}
