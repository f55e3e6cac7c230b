import { readFile, writeFile } from 'node:fs/promises';
import { DockerConfig, dockerConfigDirectory, registryOf } from '../../common/docker-config.ts';
import { jsonLines } from '../../common/lines.ts';
import { openContext } from '../build/context.ts';
import { deliver, parseOutput, type BuildOutput } from '../build/outputs.ts';
import { CliError } from '../cli-error.ts';
import { command, type CliContext } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { ulimit } from '../create/resources.ts';
import { filtersOf } from '../filters.ts';
import { UsageError } from '../flags/flags.ts';
import { bytes, commaFields, pair } from '../flags/values.ts';
import { ProgressPrinter, type ProgressLine } from '../progress.ts';
import { formatBytes } from '../units.ts';
import { push } from './pull.ts';

interface BuildLine extends ProgressLine {
  readonly aux?: { readonly ID?: string };
  readonly errorDetail?: { readonly code?: number; readonly message: string };
}

const SPECS = {
  'add-host': { kind: 'list', help: 'Entry in /etc/hosts of RUN, HOST:IP' },
  allow: { kind: 'list', help: 'Allow a privilege, as security.insecure' },
  'build-arg': { kind: 'list', help: 'Set a variable of the build, NAME=VALUE' },
  'build-context': { kind: 'list', help: 'Another name for an image, NAME=docker-image://IMAGE' },
  'cgroup-parent': { kind: 'string', help: 'Control group above those of RUN' },
  file: { kind: 'string', short: 'f', help: 'Path of the Dockerfile; - for the standard input' },
  iidfile: { kind: 'string', help: "Write the image's id to this file" },
  label: { kind: 'list', help: 'Label of the image, NAME=VALUE' },
  load: { kind: 'boolean', help: 'Keep the image in the engine, which is what happens anyway' },
  memory: { kind: 'string', short: 'm', value: 'bytes', help: 'Most memory of a RUN' },
  'metadata-file': { kind: 'string', help: 'Write what came of the build to this file, in JSON' },
  network: { kind: 'string', help: 'Network of RUN' },
  'no-cache': { kind: 'boolean', help: 'Use no results of builds before' },
  'no-cache-filter': { kind: 'list', commas: true, help: 'Build these stages anew' },
  output: { kind: 'list', short: 'o', help: 'Where the result goes: type=local|tar|docker|oci|image,dest=PATH' },
  platform: { kind: 'string', help: 'Platform of the image, as linux/arm64' },
  progress: { kind: 'string', help: 'How progress is shown: auto, plain, tty or quiet' },
  pull: { kind: 'boolean', help: 'Ask the registry for newer base images' },
  push: { kind: 'boolean', help: 'Push the image afterwards' },
  quiet: { kind: 'boolean', short: 'q', help: "Print the image's id only" },
  secret: { kind: 'list', help: 'Secret of the build, id=NAME[,src=FILE|,env=VARIABLE]' },
  'shm-size': { kind: 'string', value: 'bytes', help: 'Size of /dev/shm of RUN' },
  ssh: { kind: 'list', help: "Agent for RUN's ssh mounts, default or ID=SOCKET" },
  tag: { kind: 'list', short: 't', help: 'Name of the image, NAME[:TAG]' },
  target: { kind: 'string', help: 'Stage to build' },
  ulimit: { kind: 'list', value: 'ulimit', help: 'Limit of RUN, NAME=SOFT[:HARD]' },
} as const;

export const build = command({
  name: 'build',
  usage: '[OPTIONS] PATH | URL | -',
  summary: 'Build an image from a Dockerfile',
  specs: SPECS,
  arity: [1, 1],
  run: async (context, flags, [path = '']) => {
    const isQuiet = flags.quiet || flags.progress === 'quiet';
    const { progress = 'auto' } = flags;
    if (!['auto', 'plain', 'tty', 'quiet'].includes(progress))
      throw new UsageError(`invalid progress type ${JSON.stringify(progress)}: use auto, plain, tty or quiet`);
    const outputs = flags.output.map(parseOutput);
    const source = await openContext(path, flags.file, context.stdin);
    const { environment } = context;
    const names = [...flags.tag, ...outputs.map(({ name }) => name).filter((name) => name !== '')];
    const answer = await context.api.open('POST', '/build', {
      query: {
        t: names,
        dockerfile: source.dockerfile,
        remote: source.remote,
        target: flags.target,
        buildargs: JSON.stringify(valuesOf(flags['build-arg'], environment)),
        labels: JSON.stringify(valuesOf(flags.label, {})),
        buildcontexts: JSON.stringify(Object.fromEntries(flags['build-context'].map(pair))),
        platform: flags.platform,
        nocache: flags['no-cache'] ? 1 : undefined,
        nocachefilter: flags['no-cache-filter'],
        pull: flags.pull ? 1 : undefined,
        networkmode: flags.network,
        extrahosts: flags['add-host'],
        shmsize: bytes('shm-size', flags['shm-size']),
        memory: bytes('memory', flags.memory),
        ulimits: flags.ulimit.length === 0 ? undefined : JSON.stringify(flags.ulimit.map(ulimit)),
        cgroupparent: flags['cgroup-parent'],
        allow: flags.allow,
        secrets: await secretsToken(context, flags.secret),
        ssh: JSON.stringify(sshSockets(flags.ssh, environment)),
      },
      headers: await registryConfig(source.text, environment),
      ...(source.archive === null ? {} : { stream: source.archive }),
    });
    const id = await follow(context, answer, isQuiet, outputs);
    if (flags.iidfile !== undefined) await writeFile(flags.iidfile, id);
    if (flags['metadata-file'] !== undefined)
      await writeFile(flags['metadata-file'], `${JSON.stringify(metadata(id, names), null, 2)}\n`);
    for (const output of outputs) await deliver(context, id, names[0] ?? id, output);
    if (isQuiet) context.stdout.write(`${id}\n`);
    const pushed = flags.push || outputs.some((output) => output.push);
    if (pushed && names.length === 0) throw new UsageError('tag is needed when pushing to registry');
    for (const name of pushed ? names : []) await push.invoke(context, [name]);
    return 0;
  },
});

