import { existsSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { DockerApiError } from '../../common/docker-api.ts';
import { command, type CliContext } from '../command.ts';
import { apiSocket } from '../create/api-socket.ts';
import { attachedStreams, createBody, type ContainerFlags } from '../create/body.ts';
import { detachKeys, platformOf, proxyVariables } from '../docker-settings.ts';
import { CREATE_FLAGS, RUN_FLAGS } from '../flags/container-flags.ts';
import { FlagError, UsageError } from '../flags/flags.ts';
import { CliError } from '../cli-error.ts';
import { forwardSignals } from '../signals.ts';
import { StartError } from '../start-error.ts';
import { attachTerminal, sendFirstSize } from '../terminal.ts';
import { familiarName, pullImage } from './pull.ts';

/** Docker's exit code of a `run` that never got its container going. */
const ENGINE_FAILURE = 125;

interface PullChoice {
  readonly pull: string | undefined;
  readonly platform: string | undefined;
  readonly quiet: boolean;
  readonly 'use-api-socket': boolean;
}

async function createContainer(
  context: CliContext,
  flags: ContainerFlags & PullChoice,
  image: string,
  words: readonly string[],
  detach: boolean,
): Promise<string> {
  if (flags.cidfile !== undefined && existsSync(flags.cidfile)) {
    throw new UsageError(
      `container ID file found, make sure the other container isn't running or delete ${flags.cidfile}`,
    );
  }
  if (flags.pull !== undefined && !['always', 'missing', 'never', ''].includes(flags.pull))
    throw new UsageError(`invalid pull option: '${flags.pull}': must be one of "always", "missing" or "never"`);
  const platform = platformOf(context, flags.platform);
  const proxies = await proxyVariables(context.environment, context.api.address);
  const body = checkedBody(() => createBody(flags, image, words, detach, context.environment, proxies));
  const socket = flags['use-api-socket'] ? await apiSocket(context.api, context.environment, body.Env) : null;
  if (socket !== null) {
    body.Env.push(...socket.variables);
    body.HostConfig.Mounts = [...(body.HostConfig.Mounts ?? []), socket.mount];
  }
  const create = (): Promise<{ Id: string; Warnings: readonly string[] | null }> =>
    context.api.json('POST', '/containers/create', { query: { name: flags.name, platform }, body });
  const pull = (): Promise<void> => pullImage(context, image, { platform, quiet: flags.quiet, sink: context.stderr });
  if (flags.pull === 'always') await pull();
  const created = await create().catch(async (error: unknown) => {
    if (
      !(error instanceof DockerApiError) ||
      error.status !== 404 ||
      !/no such image/i.test(error.message) ||
      flags.pull === 'never'
    )
      throw error;
    context.stderr.write(`Unable to find image '${familiarName(image)}' locally\n`);
    await pull();
    return create();
  });
  for (const warning of created.Warnings ?? []) context.stderr.write(`WARNING: ${warning}\n`);
  if (flags.cidfile !== undefined) writeFileSync(flags.cidfile, created.Id);
  await socket?.deliver(created.Id);
  return created.Id;
}

/** What docker's client refuses of a container's flags is exit code 125 for `create` too. */
function checkedBody<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof UsageError ? new FlagError(error.message) : error;
  }
}

export const create = command({
  name: 'create',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Create a new container',
  specs: CREATE_FLAGS,
  stopAtArgument: true,
  completes: 'image',
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, flags, [image = '', ...words]) => {
    context.stdout.write(`${await createContainer(context, flags, image, words, false)}\n`);
    return 0;
  },
});

