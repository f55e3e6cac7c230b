import { readFile, rm, writeFile } from 'node:fs/promises';
import { archived, locateContext, registryConfigHeader, type LocatedContext } from '../../common/build-context.ts';
import type { ClientSession } from '../../common/buildkit/session.ts';
import { DockerConfig, dockerConfigDirectory } from '../../common/docker-config.ts';
import { displayOf, followBuild, metadata, progressMode, type ProgressMode } from '../build/follow.ts';
import { cacheReference } from '../../common/build-requests.ts';
import type { LocalParts } from '../build/local-parts.ts';
import { annotationAttributes, attestations, checkTags, parseCall } from '../build/requests.ts';
import { deliver, engineOutputs, isArchive, parseOutput, type BuildOutput } from '../build/outputs.ts';
import { CliError } from '../cli-error.ts';
import { command, type CliContext } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { extraHost } from '../create/extra-host.ts';
import { ulimit } from '../create/resources.ts';
import { platformOf, proxyVariables } from '../docker-settings.ts';
import { filtersOf } from '../filters.ts';
import { UsageError, type FlagValues } from '../flags/flags.ts';
import { commaFields, pair } from '../../common/fields.ts';
import { bytes, flagValue, integer, pairs, swapBytes } from '../flags/values.ts';
import { formatBytes } from '../units.ts';

