import { writeFile } from 'node:fs/promises';
import { usedParts } from '../../../compose/model/used.ts';
import { renderWritten } from '../../../compose/model/render-written.ts';
import { jsonFile, projectJson, renderProject, projectYaml } from '../../../compose/model/render.ts';
import { inNameOrder } from '../../../compose/model/render-order.ts';
import { modelAsWritten, projectEnvironment, projectVariables } from '../../../compose/load/load.ts';
import type { UsedVariable } from '../../../compose/load/variables.ts';
import { withDigests } from '../../../compose/operations/digests.ts';
import { configHash } from '../../../compose/plan/hash.ts';
import { alignedTable } from '../../output/list.ts';
import type { CliContext } from '../../command.ts';
import { UsageError, type FlagValues } from '../../flags/flags.ts';
import type { ComposeFlags } from '../globals.ts';
import { loadOptions, openProject, selected } from '../session.ts';
import type { CONFIG_SPECS } from '../specs.ts';

/** `compose config`: the project in one file in one form, or one thing about it. */
export async function runConfig(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof CONFIG_SPECS>,
  names: readonly string[],
): Promise<number> {
  const read = {
    unchecked: flags['no-consistency'],
    keepIncomplete: flags['no-normalize'],
    keepPaths: flags['no-path-resolution'],
    keepEnvironment: flags['no-env-resolution'],
  };
  if (flags.variables) return printVariables(cli, await projectVariables(loadOptions(cli, globals)), flags.format);
  const print = async (text: string): Promise<number> => {
    if (flags.quiet) return 0;
    if (flags.output === undefined) cli.stdout.write(text);
    else await writeFile(flags.output, text);
    return 0;
  };
  const written = flags['no-interpolate']
    ? renderWritten(await modelAsWritten({ ...loadOptions(cli, globals), ...read }), names)
    : null;
  if (written !== null && !asksForList(flags)) return print(inFormat(inNameOrder(written), flags.format, jsonFile));
  // Who wants variables as they are need not hear which have no value.
  const session = await openProject(cli, globals, false, { ...read, unwarned: written !== null });
  const { project } = session;
  const hashed = flags.hash === undefined || flags.hash === '*' ? [] : flags.hash.split(',');
  const chosen = selected(session, hashed.length > 0 ? hashed : names, hashed.length > 0);
  const services = [...chosen].sort().flatMap((name) => project.services.get(name) ?? []);
  const lines = (list: readonly string[]): string => [...new Set(list)].map((one) => `${one}\n`).join('');
  if (flags.services) return print(lines(services.map(({ name }) => name)));
  if (flags.images) {
    const images = (written?.['services'] ?? {}) as Readonly<Record<string, { readonly image?: string }>>;
    return print(services.map(({ name, image }) => `${images[name]?.image ?? image}\n`).join(''));
  }
  if (flags.volumes) return print(lines([...usedParts(project, chosen).volumes].sort()));
  if (flags.networks) return print(lines([...usedParts(project, chosen).networks].sort()));
  if (flags.models)
    return print(
      lines(
        [...project.models.values()]
          .map(({ model }) => model)
          .filter(Boolean)
          .sort(),
      ),
    );
  if (flags.profiles) return print(lines([...project.services.values()].flatMap(({ profiles }) => profiles).sort()));
  if (flags.environment)
    return print(
      lines([...projectEnvironment(loadOptions(cli, globals), project)].map((pair) => pair.join('=')).sort()),
    );
  if (flags.hash !== undefined)
    return print(lines(services.map((service) => `${service.name} ${configHash(project, service)}`)));
  if (flags['lock-image-digests']) {
    const locked = await withDigests(session.context, project, chosen);
    const images = [...chosen].sort().map((name) => [name, { image: locked.services.get(name)?.image }]);
    return print(inFormat({ services: Object.fromEntries(images) }, flags.format));
  }
  const shown = flags['resolve-image-digests'] ? await withDigests(session.context, project, chosen) : project;
  return print(inFormat(renderProject(shown, chosen, { completed: !flags['no-normalize'] }), flags.format));
}

/** Whether one thing about the project is asked for, which only a project that is read whole can tell. */
function asksForList(flags: FlagValues<typeof CONFIG_SPECS>): boolean {
  const { services, images, volumes, networks, models, profiles, environment, hash } = flags;
  return [services, images, volumes, networks, models, profiles, environment].includes(true) || hash !== undefined;
}

/** Throws UsageError. */
function inFormat(rendered: Readonly<Record<string, unknown>>, format = 'yaml', asJson = projectJson): string {
  switch (format) {
    case 'json':
      return asJson(rendered);
    case 'yaml':
      return projectYaml(rendered);
    default:
      throw new UsageError(`unsupported format "${format}"`);
  }
}

const COLUMNS = ['NAME', 'REQUIRED', 'DEFAULT VALUE', 'ALTERNATE VALUE'] as const;

/** `config --variables`: what the files ask the environment for. */
function printVariables(
  { stdout }: CliContext,
  variables: readonly UsedVariable[],
  format: string | undefined,
): number {
  if (format === 'json') {
    const shown = variables.map(({ name, required, fallback, alternative }) => ({
      Name: name,
      DefaultValue: fallback,
      PresenceValue: alternative,
      Required: required,
    }));
    stdout.write(`${JSON.stringify(shown)}\n`);
    return 0;
  }
  const rows = variables.map(({ name, required, fallback, alternative }) => [
    name,
    String(required),
    fallback,
    alternative,
  ]);
  stdout.write(
    alignedTable(
      [COLUMNS, ...rows].map((row) => `${row.join('\t')}\t`),
      { leastWidth: 20 },
    ),
  );
  return 0;
}
