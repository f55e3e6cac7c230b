import { namedProject, runningProjects, stateSummary } from '../../../compose/model/known.ts';
import { composeContainers, inspectContainer, type ProjectContainer } from '../../../compose/objects/containers.ts';
import { projectVolumes } from '../../../compose/objects/volumes.ts';
import { ComposeError } from '../../../compose/errors.ts';
import { containersOf } from '../../../compose/operations/lifecycle.ts';
import type { CliContext } from '../../command.ts';
import { UsageError, type FlagValues } from '../../flags/flags.ts';
import { integer } from '../../flags/values.ts';
import { ellipsis, goTime, labelFields, listText, shortId, type ListLayout, type Row } from '../../output/list.ts';
import { portsText } from '../../rows/ports.ts';
import { formatBytes, formatDuration } from '../../units.ts';
import type { ComposeFlags } from '../globals.ts';
import { shortName } from '../log-printer.ts';
import { assertServices, openKnownProject } from '../session.ts';
import type { LS_SPECS, PS_SPECS } from '../specs.ts';
import { visible } from '../../output/visible.ts';

const PS_LAYOUT: ListLayout = {
  headers: {
    ID: 'ID',
    Name: 'NAME',
    Names: 'NAMES',
    Image: 'IMAGE',
    Command: 'COMMAND',
    Service: 'SERVICE',
    Project: 'PROJECT',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    State: 'STATE',
    Status: 'STATUS',
    Health: 'HEALTH',
    ExitCode: 'EXIT CODE',
    Ports: 'PORTS',
    Labels: 'LABELS',
    Networks: 'NETWORKS',
    Mounts: 'MOUNTS',
    LocalVolumes: 'LOCAL VOLUMES',
    Size: 'SIZE',
  },
  table: '{{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}',
  quiet: '{{.ID}}',
};

/** Letters of a command that a list shows. */
const COMMAND_LENGTH = 20;
/** And of a mount's name. */
const MOUNT_LENGTH = 15;

function row(one: ProjectContainer, full: boolean): Row {
  const command = `"${one.command}"`;
  return {
    ID: shortId(one.id, full),
    Name: one.name,
    Names: one.name,
    Image: one.image,
    Command: full ? command : `"${ellipsis(one.command, COMMAND_LENGTH)}"`,
    Service: one.service,
    Project: one.project,
    CreatedAt: goTime(one.created),
    RunningFor: `${formatDuration(Date.now() / 1000 - one.created)} ago`,
    State: one.state,
    Status: one.status,
    Health: /\((healthy|unhealthy|health: starting)\)/.exec(one.status)?.[1]?.replace('health: ', '') ?? '',
    ExitCode: Number(/^Exited \((\d+)\)/.exec(one.status)?.[1] ?? 0),
    Ports: portsText(one.ports),
    ...labelFields(one.labels),
    Mounts: one.mounts.map((mount) => (full ? mount : ellipsis(mount, MOUNT_LENGTH))).join(','),
    LocalVolumes: String(one.localVolumes),
    // Nobody asks the engine to count.
    Size: formatBytes(0),
    Networks: one.networks.join(','),
    Publishers: one.ports.map((port) => ({
      URL: port.IP ?? '',
      TargetPort: port.PrivatePort,
      PublishedPort: port.PublicPort ?? 0,
      Protocol: port.Type,
    })),
  };
}

/** `compose ps`. */
export async function runPs(
  cli: CliContext,
  globals: ComposeFlags,
  flags: FlagValues<typeof PS_SPECS>,
  services: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  const { project } = session;
  const states = [
    ...flags.status,
    ...flags.filter.map((text) => {
      const [name, value = ''] = text.split('=');
      if (name !== 'status') throw new UsageError(`unknown filter ${name ?? ''}`);
      return value;
    }),
  ];
  const isShown = (one: ProjectContainer): boolean =>
    states.length > 0
      ? states.includes(one.state)
      : flags.all || ['running', 'paused', 'restarting'].includes(one.state);
  const found = (await containersOf(session.context, project, services, { oneOffs: flags.all })).filter(
    (one) => isShown(one) && (flags.orphans || project.services.size === 0 || project.services.has(one.service)),
  );
  if (flags.services) {
    cli.stdout.write([...new Set(found.map(({ service }) => `${service}\n`))].join(''));
    return 0;
  }
  if (flags.quiet) {
    cli.stdout.write(found.map(({ id }) => `${id}\n`).join(''));
    return 0;
  }
  const rows = found.map((one) => row(one, flags['no-trunc']));
  cli.stdout.write(visible(listText(rows, PS_LAYOUT, { format: flags.format }), cli.stdout, flags.format));
  return 0;
}

const LS_LAYOUT: ListLayout = {
  headers: { Name: 'NAME', Status: 'STATUS', ConfigFiles: 'CONFIG FILES' },
  table: '{{.Name}}\t{{.Status}}\t{{.ConfigFiles}}',
  quiet: '{{.Name}}',
};

