import { command } from '../command.ts';
import { eachOf } from '../each.ts';
import { UsageError } from '../flags/flags.ts';
import { pairs } from '../flags/values.ts';

export const volumeCreate = command({
  name: 'volume create',
  usage: '[OPTIONS] [VOLUME]',
  summary: 'Create a volume',
  specs: {
    driver: { kind: 'string', short: 'd', help: 'Driver of the volume (local)' },
    label: { kind: 'list', help: 'Label, NAME=VALUE' },
    name: { kind: 'string', help: 'Name of the volume', hidden: true },
    opt: { kind: 'list', short: 'o', value: 'map', help: 'Option of the driver, NAME=VALUE' },
  },
  arity: [0, 1],
  run: async ({ api, stdout }, flags, [name]) => {
    if (name !== undefined && flags.name !== undefined)
      throw new UsageError(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
      );
    const { Name } = await api.json<{ Name: string }>('POST', '/volumes/create', {
      body: {
        Name: name ?? flags.name ?? '',
        Driver: flags.driver ?? 'local',
        DriverOpts: pairs(flags.opt),
        Labels: pairs(flags.label),
      },
    });
    stdout.write(`${Name}\n`);
    return 0;
  },
});

export const volumeRemove = command({
  name: 'volume rm',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  summary: 'Remove volumes',
  specs: { force: { kind: 'boolean', short: 'f', help: 'A volume that is not there is no error' } },
  completes: 'volume',
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, names) =>
    eachOf(context, names, async (name) => {
      await context.api.json('DELETE', `/volumes/${name}`, { query: flags.force ? { force: 1 } : {} });
      return name;
    }),
});