/** Prints progress; on the standard error when the result goes to the standard output. Returns the image's id. */
async function follow(
  { stdout, stderr }: CliContext,
  answer: Parameters<typeof jsonLines>[0],
  isQuiet: boolean,
  outputs: readonly BuildOutput[],
): Promise<string> {
  const isTaken = outputs.some(({ destination }) => destination === '-');
  const printer = new ProgressPrinter(isTaken ? stderr : stdout);
  let id = '';
  for await (const line of jsonLines<BuildLine>(answer)) {
    if (line.error !== undefined) throw new CliError(line.error, line.errorDetail?.code ?? 1);
    id = line.aux?.ID ?? id;
    if (!isQuiet) printer.print(line);
  }
  if (id === '') throw new CliError('the engine did not say what it has built');
  return id;
}

/** `NAME=VALUE`; a name alone has the value it has here, and is left out without one. */
function valuesOf(entries: readonly string[], environment: NodeJS.ProcessEnv): Record<string, string> {
  const values: Record<string, string> = {};
  for (const entry of entries) {
    const [name, value] = pair(entry);
    const own = entry.includes('=') ? value : environment[name];
    if (own !== undefined) values[name] = own;
  }
  return values;
}

async function secretsToken({ api, environment }: CliContext, secrets: readonly string[]): Promise<string | undefined> {
  if (secrets.length === 0) return undefined;
  const values: Record<string, string> = {};
  for (const text of secrets) {
    const fields = new Map(commaFields(text).map(pair));
    const id = fields.get('id') ?? '';
    if (id === '') throw new UsageError(`invalid secret ${JSON.stringify(text)}: it has no id`);
    const file = fields.get('src') ?? fields.get('source');
    const variable = fields.get('env') ?? (file === undefined && environment[id] !== undefined ? id : undefined);
    const value = variable === undefined ? await readSecret(file ?? id, id) : Buffer.from(environment[variable] ?? '');
    values[id] = value.toString('base64');
  }
  return (await api.json<{ Token: string }>('POST', '/build/secrets', { body: values })).Token;
}

async function readSecret(path: string, id: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new CliError(`the secret ${id} cannot be read: ${(error as Error).message}`);
  });
}

function sshSockets(entries: readonly string[], environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [id, path] = pair(entry);
      const socket = path === '' ? environment['SSH_AUTH_SOCK'] : path;
      if (socket === undefined) throw new UsageError('no ssh agent: SSH_AUTH_SOCK is not set');
      return [id, socket];
    }),
  );
}

/** Credentials for the registries of base images, as the API takes them. */
async function registryConfig(dockerfile: string, environment: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const config = new DockerConfig(dockerConfigDirectory(environment), environment);
  const images = [...dockerfile.matchAll(/^\s*FROM\s+(?:--\S+\s+)*([^\s$]+)/gim)].map(([, image = '']) => image);
  const found: Record<string, object> = {};
  for (const registry of new Set(images.filter((image) => image !== 'scratch').map(registryOf))) {
    const credentials = await config.credentialsFor(registry);
    if (credentials !== null) found[registry] = credentials;
  }
  if (Object.keys(found).length === 0) return {};
  return { 'X-Registry-Config': Buffer.from(JSON.stringify(found)).toString('base64url') };
}

function metadata(id: string, names: readonly string[]): object {
  return {
    'containerimage.config.digest': id,
    ...(names.length === 0 ? {} : { 'image.name': names.join(',') }),
  };
}

export const builderPrune = command({
  name: 'builder prune',
  usage: '[OPTIONS]',
  summary: 'Remove results of builds that are kept to be used again',
  specs: {
    all: { kind: 'boolean', short: 'a', help: 'Also what images share' },
    filter: { kind: 'list', value: 'filter', help: 'Remove only what matches, as until=24h' },
    force: { kind: 'boolean', short: 'f', help: 'Do not ask' },
    'keep-storage': { kind: 'string', value: 'bytes', help: 'Keep this much, the most recently used' },
  },
  arity: [0, 0],
  run: async (context, flags) => {
    const which = flags.all ? 'all build cache.' : 'all dangling build cache.';
    if (!flags.force && !(await confirmed(context, `WARNING! This will remove ${which}`))) return 0;
    const { ids, reclaimed } = await pruneBuilds(
      context,
      flags.all,
      flags.filter,
      bytes('keep-storage', flags['keep-storage']),
    );
    const list = ids.length === 0 ? '' : `Deleted build cache objects:\n${ids.join('\n')}\n\n`;
    context.stdout.write(`${list}Total reclaimed space: ${formatBytes(reclaimed, 4)}\n`);
    return 0;
  },
});

/** Removes what the build cache holds and nothing uses. */
export async function pruneBuilds(
  { api }: CliContext,
  all: boolean,
  filters: readonly string[],
  keepBytes = 0,
): Promise<{ ids: readonly string[]; reclaimed: number }> {
  const done = await api.json<{ CachesDeleted: string[] | null; SpaceReclaimed: number }>('POST', '/build/prune', {
    query: { all: all ? 1 : 0, 'keep-storage': keepBytes, filters: filtersOf(filters) },
  });
  return { ids: done.CachesDeleted ?? [], reclaimed: done.SpaceReclaimed };
}
