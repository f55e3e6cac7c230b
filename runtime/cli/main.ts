import { DockerApi, DockerApiError } from '../common/docker-api.ts';
import { messageOf } from '../common/errors.ts';
import type { CliContext, Command } from './command.ts';
import { kill, pause, port, ps, rename, restart, rm, stop, top, unpause, wait } from './commands/containers.ts';
import { fromHost, history, images, importImage, load, rmi, save, tag } from './commands/images.ts';
import { pull, push } from './commands/pull.ts';
import { create, run, StartError } from './commands/run.ts';
import { attach, exec, logs, start } from './commands/streams.ts';
import { events, info, inspect, version } from './commands/system.ts';
import { describeFlags, UsageError } from './flags.ts';

const COMMANDS: readonly Command[] = [
  attach,
  create,
  events,
  exec,
  history,
  images,
  importImage,
  info,
  inspect,
  kill,
  load,
  logs,
  pause,
  port,
  ps,
  pull,
  push,
  rename,
  restart,
  rm,
  rmi,
  run,
  save,
  start,
  stop,
  tag,
  top,
  unpause,
  version,
  wait,
];

/** Groups as docker has them: `berth container ls` is `berth ps`. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  container: {
    ...Object.fromEntries(
      [
        attach,
        create,
        exec,
        inspect,
        kill,
        logs,
        pause,
        port,
        rename,
        restart,
        rm,
        run,
        start,
        stop,
        top,
        unpause,
        wait,
      ].map((one) => [one.name, one]),
    ),
    ls: ps,
    list: ps,
    ps,
  },
  image: {
    'from-host': fromHost,
    history,
    import: importImage,
    inspect,
    load,
    ls: images,
    list: images,
    pull,
    push,
    rm: rmi,
    save,
    tag,
  },
};

/**
 * Runs one command of the `berth` CLI. `socketPath` is the engine's socket. Returns the exit code: that of the process
 * for run, exec and attach, else 0, or 1 (125 for run) with a sentence on standard error.
 */
export async function runCli(words: readonly string[], socketPath: string): Promise<number> {
  const context: CliContext = {
    api: new DockerApi(socketPath),
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  };
  const [name = '', ...rest] = words;
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    context.stdout.write(overview());
    return 0;
  }
  const group = GROUPS[name];
  const chosen = group === undefined ? COMMANDS.find((one) => one.name === name) : group[rest[0] ?? ''];
  if (chosen === undefined) {
    const label = group === undefined ? name : `${name} ${rest[0] ?? ''}`;
    context.stderr.write(`berth: '${label}' is not a berth command.\nSee 'berth --help'\n`);
    return 1;
  }
  const own = group === undefined ? rest : rest.slice(1);
  if (own[0] === '--help' || (own[0] === '-h' && chosen.name !== 'run' && chosen.name !== 'create')) {
    context.stdout.write(help(chosen));
    return 0;
  }
  return invoke(chosen, context, own);
}

async function invoke(chosen: Command, context: CliContext, words: readonly string[]): Promise<number> {
  try {
    return await chosen.invoke(context, words);
  } catch (error) {
    if (error instanceof UsageError) {
      context.stderr.write(
        `${error.message}\n\nUsage:  berth ${chosen.name} ${chosen.usage}\n\nRun 'berth ${chosen.name} --help' for more information\n`,
      );
      return chosen.failureCode;
    }
    context.stderr.write(`${explain(error, context.api.socketPath)}\n`);
    return error instanceof StartError ? error.exitCode : chosen.failureCode;
  }
}

function explain(error: unknown, socketPath: string): string {
  if (error instanceof DockerApiError || error instanceof StartError)
    return `Error response from engine: ${error.message}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return `Cannot connect to the engine at unix://${socketPath}. Is it running? Start it with 'berth engine' or open the app.`;
  return messageOf(error);
}

function overview(): string {
  const rows = [...COMMANDS]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((one) => `  ${one.name.padEnd(10)}${one.summary}`);
  return `Usage:  berth [OPTIONS] COMMAND

Containers and images on Berth's own engine

Options:
  -H, --host unix://PATH   Socket of the engine (default: $BERTH_HOST, $DOCKER_HOST, or this user's engine)

Commands:
${rows.join('\n')}
  image from-host   ${fromHost.summary}
  engine    Run the engine in the foreground
  app       Open the app (--web only prints its address)
  doctor    Examine this machine and the engine's store, and repair what is safe

Run 'berth COMMAND --help' for more information on a command.
`;
}

function help(chosen: Command): string {
  const options = Object.keys(chosen.specs).length === 0 ? '' : `\nOptions:\n${describeFlags(chosen.specs)}\n`;
  return `Usage:  berth ${chosen.name} ${chosen.usage}\n\n${chosen.summary}\n${options}`;
}