/** `compose ls`: the projects of the engine, whoever made them. */
export async function runLs(cli: CliContext, flags: FlagValues<typeof LS_SPECS>): Promise<number> {
  if (flags.format !== undefined && !['table', 'json', ''].includes(flags.format))
    throw new UsageError(`format value ${JSON.stringify(flags.format)} could not be parsed: parsing failed`);
  const wanted = flags.filter.flatMap((text) => (text.startsWith('name=') ? [text.slice('name='.length)] : []));
  const rows = runningProjects(await composeContainers(cli.api))
    .filter(({ name }) => wanted.length === 0 || wanted.some((one) => name.includes(one)))
    .filter(({ containers }) => flags.all || containers.some(({ state }) => state === 'running'))
    .map(({ name, containers, files }) => ({
      Name: name,
      Status: stateSummary(flags.all ? containers : containers.filter(({ state }) => state === 'running')),
      ConfigFiles: files.join(','),
    }));
  if (flags.format === 'json') cli.stdout.write(`${JSON.stringify(rows)}\n`);
  else cli.stdout.write(visible(listText(rows, LS_LAYOUT, { quiet: flags.quiet }), cli.stdout));
  return 0;
}

/** `compose port SERVICE PORT`. */
export async function runPort(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly index: string | undefined; readonly protocol: string | undefined },
  [service = '', port = '']: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, [service]);
  const container = await oneContainer(session.context, session.project, service, flags.index);
  const { NetworkSettings } = await inspectContainer(cli.api, container.id);
  const key = `${port}/${flags.protocol ?? 'tcp'}`;
  const [binding] = NetworkSettings.Ports?.[key] ?? [];
  if (binding === undefined) throw new ComposeError(`no port ${key} for container ${container.name}`);
  const host = binding.HostIp.includes(':') ? `[${binding.HostIp}]` : binding.HostIp;
  cli.stdout.write(`${host}:${binding.HostPort}\n`);
  return 0;
}

/** The container of a service with a number; the first when none is asked for. Throws ComposeError. */
export async function oneContainer(
  context: Parameters<typeof containersOf>[0],
  project: Parameters<typeof containersOf>[1],
  service: string,
  index: string | undefined,
): Promise<ProjectContainer> {
  const number = integer('index', index, 0);
  const own = await containersOf(context, project, [service]);
  // Without any of its own, one of `run` is meant.
  const containers =
    own.length > 0 || number > 0
      ? own
      : (await containersOf(context, project, [service], { oneOffs: true })).filter(({ state }) => state === 'running');
  const found = number === 0 ? containers[0] : containers.find((one) => one.number === number);
  if (found === undefined)
    throw new ComposeError(
      number === 0 ? `service "${service}" is not running` : `service "${service}" is not running container #${number}`,
    );
  return found;
}

/** `compose volumes`. */
export async function runVolumes(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly quiet: boolean; readonly format: string | undefined },
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  const rows = (await projectVolumes(session.context, session.project.name)).map(({ Name }) => ({
    Driver: 'local',
    Name,
  }));
  const layout = {
    headers: { Driver: 'DRIVER', Name: 'VOLUME NAME' },
    table: '{{.Driver}}\t{{.Name}}',
    quiet: '{{.Name}}',
  };
  cli.stdout.write(visible(listText(rows, layout, flags), cli.stdout, flags.format));
  return 0;
}

/** `compose events`. */
export async function runEvents(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly json: boolean; readonly since: string | undefined; readonly until: string | undefined },
  services: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  const { project } = session;
  const { LABELS } = await import('../../../compose/plan/labels.ts');
  const { jsonLines } = await import('../../../common/lines.ts');
  const stream = await cli.api.open('GET', '/events', {
    query: {
      since: flags.since,
      until: flags.until,
      filters: JSON.stringify({ type: ['container'], label: [`${LABELS.project}=${project.name}`] }),
    },
  });
  interface Event {
    readonly Action: string;
    readonly timeNano: number;
    readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  }
  for await (const { Action, timeNano, Actor } of jsonLines<Event>(stream)) {
    const service = Actor.Attributes[LABELS.service] ?? '';
    if (services.length > 0 && !services.includes(service)) continue;
    const time = new Date(timeNano / 1e6).toISOString();
    const attributes = Object.fromEntries(
      Object.entries(Actor.Attributes).filter(([name]) => !name.startsWith('com.docker.compose.')),
    );
    if (flags.json)
      cli.stdout.write(
        `${JSON.stringify({ time, type: 'container', service, id: Actor.ID, action: Action, attributes })}\n`,
      );
    else {
      const described = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
      const line = `${time.replace('T', ' ').replace('Z', '')} container ${Action} ${Actor.ID} (${described.join(', ')})\n`;
      cli.stdout.write(visible(line, cli.stdout));
    }
  }
  return 0;
}

/** `compose wait SERVICE...`: exit codes of what ends. */
export async function runWait(
  cli: CliContext,
  globals: ComposeFlags,
  flags: { readonly 'down-project': boolean },
  services: readonly string[],
): Promise<number> {
  const session = await openKnownProject(cli, globals);
  assertServices(session, services);
  const containers = await containersOf(session.context, session.project, services);
  if (containers.length === 0) throw new ComposeError(`no container of ${services.join(', ')} is there to wait for`);
  const codes = await Promise.all(
    containers.map(async ({ id, name }) => {
      const { StatusCode } = await cli.api.json<{ StatusCode: number }>('POST', `/containers/${id}/wait`);
      cli.stdout.write(`${shortName(session.project.name, name)} exited with code ${StatusCode}\n`);
      return StatusCode;
    }),
  );
  if (flags['down-project']) {
    const { down } = await import('../../../compose/operations/down.ts');
    const project = session.project.services.size > 0 ? session.project : namedProject(session.project.name, '');
    await down(session.context, project, { volumes: false, removeOrphans: false, services: [] });
  }
  return codes.find((code) => code !== 0) ?? 0;
}
