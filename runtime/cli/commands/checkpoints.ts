import { CliError } from '../cli-error.ts';
import { command, type CliContext } from '../command.ts';
import { alignedTable } from '../output/list.ts';

const DIRECTORY = { kind: 'string', help: 'Another directory for checkpoints than the engine’s' } as const;

/** Checkpoints are an experiment of dockerd's. Asked before anything else is looked at, as docker's command does. */
async function assertExperimental({ api }: CliContext, name: string): Promise<void> {
  const answer = await api.open('GET', '/_ping');
  answer.resume();
  if (answer.headers['docker-experimental'] !== 'true')
    throw new CliError(`berth ${name} is only supported on an engine with experimental features enabled`);
}

export const checkpointCreate = command({
  name: 'checkpoint create',
  usage: '[OPTIONS] CONTAINER CHECKPOINT',
  summary: 'Write down the state of a running container',
  specs: {
    'checkpoint-dir': DIRECTORY,
    'leave-running': { kind: 'boolean', help: 'Let the container run on' },
  },
  completes: 'container',
  arity: [2, 2],
  before: assertExperimental,
  run: async ({ api, stdout }, flags, [container = '', checkpoint = '']) => {
    await api.json('POST', `/containers/${container}/checkpoints`, {
      body: {
        CheckpointID: checkpoint,
        CheckpointDir: flags['checkpoint-dir'] ?? '',
        Exit: !flags['leave-running'],
      },
    });
    stdout.write(`${checkpoint}\n`);
    return 0;
  },
});

export const checkpointList = command({
  name: 'checkpoint ls',
  usage: '[OPTIONS] CONTAINER',
  summary: 'List the checkpoints of a container',
  specs: { 'checkpoint-dir': DIRECTORY },
  completes: 'container',
  arity: [1, 1],
  before: assertExperimental,
  run: async ({ api, stdout }, flags, [container = '']) => {
    const found = await api.json<{ Name: string }[] | null>('GET', `/containers/${container}/checkpoints`, {
      query: { dir: flags['checkpoint-dir'] },
    });
    stdout.write(alignedTable(['CHECKPOINT NAME', ...(found ?? []).map(({ Name }) => Name)]));
    return 0;
  },
});

export const checkpointRemove = command({
  name: 'checkpoint rm',
  usage: '[OPTIONS] CONTAINER CHECKPOINT',
  summary: 'Remove a checkpoint',
  specs: { 'checkpoint-dir': DIRECTORY },
  completes: 'container',
  arity: [2, 2],
  before: assertExperimental,
  run: async ({ api }, flags, [container = '', checkpoint = '']) => {
    await api.json('DELETE', `/containers/${container}/checkpoints/${checkpoint}`, {
      query: { dir: flags['checkpoint-dir'] },
    });
    return 0;
  },
});
