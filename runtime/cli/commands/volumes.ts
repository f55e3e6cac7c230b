import { CliError } from '../cli-error.ts';
import { command } from '../command.ts';
import { clusterVolumeSpec, CLUSTER_FLAGS } from '../create/cluster-volume.ts';
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
    ...CLUSTER_FLAGS,
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
        ...clusterVolumeSpec(flags),
      },
    });
    stdout.write(`${Name}\n`);
    return 0;
  },
});

export const volumeUpdate = command({
  name: 'volume update',
  usage: '[OPTIONS] VOLUME',
  summary: 'Change a volume of a swarm',
  specs: { availability: CLUSTER_FLAGS.availability },
  completes: 'volume',
  arity: [1, 1],
  run: async ({ api }, { availability }, [name = '']) => {
    const { ClusterVolume = null } = await api.json<{
      ClusterVolume?: { ID: string; Version: { Index: number }; Spec: object } | null;
    }>('GET', `/volumes/${name}`);
    if (ClusterVolume === null) throw new CliError('can only update cluster volumes');
    await api.json('PUT', `/volumes/${ClusterVolume.ID}`, {
      query: { version: ClusterVolume.Version.Index },
      body: { Spec: { ...ClusterVolume.Spec, ...(availability === undefined ? {} : { Availability: availability }) } },
    });
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
