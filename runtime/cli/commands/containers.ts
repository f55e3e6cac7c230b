import { command, type Command } from '../command.ts';
import { eachOf } from '../each.ts';
import { integer } from '../flags/values.ts';
import { alignedTable } from '../output/list.ts';
import { visible } from '../output/visible.ts';

const TIMEOUT_FLAGS = {
  signal: { kind: 'string', short: 's', help: 'Signal to send to the container' },
  timeout: { kind: 'string', short: 't', help: 'Seconds to wait before it is killed', value: 'int' },
  time: { kind: 'string', help: 'Seconds to wait before it is killed', value: 'int', hidden: true },
} as const;

/** A verb that does one POST to each container and prints the names given. */
function verb(name: string, summary: string): Command {
  return command({
    name,
    usage: 'CONTAINER [CONTAINER...]',
    summary,
    specs: {},
    completes: 'container',
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
    completes: 'container',
    arity: [1, Number.POSITIVE_INFINITY],
    run: (context, flags, containers) => {
      const seconds = integer('timeout', flags.timeout ?? flags.time, undefined);
      return eachOf(context, containers, async (container) => {
        await context.api.json('POST', `/containers/${container}/${name}`, {
          query: { t: seconds, signal: flags.signal },
        });
        return container;
      });
    },
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
  completes: 'container',
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
    link: { kind: 'boolean', short: 'l', help: 'Remove the link of this name, not a container' },
    volumes: { kind: 'boolean', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  },
  completes: 'container',
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, containers) =>
    eachOf(
      context,
      containers,
      async (container) => {
        await context.api.json('DELETE', `/containers/${container}`, {
          query: { force: flags.force ? 1 : 0, v: flags.volumes ? 1 : 0, link: flags.link ? 1 : 0 },
        });
        return container;
      },
      { missing: flags.force ? 'told' : 'fails' },
    ),
});

export const rename = command({
  name: 'rename',
  usage: 'CONTAINER NEW_NAME',
  summary: 'Rename a container',
  specs: {},
  completes: 'container',
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
  completes: 'container',
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, _flags, containers) =>
    eachOf(context, containers, async (container) => {
      const { StatusCode } = await context.api.json<{ StatusCode: number }>('POST', `/containers/${container}/wait`);
      return String(StatusCode);
    }),
});

/** Least width of a column of `top`. */
const TOP_WIDTH = 20;

export const top = command({
  name: 'top',
  usage: 'CONTAINER [ps OPTIONS]',
  summary: 'Display the running processes of a container',
  specs: {},
  stopAtArgument: true,
  completes: 'container',
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, _flags, [container = '', ...words]) => {
    const { Titles, Processes } = await context.api.json<{ Titles: string[]; Processes: string[][] }>(
      'GET',
      `/containers/${container}/top`,
      {
        query: { ps_args: words.length === 0 ? undefined : words.join(' ') },
      },
    );
    const rows = [Titles, ...Processes].map((row) => row.join('\t'));
    context.stdout.write(visible(alignedTable(rows, { leastWidth: TOP_WIDTH }), context.stdout));
    return 0;
  },
});

export const port = command({
  name: 'port',
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  summary: 'List port mappings or a specific mapping for the container',
  specs: {},
  completes: 'container',
  arity: [1, 2],
  run: async (context, _flags, [container = '', wanted]) => {
    const { NetworkSettings } = await context.api.json<{
      NetworkSettings: { Ports: Record<string, { HostIp: string; HostPort: string }[] | null> };
    }>('GET', `/containers/${container}/json`);
    const key = wanted === undefined || wanted.includes('/') ? wanted : `${wanted}/tcp`;
    const lines = Object.entries(NetworkSettings.Ports)
      .filter(([name]) => key === undefined || name === key)
      .flatMap(([name, bindings]) =>
        (bindings ?? []).map(
          (one) =>
            `${key === undefined ? `${name} -> ` : ''}${one.HostIp.includes(':') ? `[${one.HostIp}]` : one.HostIp}:${one.HostPort}`,
        ),
      );
    if (key !== undefined && lines.length === 0) throw new Error(`no public port '${key}' published for ${container}`);
    context.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return 0;
  },
});