const SPECS = {
  'add-host': { kind: 'list', help: 'Entry in /etc/hosts of RUN, HOST:IP' },
  allow: { kind: 'list', help: 'Allow what RUN may ask for: network.host, security.insecure or device' },
  'build-arg': { kind: 'list', help: 'Set a variable of the build, NAME=VALUE' },
  'build-context': {
    kind: 'list',
    help: 'Further context, NAME=PATH, an address, docker-image://IMAGE or oci-layout://PATH',
  },
  annotation: { kind: 'list', help: 'OCI annotation of the image, [TYPE:]NAME=VALUE' },
  attest: { kind: 'list', help: 'What to attest: type=sbom or type=provenance,mode=min|max' },
  'cache-from': { kind: 'list', help: 'Cache to read, an image, type=registry,ref=NAME or type=local,src=PATH' },
  'cache-to': {
    kind: 'list',
    help: 'Cache to write, type=inline, type=registry,ref=NAME or type=local,dest=PATH, with mode=max for all',
  },
  builder: { kind: 'string', help: 'Taken for compatibility: the engine builds', hidden: true },
  compress: { kind: 'boolean', help: 'Taken for compatibility', hidden: true },
  'cpu-period': { kind: 'string', value: 'int', help: 'Scheduling period of a RUN', hidden: true },
  'cpu-quota': { kind: 'string', value: 'int', help: 'Processor time of a RUN in each period', hidden: true },
  'cpu-shares': { kind: 'string', short: 'c', value: 'int', help: 'Weight of a RUN', hidden: true },
  'cpuset-cpus': { kind: 'string', help: 'Processors of a RUN', hidden: true },
  'cpuset-mems': { kind: 'string', help: 'Memory nodes of a RUN', hidden: true },
  'disable-content-trust': { kind: 'boolean', initial: true, help: 'Taken for compatibility', hidden: true },
  'force-rm': { kind: 'boolean', help: 'Taken for compatibility', hidden: true },
  isolation: { kind: 'string', help: 'Taken for compatibility', hidden: true },
  'memory-swap': { kind: 'string', value: 'bytes', help: 'Most memory and swap of a RUN', hidden: true },
  rm: { kind: 'boolean', initial: true, help: 'Taken for compatibility', hidden: true },
  'security-opt': { kind: 'list', help: 'Taken for compatibility', hidden: true },
  call: {
    kind: 'string',
    help: 'Ask instead of building: build, check, outline or targets, with ,format=json as JSON',
  },
  'cgroup-parent': { kind: 'string', help: 'Control group above those of RUN' },
  check: { kind: 'boolean', help: 'Look the Dockerfile over, as --call=check does' },
  file: { kind: 'string', short: 'f', help: 'Path of the Dockerfile; - for the standard input' },
  iidfile: { kind: 'string', help: "Write the image's id to this file" },
  label: { kind: 'list', help: 'Label of the image, NAME=VALUE' },
  load: { kind: 'boolean', help: 'Keep the image in the engine, which is what happens anyway' },
  memory: { kind: 'string', short: 'm', value: 'bytes', help: 'Most memory of a RUN' },
  'metadata-file': { kind: 'string', help: 'Write what came of the build to this file, in JSON' },
  network: { kind: 'string', help: 'Network of RUN' },
  'no-cache': { kind: 'boolean', help: 'Use no results of builds before' },
  'no-cache-filter': { kind: 'list', commas: true, help: 'Build these stages anew' },
  output: {
    kind: 'list',
    short: 'o',
    help: 'Where the result goes: type=local|tar|docker|oci|image|cacheonly,dest=PATH',
  },
  platform: { kind: 'list', commas: true, help: 'Platforms of the image, as linux/arm64' },
  progress: { kind: 'string', help: 'How progress is shown: auto, plain, tty, rawjson or quiet' },
  provenance: { kind: 'string', help: 'Attest how the image came to be: true, false, mode=min or mode=max' },
  pull: { kind: 'boolean', help: 'Ask the registry for newer base images' },
  push: { kind: 'boolean', help: 'Push the image afterwards' },
  quiet: { kind: 'boolean', short: 'q', help: "Print the image's id only" },
  sbom: { kind: 'string', help: 'Attest what packages are in the image: true or false' },
  secret: { kind: 'list', help: 'Secret of the build, id=NAME[,src=FILE|,env=VARIABLE]' },
  'shm-size': { kind: 'string', value: 'bytes', help: 'Size of /dev/shm of RUN' },
  squash: { kind: 'boolean', help: 'Put all layers above the base image into one' },
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
    const mode = progressMode(context, flags.progress, flags.quiet);
    checkTags(flags.tag);
    const extraHosts = flags['add-host'].map((text) => flagValue('add-host', text, extraHost));
    // A build that fails leaves no id of one before.
    if (flags.iidfile !== undefined) await rm(flags.iidfile, { force: true });
    const { question, isJson } = parseCall(flags.check ? 'check' : (flags.call ?? 'build'));
    const outputs = flags.output.map(parseOutput);
    const located = await locateContext(path, flags.file, context.stdin);
    const { localParts } = await import('../build/local-parts.ts');
    const local = await localParts({
      contexts: flags['build-context'],
      cacheFrom: flags['cache-from'],
      cacheTo: flags['cache-to'],
    });
    for (const warning of local.caches.warnings) context.stderr.write(`WARNING: ${warning}\n`);
    const session = await sessionFor(context, located, local);
    try {
      return await perform(context, flags, { mode, question, isJson, outputs, extraHosts, located, local, session });
    } finally {
      session?.close();
    }
  },
});

/** A build with all that was found out about it before. */
interface Prepared {
  readonly mode: ProgressMode;
  readonly question: string;
  /** Whether the answer is printed as JSON. */
  readonly isJson: boolean;
  readonly outputs: readonly BuildOutput[];
  readonly extraHosts: readonly string[];
  readonly located: LocatedContext;
  readonly local: LocalParts;
  readonly session: ClientSession | null;
}

