import { command, type CliContext, type Command } from '../command.ts';
import { formatTemplate } from '../template.ts';
import { formatDuration, table } from '../units.ts';
import { eachOf } from '../each.ts';
import { filtersOf } from '../filters.ts';

interface PortRow {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

interface ContainerRow {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly Command: string;
  readonly Created: number;
  readonly Ports: readonly PortRow[];
  readonly State: string;
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export const ps = command({
  name: 'ps',
  usage: '[OPTIONS]',
  summary: 'List containers',
  specs: {
    all: { kind: 'boolean', short: 'a', help: 'Show all containers (default shows just running)' },
    filter: { kind: 'list', short: 'f', help: 'Filter output based on conditions provided' },
    format: { kind: 'string', help: 'Format output using "json" or a template' },
    last: { kind: 'string', short: 'n', help: 'Show n last created containers (includes all states)', value: 'int' },
    latest: { kind: 'boolean', short: 'l', help: 'Show the latest created container (includes all states)' },
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display container IDs' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    const rows = await context.api.json<ContainerRow[]>('GET', '/containers/json', {
      query: { all: flags.all ? 1 : 0, limit: flags.latest ? 1 : flags.last, filters: filtersOf(flags.filter) },
    });
    const id = (row: ContainerRow): string => (flags['no-trunc'] ? row.Id : row.Id.slice(0, 12));
    if (flags.quiet) {
      print(context, rows.map(id));
      return 0;
    }
    const view = rows.map((row) => ({
      ID: id(row),
      Image: row.Image,
      Command: JSON.stringify(flags['no-trunc'] ? row.Command : ellipsis(row.Command, 20)),
      CreatedAt: new Date(row.Created * 1000).toISOString(),
      RunningFor: `${formatDuration(Date.now() / 1000 - row.Created)} ago`,
      Status: row.Status,
      State: row.State,
      Ports: portsText(row.Ports),
      Names: row.Names.map((name) => name.replace(/^\//, '')).join(','),
      Labels: Object.entries(row.Labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(','),
    }));
    if (flags.format !== undefined)
      print(
        context,
        view.map((row) => formatTemplate(flags.format ?? '', row)),
      );
    else {
      const cells = view.map((row) => [
        row.ID,
        row.Image,
        row.Command,
        row.RunningFor,
        row.Status,
        row.Ports,
        row.Names,
      ]);
      print(context, [table(['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'], cells)]);
    }
    return 0;
  },
});

function print(context: CliContext, lines: readonly string[]): void {
  if (lines.length > 0) context.stdout.write(`${lines.join('\n')}\n`);
}

function ellipsis(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function portsText(ports: readonly PortRow[]): string {
  return ports
    .map((port) =>
      port.PublicPort === undefined
        ? `${port.PrivatePort}/${port.Type}`
        : `${port.IP ?? '0.0.0.0'}:${port.PublicPort}->${port.PrivatePort}/${port.Type}`,
    )
    .join(', ');
}

const TIMEOUT_FLAGS = {
  signal: { kind: 'string', short: 's', help: 'Signal to send to the container' },
  time: { kind: 'string', short: 't', help: 'Seconds to wait before killing the container', value: 'int' },
  timeout: { kind: 'string', help: 'Seconds to wait before killing the container', value: 'int' },
} as const;

/** A verb that does one POST to each container and prints the names given. */
function verb(name: string, summary: string): Command {
  return command({
    name,
    usage: 'CONTAINER [CONTAINER...]',
    summary,
    specs: {},
    arity: [1, Number.POSITIVE_INFINITY],
    run: (context, _flags, containers) =>
      eachOf(context, containers, async (container) => {
        await context.api.json('POST', `/containers/${container}/${name}`);
        return container;
      }),
  });
}

function timedVerb(name: string, summary: string): Command {
  return command({
    name,
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    summary,
    specs: TIMEOUT_FLAGS,
    arity: [1, Number.POSITIVE_INFINITY],
    run: (context, flags, containers) =>
      eachOf(context, containers, async (container) => {
        await context.api.json('POST', `/containers/${container}/${name}`, {
          query: { t: flags.timeout ?? flags.time, signal: flags.signal },
        });
        return container;
      }),
  });
}

export const stop = timedVerb('stop', 'Stop one or more running containers');
export const restart = timedVerb('restart', 'Restart one or more containers');
export const pause = verb('pause', 'Pause all processes within one or more containers');
export const unpause = verb('unpause', 'Unpause all processes within one or more containers');

export const kill = command({
  name: 'kill',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Kill one or more running containers',
  specs: { signal: { kind: 'string', short: 's', help: 'Signal to send to the container' } },
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, containers) =>
    eachOf(context, containers, async (container) => {
      await context.api.json('POST', `/containers/${container}/kill`, { query: { signal: flags.signal } });
      return container;
    }),
});

export const rm = command({
  name: 'rm',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Remove one or more containers',
  specs: {
    force: { kind: 'boolean', short: 'f', help: 'Force the removal of a running container (uses SIGKILL)' },
    volumes: { kind: 'boolean', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  },
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, containers) =>
    eachOf(context, containers, async (container) => {
      await context.api.json('DELETE', `/containers/${container}`, {
        query: { force: flags.force ? 1 : 0, v: flags.volumes ? 1 : 0 },
      });
      return container;
    }),
});

export const rename = command({
  name: 'rename',
  usage: 'CONTAINER NEW_NAME',
  summary: 'Rename a container',
  specs: {},
  arity: [2, 2],
  run: async (context, _flags, [container = '', name = '']) => {
    await context.api.json('POST', `/containers/${container}/rename`, { query: { name } });
    return 0;
  },
});

export const wait = command({
  name: 'wait',
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Block until one or more containers stop, then print their exit codes',
  specs: {},
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, _flags, containers) =>
    eachOf(context, containers, async (container) => {
      const { StatusCode } = await context.api.json<{ StatusCode: number }>('POST', `/containers/${container}/wait`);
      return String(StatusCode);
    }),
});

export const top = command({
  name: 'top',
  usage: 'CONTAINER [ps OPTIONS]',
  summary: 'Display the running processes of a container',
  specs: {},
  stopAtArgument: true,
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, _flags, [container = '', ...words]) => {
    const { Titles, Processes } = await context.api.json<{ Titles: string[]; Processes: string[][] }>(
      'GET',
      `/containers/${container}/top`,
      {
        query: { ps_args: words.length === 0 ? undefined : words.join(' ') },
      },
    );
    print(context, [table(Titles, Processes)]);
    return 0;
  },
});

export const port = command({
  name: 'port',
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  summary: 'List port mappings or a specific mapping for the container',
  specs: {},
  arity: [1, 2],
  run: async (context, _flags, [container = '', wanted]) => {
    const { NetworkSettings } = await context.api.json<{
      NetworkSettings: { Ports: Record<string, { HostIp: string; HostPort: string }[] | null> };
    }>('GET', `/containers/${container}/json`);
    const key = wanted === undefined || wanted.includes('/') ? wanted : `${wanted}/tcp`;
    const lines = Object.entries(NetworkSettings.Ports)
      .filter(([name]) => key === undefined || name === key)
      .flatMap(([name, bindings]) =>
        (bindings ?? []).map((one) => `${key === undefined ? `${name} -> ` : ''}${one.HostIp}:${one.HostPort}`),
      );
    if (key !== undefined && lines.length === 0) throw new Error(`no public port '${key}' published for ${container}`);
    print(context, lines);
    return 0;
  },
});
