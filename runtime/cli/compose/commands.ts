import { command, type CliContext, type Command } from '../command.ts';
import { UsageError, type FlagSpecs, type FlagValues } from '../flags/flags.ts';
import { parseComposeFlags, whereabouts, type ComposeFlags } from './globals.ts';
import {
  BUILD_SPECS,
  CONFIG_SPECS,
  CREATE_SPECS,
  DOWN_SPECS,
  EXEC_SPECS,
  KILL_SPECS,
  LOGS_SPECS,
  LS_SPECS,
  PS_SPECS,
  PULL_SPECS,
  PUSH_SPECS,
  RESTART_SPECS,
  RM_SPECS,
  RUN_SPECS,
  START_SPECS,
  STOP_SPECS,
  UP_SPECS,
} from './specs.ts';

/** `berth compose up` when nothing of what stands before `up` was given. */
const NO_FLAGS = parseComposeFlags([]).flags;

/**
 * A command of `compose`. Its work is loaded when it is run: it brings a YAML parser and a schema along, which no other
 * command should wait for.
 */
function compose<S extends FlagSpecs>(definition: {
  name: string;
  usage: string;
  summary: string;
  specs: S;
  arity?: readonly [number, number];
  stopAtArgument?: boolean;
  run: (cli: CliContext, globals: ComposeFlags, flags: FlagValues<S>, args: readonly string[]) => Promise<number>;
}): Command {
  return command({
    ...definition,
    specs: { ...definition.specs, ...DRY_RUN },
    run: async (outer, flags, args) => {
      const globals = outer.compose ?? NO_FLAGS;
      const cli = WITHOUT_PROJECT.has(definition.name) ? outer : await withSettings(outer, globals);
      if (!globals['dry-run'] && !flags['dry-run']) return definition.run(cli, globals, flags, args);
      if (NOT_TRIED.has(definition.name)) throw new UsageError(`${definition.name} cannot be tried with --dry-run`);
      const { DryRunApi } = await import('../../compose/dry-run/dry-run-api.ts');
      const api = new DryRunApi(cli.api);
      try {
        return await definition.run({ ...cli, api }, { ...globals, 'dry-run': true }, flags, args);
      } finally {
        api.close();
      }
    },
  });
}

const DRY_RUN = { 'dry-run': { kind: 'boolean', help: 'Show what would be done, and do nothing' } } as const;

/** What is not about one project. */
const WITHOUT_PROJECT: ReadonlySet<string> = new Set(['compose ls', 'compose version']);

/** With what the project's environment files say of Compose itself. */
async function withSettings(cli: CliContext, globals: ComposeFlags): Promise<CliContext> {
  const { withComposeSettings } = await import('../../compose/load/surroundings.ts');
  const settings = withComposeSettings(whereabouts(cli.environment, globals));
  return { ...cli, environment: { ...cli.environment, ...settings } };
}

/** What is of no use without a real container. */
const NOT_TRIED: ReadonlySet<string> = new Set(
  ['attach', 'commit', 'cp', 'exec', 'export', 'run', 'wait', 'watch'].map((name) => `compose ${name}`),
);

const MANY = Number.POSITIVE_INFINITY;
const SERVICES = '[OPTIONS] [SERVICE...]';

const INDEX = {
  kind: 'string',
  value: 'int',
  help: 'Index of the container if service has multiple replicas',
} as const;

const config = compose({
  name: 'compose config',
  usage: SERVICES,
  summary: 'Parse, resolve and render compose file in canonical format',
  specs: CONFIG_SPECS,
  run: async (...all) => (await import('./actions/config.ts')).runConfig(...all),
});