async function perform(
  context: CliContext,
  flags: FlagValues<typeof SPECS>,
  { mode, question, isJson, outputs, extraHosts, located, local, session }: Prepared,
): Promise<number> {
  const attributes = annotationAttributes(flags.annotation);
  const isPushed = flags.push || outputs.some((output) => output.push);
  const isOffered = session !== null && located.kind === 'directory';
  const source = isOffered
    ? { archive: null, remote: 'client-session', dockerfile: located.dockerfile, text: located.text }
    : await archived(located);
  const { environment } = context;
  const names = [...flags.tag, ...outputs.map(({ name }) => name).filter((name) => name !== '')];
  if (isPushed && names.length === 0) throw new UsageError('tag is needed when pushing to registry');
  const { caches } = local;
  const answer = await context.api.open('POST', '/build', {
    query: {
      t: names,
      dockerfile: source.dockerfile,
      remote: source.remote,
      target: flags.target,
      buildargs: JSON.stringify({
        ...(await proxyVariables(environment, context.api.address)),
        ...valuesOf(flags['build-arg'], environment),
      }),
      labels: JSON.stringify(pairs(flags.label)),
      buildcontexts: JSON.stringify(local.contexts),
      session: session?.id,
      platform: flags.platform.length > 0 ? flags.platform.join(',') : platformOf(context, undefined),
      call: question === 'build' ? undefined : question,
      trace: question === 'build' ? (mode === 'lines' || mode === 'quiet' ? 0 : 1) : undefined,
      outputs: JSON.stringify(engineOutputs(outputs, isPushed, attributes)),
      cachefrom: caches.from.length === 0 ? undefined : JSON.stringify(caches.from),
      cacheto: caches.to.length === 0 ? undefined : JSON.stringify(caches.to),
      attest: attestations(flags.attest, flags.provenance, flags.sbom),
      squash: flags.squash ? 1 : undefined,
      nocache: flags['no-cache'] ? 1 : undefined,
      nocachefilter: flags['no-cache-filter'],
      pull: flags.pull ? 1 : undefined,
      networkmode: flags.network,
      extrahosts: extraHosts,
      shmsize: bytes('shm-size', flags['shm-size']),
      memory: bytes('memory', flags.memory),
      ulimits: flags.ulimit.length === 0 ? undefined : JSON.stringify(flags.ulimit.map(ulimit)),
      memswap: flags['memory-swap'] === undefined ? undefined : swapBytes('memory-swap', flags['memory-swap']),
      cpuperiod: integer('cpu-period', flags['cpu-period'], undefined),
      cpuquota: integer('cpu-quota', flags['cpu-quota'], undefined),
      cpushares: integer('cpu-shares', flags['cpu-shares'], undefined),
      cpusetcpus: flags['cpuset-cpus'],
      cpusetmems: flags['cpuset-mems'],
      cgroupparent: flags['cgroup-parent'],
      allow: flags.allow,
      secrets: await secretsToken(context, flags.secret),
      ssh: JSON.stringify(sshSockets(flags.ssh, environment)),
    },
    headers: await registryConfigHeader(
      source.text,
      new DockerConfig(dockerConfigDirectory(environment), environment),
      [...(isPushed ? names : []), ...[...caches.from, ...caches.to].map(cacheReference)],
    ),
    ...(source.archive === null ? {} : { stream: source.archive }),
  });
  const isTaken = outputs.some(({ destination }) => destination === '-');
  const built = await followBuild(answer, displayOf(context, isJson ? 'quiet' : mode, isTaken));
  if (isJson) context.stdout.write(`${JSON.stringify(built.answer, null, 2)}\n`);
  if (question !== 'build') return built.status;
  const { id, response } = built;
  await caches.finish(response);
  if (flags.iidfile !== undefined) await writeFile(flags.iidfile, id);
  if (flags['metadata-file'] !== undefined) await writeFile(flags['metadata-file'], metadata(response));
  const archives = [...built.archives];
  for (const output of outputs.filter(isArchive)) await deliver(context, archives.shift(), output);
  if (mode === 'quiet' && id !== '') context.stdout.write(`${id}\n`);
  return 0;
}

/**
 * The session of a build: for its context, of which only what changed is sent, for further directories, and for caches.
 * null for an engine that takes none and a build that can do without. Throws CliError.
 */
async function sessionFor(
  { api }: CliContext,
  located: LocatedContext,
  { directories, stores }: LocalParts,
): Promise<ClientSession | null> {
  const isNeeded = directories.size > 0 || stores.size > 0;
  if (!isNeeded && located.kind !== 'directory') return null;
  const { offerSession, takesSessions } = await import('../../common/build-session.ts');
  if (await takesSessions(api)) {
    const context = located.kind === 'directory' ? located : null;
    return offerSession(api, { context, directories, stores });
  }
  if (isNeeded)
    throw new CliError('this engine reads no directories of its client: further contexts and caches cannot be in one');
  return null;
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
