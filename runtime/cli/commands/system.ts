import { jsonLines } from '../../common/lines.ts';
import { rfc3339 } from '../../common/time.ts';
import { command } from '../command.ts';
import { filtersOf } from '../filters.ts';
import { formatObject } from '../template/format.ts';
import { formatBytes } from '../units.ts';

export const version = command({
  name: 'version',
  usage: '[OPTIONS]',
  summary: 'Show the engine version information',
  specs: { format: { kind: 'string', short: 'f', help: 'Format output using "json" or a template' } },
  arity: [0, 0],
  run: async ({ api, stdout }, flags) => {
    const server = await api.json<Record<string, string>>('GET', '/version');
    if (flags.format !== undefined)
      stdout.write(`${formatObject(flags.format, { Server: { ...server, APIVersion: server['ApiVersion'] } })}\n`);
    else {
      const { Version = '', ApiVersion = '', MinAPIVersion = '', Os = '', Arch = '', KernelVersion = '' } = server;
      stdout.write(
        `Engine:\n Version:      ${Version}\n API version:  ${ApiVersion} (minimum version ${MinAPIVersion})\n OS/Arch:      ${Os}/${Arch}\n Kernel:       ${KernelVersion}\n`,
      );
    }
    return 0;
  },
});

export const info = command({
  name: 'info',
  usage: '[OPTIONS]',
  summary: 'Display engine-wide information',
  specs: { format: { kind: 'string', short: 'f', help: 'Format output using "json" or a template' } },
  arity: [0, 0],
  run: async ({ api, stdout, stderr }, flags) => {
    const facts = await api.json<Record<string, unknown>>('GET', '/info');
    if (flags.format !== undefined) {
      stdout.write(`${formatObject(flags.format, facts)}\n`);
      return 0;
    }
    const line = (label: string, value: unknown): string => `${label}: ${String(value)}\n`;
    stdout.write(
      [
        line('Containers', facts['Containers']),
        line(' Running', facts['ContainersRunning']),
        line(' Paused', facts['ContainersPaused']),
        line(' Stopped', facts['ContainersStopped']),
        line('Images', facts['Images']),
        line('Server Version', facts['ServerVersion']),
        line('Storage Driver', facts['Driver']),
        line('Logging Driver', facts['LoggingDriver']),
        line('Cgroup Driver', facts['CgroupDriver']),
        line('Cgroup Version', facts['CgroupVersion']),
        line('Security Options', (facts['SecurityOptions'] as string[]).join(' ')),
        line('Kernel Version', facts['KernelVersion']),
        line('Operating System', facts['OperatingSystem']),
        line('Architecture', facts['Architecture']),
        line('CPUs', facts['NCPU']),
        line('Total Memory', formatBytes(Number(facts['MemTotal']))),
        line('Name', facts['Name']),
        line('Data Root', facts['DockerRootDir']),
      ].join(''),
    );
    for (const warning of (facts['Warnings'] as string[] | null) ?? []) stderr.write(`WARNING: ${warning}\n`);
    return 0;
  },
});

interface EventLine {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

export const events = command({
  name: 'events',
  usage: '[OPTIONS]',
  summary: 'Get real time events from the engine',
  specs: {
    filter: { kind: 'list', short: 'f', value: 'filter', help: 'Show only what matches, NAME=VALUE' },
    format: { kind: 'string', help: 'Format output using "json" or a template' },
    since: { kind: 'string', help: 'Show all events created since timestamp' },
    until: { kind: 'string', help: 'Stream events until this timestamp' },
  },
  arity: [0, 0],
  run: async ({ api, stdout }, flags) => {
    const stream = await api.open('GET', '/events', {
      query: { filters: filtersOf(flags.filter), since: flags.since, until: flags.until },
    });
    for await (const event of jsonLines<EventLine>(stream)) {
      if (flags.format !== undefined) {
        stdout.write(`${formatObject(flags.format, event)}\n`);
        continue;
      }
      const attributes = Object.entries(event.Actor.Attributes)
        .sort()
        .map(([name, value]) => `${name}=${value}`)
        .join(', ');
      stdout.write(
        `${rfc3339(BigInt(event.timeNano))} ${event.Type} ${event.Action} ${event.Actor.ID} (${attributes})\n`,
      );
    }
    return 0;
  },
});