export const run = command({
  name: 'run',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Create and run a new container from an image',
  specs: RUN_FLAGS,
  stopAtArgument: true,
  completes: 'image',
  arity: [1, Number.POSITIVE_INFINITY],
  failureCode: ENGINE_FAILURE,
  run: async (context, flags, [image = '', ...words]) => {
    const streams = attachedStreams(flags, flags.detach);
    if (flags.tty && streams.AttachStdin && !context.stdin.isTTY) throw new CliError('the input device is not a TTY');
    const id = await withExitCode(createContainer(context, flags, image, words, flags.detach));
    if (flags.detach) {
      // Before it starts: whoever reads it can look at one that does not.
      context.stdout.write(`${id}\n`);
      await startContainer(context, id);
      return 0;
    }
    const isShown = streams.AttachStdout || streams.AttachStderr;
    if (!isShown) context.stdout.write(`${id}\n`);
    const status = await runAttached(context, id, {
      ...flags,
      interactive: streams.AttachStdin,
      outputs: { stdout: streams.AttachStdout, stderr: streams.AttachStderr },
    });
    return isShown ? status : 0;
  },
});

/** How a container that was made is joined with this terminal. */
interface AttachChoice {
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly rm: boolean;
  readonly 'detach-keys': string | undefined;
  readonly 'sig-proxy': boolean;
  /** Both, unless it is told. */
  readonly outputs?: { readonly stdout: boolean; readonly stderr: boolean };
}

/** Starts a container with this terminal joined to it, and returns its exit code. */
export async function runAttached(context: CliContext, id: string, flags: AttachChoice): Promise<number> {
  const { api } = context;
  const { outputs = { stdout: true, stderr: true } } = flags;
  const { stream } = await api.hijack('POST', `/containers/${id}/attach`, {
    query: {
      stream: 1,
      stdin: flags.interactive ? 1 : 0,
      stdout: outputs.stdout ? 1 : 0,
      stderr: outputs.stderr ? 1 : 0,
      detachKeys: await detachKeys(context, flags['detach-keys']),
    },
  });
  const detached = new AbortController();
  const waited = api.json<{ StatusCode: number }>('POST', `/containers/${id}/wait`, {
    query: { condition: flags.rm ? 'removed' : 'next-exit' },
    signal: detached.signal,
  });
  // It is looked at only after the streams ended; until then a failure must not count as unhandled.
  waited.catch(() => undefined);
  const stopForwarding = flags.tty || !flags['sig-proxy'] ? () => undefined : forwardSignals(api, id);
  const resize = async (rows: number, columns: number): Promise<void> => {
    await api.json('POST', `/containers/${id}/resize`, { query: { h: rows, w: columns } });
  };
  try {
    const ended = attachTerminal(context, stream, { stdin: flags.interactive, tty: flags.tty, resize });
    ended.catch(() => undefined);
    try {
      await startContainer(context, id);
    } catch (error) {
      stream.destroy();
      throw error;
    }
    if (flags.tty) await sendFirstSize(context, resize);
    await ended;
    return await exitCodeOf(context, id, waited);
  } finally {
    stopForwarding();
    // An open request would keep this process from ending.
    detached.abort();
  }
}

/** After the streams ended the process is over, or the person detached: then 0 at once. */
async function exitCodeOf(context: CliContext, id: string, waited: Promise<{ StatusCode: number }>): Promise<number> {
  const running = await context.api.json<{ State: { Running: boolean } }>('GET', `/containers/${id}/json`).then(
    (inspected) => inspected.State.Running,
    () => false,
  );
  if (!running) return (await waited).StatusCode;
  // The stream may end a moment before the exit is recorded: 100 ms tell that from a detach.
  const patience = new AbortController();
  const timer = setTimeout(() => {
    patience.abort();
  }, 100);
  const result = await Promise.race([
    waited.then((answer) => answer.StatusCode),
    once(patience.signal, 'abort').then(() => null),
  ]);
  clearTimeout(timer);
  return result ?? 0;
}

/** Starts; the exit codes 126 and 127 are told from the engine's words, as docker's client does. */
export async function startContainer(context: CliContext, id: string): Promise<void> {
  await withExitCode(context.api.json('POST', `/containers/${id}/start`));
}

/** Passes an engine's refusal on as one with the exit code that its words mean. */
async function withExitCode<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof DockerApiError)) throw error;
    throw new StartError(error.message, startExitCode(error.message));
  }
}

function startExitCode(message: string): number {
  if (/executable file not found|no such file or directory/.test(message)) return 127;
  return /permission denied|is a directory|exec format error/.test(message) ? 126 : ENGINE_FAILURE;
}