/** Commands under `compose`, with docker compose's names and flags. */
export const COMPOSE_COMMANDS: Readonly<Record<string, Command>> = {
  attach: compose({
    name: 'compose attach',
    usage: '[OPTIONS] SERVICE',
    summary: "Attach local standard input, output, and error streams to a service's running container",
    specs: {
      'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching from a container' },
      index: INDEX,
      'no-stdin': { kind: 'boolean', help: 'Do not attach STDIN' },
      'sig-proxy': { kind: 'boolean', initial: true, help: 'Proxy all received signals to the process' },
    },
    arity: [1, 1],
    run: async (...all) => (await import('./actions/copy.ts')).runAttach(...all),
  }),
  build: compose({
    name: 'compose build',
    usage: SERVICES,
    summary: 'Build or rebuild services',
    specs: BUILD_SPECS,
    run: async (...all) => (await import('./actions/images.ts')).runBuild(...all),
  }),
  commit: compose({
    name: 'compose commit',
    usage: '[OPTIONS] SERVICE [REPOSITORY[:TAG]]',
    summary: "Create a new image from a service container's changes",
    specs: {
      author: { kind: 'string', short: 'a', help: 'Who made it, as "Ada <ada@example.com>"' },
      change: { kind: 'list', short: 'c', help: 'Dockerfile instruction for the image' },
      index: INDEX,
      message: { kind: 'string', short: 'm', help: 'Words to remember it by' },
      pause: { kind: 'boolean', short: 'p', initial: true, help: 'Pause the container meanwhile' },
    },
    arity: [1, 2],
    run: async (...all) => (await import('./actions/copy.ts')).runCommit(...all),
  }),
  config,
  convert: config,
  cp: compose({
    name: 'compose cp',
    usage: '[OPTIONS] SERVICE:SRC_PATH DEST_PATH|- | SRC_PATH|- SERVICE:DEST_PATH',
    summary: 'Copy files/folders between a service container and the local filesystem',
    specs: {
      all: { kind: 'boolean', help: 'Copy to all containers of the service' },
      archive: { kind: 'boolean', short: 'a', help: 'Archive mode (copy all uid/gid information)' },
      'follow-link': { kind: 'boolean', short: 'L', help: 'Always follow symbol link in SRC_PATH' },
      index: INDEX,
    },
    arity: [2, 2],
    run: async (...all) => (await import('./actions/copy.ts')).runCopy(...all),
  }),
  create: compose({
    name: 'compose create',
    usage: SERVICES,
    summary: 'Creates containers for a service',
    specs: CREATE_SPECS,
    run: async (...all) => (await import('./actions/up.ts')).runCreate(...all),
  }),
  down: compose({
    name: 'compose down',
    usage: '[OPTIONS] [SERVICES]',
    summary: 'Stop and remove containers, networks',
    specs: DOWN_SPECS,
    run: async (...all) => (await import('./actions/lifecycle.ts')).runDown(...all),
  }),
  events: compose({
    name: 'compose events',
    usage: SERVICES,
    summary: 'Receive real time events from containers',
    specs: {
      json: { kind: 'boolean', help: 'Output events as a stream of json objects' },
      since: { kind: 'string', help: 'Show all events created since timestamp' },
      until: { kind: 'string', help: 'Stream events until this timestamp' },
    },
    run: async (...all) => (await import('./actions/lists.ts')).runEvents(...all),
  }),
  exec: compose({
    name: 'compose exec',
    usage: '[OPTIONS] SERVICE COMMAND [ARGS...]',
    summary: 'Execute a command in a running container',
    specs: EXEC_SPECS,
    arity: [2, MANY],
    stopAtArgument: true,
    run: async (...all) => (await import('./actions/run.ts')).runExec(...all),
  }),
  export: compose({
    name: 'compose export',
    usage: '[OPTIONS] SERVICE',
    summary: "Export a service container's filesystem as a tar archive",
    specs: { index: INDEX, output: { kind: 'string', short: 'o', help: 'Write to a file, instead of STDOUT' } },
    arity: [1, 1],
    run: async (...all) => (await import('./actions/copy.ts')).runExport(...all),
  }),
  images: compose({
    name: 'compose images',
    usage: SERVICES,
    summary: 'List images used by the created containers',
    specs: {
      format: { kind: 'string', help: 'Format the output ("table"|"json")' },
      quiet: { kind: 'boolean', short: 'q', help: 'Only display IDs' },
    },
    run: async (...all) => (await import('./actions/project-images.ts')).runImages(...all),
  }),
  kill: compose({
    name: 'compose kill',
    usage: SERVICES,
    summary: 'Force stop service containers',
    specs: KILL_SPECS,
    run: async (...all) => (await import('./actions/lifecycle.ts')).runKill(...all),
  }),
  logs: compose({
    name: 'compose logs',
    usage: SERVICES,
    summary: 'View output from containers',
    specs: LOGS_SPECS,
    run: async (...all) => (await import('./actions/logs.ts')).runLogs(...all),
  }),
  ls: compose({
    name: 'compose ls',
    usage: '[OPTIONS]',
    summary: 'List running compose projects',
    specs: LS_SPECS,
    arity: [0, 0],
    run: async (cli, _globals, flags) => (await import('./actions/lists.ts')).runLs(cli, flags),
  }),
  pause: compose({
    name: 'compose pause',
    usage: '[SERVICE...]',
    summary: 'Pause services',
    specs: {},
    run: async (cli, globals, _flags, services) =>
      (await import('./actions/lifecycle.ts')).runPause(cli, globals, 'pause', services),
  }),
  port: compose({
    name: 'compose port',
    usage: '[OPTIONS] SERVICE PRIVATE_PORT',
    summary: 'Print the public port for a port binding',
    specs: { index: INDEX, protocol: { kind: 'string', help: 'tcp or udp' } },
    arity: [2, 2],
    run: async (...all) => (await import('./actions/lists.ts')).runPort(...all),
  }),
  ps: compose({
    name: 'compose ps',
    usage: SERVICES,
    summary: 'List containers',
    specs: PS_SPECS,
    run: async (...all) => (await import('./actions/lists.ts')).runPs(...all),
  }),
  pull: compose({
    name: 'compose pull',
    usage: SERVICES,
    summary: 'Pull service images',
    specs: PULL_SPECS,
    run: async (...all) => (await import('./actions/images.ts')).runPull(...all),
  }),
  push: compose({
    name: 'compose push',
    usage: SERVICES,
    summary: 'Push service images',
    specs: PUSH_SPECS,
    run: async (...all) => (await import('./actions/images.ts')).runPush(...all),
  }),
  restart: compose({
    name: 'compose restart',
    usage: SERVICES,
    summary: 'Restart service containers',
    specs: RESTART_SPECS,
    run: async (...all) => (await import('./actions/lifecycle.ts')).runRestart(...all),
  }),
  rm: compose({
    name: 'compose rm',
    usage: SERVICES,
    summary: 'Removes stopped service containers',
    specs: RM_SPECS,
    run: async (...all) => (await import('./actions/lifecycle.ts')).runRemove(...all),
  }),
  run: compose({
    name: 'compose run',
    usage: '[OPTIONS] SERVICE [COMMAND] [ARGS...]',
    summary: 'Run a one-off command on a service',
    specs: RUN_SPECS,
    arity: [1, MANY],
    stopAtArgument: true,
    run: async (...all) => (await import('./actions/run.ts')).runOneOff(...all),
  }),
  scale: compose({
    name: 'compose scale',
    usage: '[OPTIONS] [SERVICE=REPLICAS...]',
    summary: 'Scale services',
    specs: { 'no-deps': { kind: 'boolean', help: "Don't start linked services" } },
    arity: [1, MANY],
    run: async (...all) => (await import('./actions/up.ts')).runScale(...all),
  }),
  start: compose({
    name: 'compose start',
    usage: SERVICES,
    summary: 'Start services',
    specs: START_SPECS,
    run: async (...all) => (await import('./actions/lifecycle.ts')).runStart(...all),
  }),
  stats: compose({
    name: 'compose stats',
    usage: SERVICES,
    summary: 'Display a live stream of container(s) resource usage statistics',
    specs: {
      all: { kind: 'boolean', short: 'a', help: 'Show all containers (default shows just running)' },
      format: { kind: 'string', help: 'How to print: table, "table TEMPLATE", json, or a Go template' },
      'no-stream': { kind: 'boolean', help: 'Disable streaming stats and only pull the first result' },
      'no-trunc': { kind: 'boolean', help: 'Do not truncate output' },
    },
    run: async (...all) => (await import('./actions/copy.ts')).runStats(...all),
  }),
  stop: compose({
    name: 'compose stop',
    usage: SERVICES,
    summary: 'Stop services',
    specs: STOP_SPECS,
    run: async (...all) => (await import('./actions/lifecycle.ts')).runStop(...all),
  }),
  top: compose({
    name: 'compose top',
    usage: '[SERVICES...]',
    summary: 'Display the running processes',
    specs: {},
    run: async (cli, globals, _flags, services) => (await import('./actions/top.ts')).runTop(cli, globals, services),
  }),
  unpause: compose({
    name: 'compose unpause',
    usage: '[SERVICE...]',
    summary: 'Unpause services',
    specs: {},
    run: async (cli, globals, _flags, services) =>
      (await import('./actions/lifecycle.ts')).runPause(cli, globals, 'unpause', services),
  }),
  up: compose({
    name: 'compose up',
    usage: SERVICES,
    summary: 'Create and start containers',
    specs: UP_SPECS,
    run: async (...all) => (await import('./actions/up.ts')).runUp(...all),
  }),
  version: compose({
    name: 'compose version',
    usage: '[OPTIONS]',
    summary: 'Show the Docker Compose version information',
    specs: {
      format: { kind: 'string', short: 'f', help: 'Format the output (pretty or json)' },
      short: { kind: 'boolean', help: "Shows only Compose's version number" },
    },
    run: async (cli, _globals, flags) => {
      const { COMPOSE_VERSION } = await import('../../compose/plan/labels.ts');
      const json = `${JSON.stringify({ version: COMPOSE_VERSION })}\n`;
      const pretty = flags.short
        ? `${COMPOSE_VERSION}\n`
        : `Berth Compose, compatible with version ${COMPOSE_VERSION}\n`;
      cli.stdout.write(flags.format === 'json' ? json : pretty);
      return 0;
    },
  }),
  volumes: compose({
    name: 'compose volumes',
    usage: '[OPTIONS]',
    summary: 'List volumes',
    specs: {
      format: { kind: 'string', help: 'How to print: table, "table TEMPLATE", json, or a Go template' },
      quiet: { kind: 'boolean', short: 'q', help: 'Only display volume names' },
    },
    run: async (cli, globals, flags) => (await import('./actions/lists.ts')).runVolumes(cli, globals, flags),
  }),
  wait: compose({
    name: 'compose wait',
    usage: '[OPTIONS] SERVICE [SERVICE...]',
    summary: 'Block until containers of all (or specified) services stop.',
    specs: { 'down-project': { kind: 'boolean', help: 'Drops project when the first container stops' } },
    arity: [1, MANY],
    run: async (...all) => (await import('./actions/lists.ts')).runWait(...all),
  }),
  watch: compose({
    name: 'compose watch',
    usage: SERVICES,
    summary: 'Watch build context for service and rebuild/refresh containers when files are updated',
    specs: {
      'no-up': { kind: 'boolean', help: 'Do not build & start services before watching' },
      prune: { kind: 'boolean', initial: true, help: 'Remove images that a rebuild has left without a name' },
      quiet: { kind: 'boolean', help: 'Hide build output' },
    },
    run: async (...all) => (await import('./actions/watch.ts')).runWatch(...all),
  }),
};
