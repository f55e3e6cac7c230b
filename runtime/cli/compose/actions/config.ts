import { writeFile } from 'node:fs/promises';
import { renderProject, projectYaml } from '../../../compose/model/render.ts';
import { loadProject } from '../../../compose/load/load.ts';
import { configHash } from '../../../compose/plan/hash.ts';
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
  const session = await openProject(cli, globals);
  const { project } = session;
  const chosen = selected(session, names);
  const services = [...chosen].sort().flatMap((name) => project.services.get(name) ?? []);
  const lines = (list: readonly string[]): string => [...new Set(list)].map((one) => `${one}\n`).join('');
  const print = async (text: string): Promise<number> => {
    if (flags.quiet) return 0;
    if (flags.output === undefined) cli.stdout.write(text);
    else await writeFile(flags.output, text);
    return 0;
  };
  if (flags.services) return print(lines(services.map(({ name }) => name)));
  if (flags.images) return print(lines(services.map(({ image }) => image)));
  if (flags.volumes) return print(lines([...project.volumes.keys()].sort()));
  if (flags.networks) return print(lines([...project.networks.keys()].sort()));
  if (flags.profiles) return print(lines([...project.services.values()].flatMap(({ profiles }) => profiles).sort()));
  if (flags.environment)
    return print(
      lines(
        Object.entries(cli.environment)
          .map(([name, value]) => `${name}=${value ?? ''}`)
          .sort(),
      ),
    );
  if (flags.hash !== undefined) {
    const wanted = flags.hash === '*' ? services.map(({ name }) => name) : flags.hash.split(',');
    return print(
      lines(
        services
          .filter(({ name }) => wanted.includes(name))
          .map((service) => `${service.name} ${configHash(project, service)}`),
      ),
    );
  }
  const shown = flags['no-interpolate']
    ? await loadProject({ ...loadOptions(cli, globals), keepVariables: true })
    : project;
  switch (flags.format ?? 'yaml') {
    case 'json':
      return print(`${JSON.stringify(renderProject(shown, chosen), null, 2)}\n`);
    case 'yaml':
      return print(projectYaml(shown, chosen));
    default:
      throw new UsageError(`unsupported format "${flags.format ?? ''}"`);
  }
}
