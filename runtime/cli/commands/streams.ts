import { detachKeys } from '../docker-settings.ts';
import { environmentOf } from '../create/files.ts';
import { command } from '../command.ts';
import { eachOf } from '../each.ts';
import { CliError } from '../cli-error.ts';
import { UsageError } from '../flags/flags.ts';
import { forwardSignals } from '../signals.ts';
import { timestamp } from '../timestamps.ts';
import { attachTerminal, printStream, sendFirstSize } from '../terminal.ts';

interface Inspected {
  readonly Id: string;
  readonly Config: { readonly Tty: boolean; readonly OpenStdin: boolean };
  readonly State: { readonly Running: boolean; readonly Paused: boolean };
}

export const logs = command({
  name: 'logs',
  usage: '[OPTIONS] CONTAINER',
  summary: 'Fetch the logs of a container',
  specs: {
    details: { kind: 'boolean', help: 'Show extra details provided to logs' },
    follow: { kind: 'boolean', short: 'f', help: 'Follow log output' },
    since: { kind: 'string', help: 'Show logs since timestamp or relative (e.g. "42m" for 42 minutes)' },
    tail: { kind: 'string', short: 'n', help: 'Number of lines to show from the end of the logs' },
    timestamps: { kind: 'boolean', short: 't', help: 'Show timestamps' },
    until: { kind: 'string', help: 'Show logs before a timestamp or relative' },
  },
  completes: 'container',
  arity: [1, 1],
  run: async (context, flags, [container = '']) => {
    const { Config } = await context.api.json<Inspected>('GET', `/containers/${container}/json`);
    const stream = await context.api.open('GET', `/containers/${container}/logs`, {
      query: {
        stdout: 1,
        stderr: 1,
        follow: flags.follow ? 1 : 0,
        timestamps: flags.timestamps ? 1 : 0,
        details: flags.details ? 1 : 0,
        tail: flags.tail ?? 'all',
        since: timestamp(flags.since),
        until: timestamp(flags.until),
      },
    });
    await printStream(context, stream, !Config.Tty);
    return 0;
  },
});

export const attach = command({
  name: 'attach',
  usage: '[OPTIONS] CONTAINER',
  summary: 'Attach local standard input, output, and error streams to a running container',
  specs: {
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container' },
    'no-stdin': { kind: 'boolean', help: 'Do not attach STDIN' },
    'sig-proxy': { kind: 'boolean', initial: true, help: 'Pass signals on to the process' },
  },
  completes: 'container',
  arity: [1, 1],
  run: async (context, flags, [container = '']) => {
    const { api } = context;
    const { Id, Config, State } = await api.json<Inspected>('GET', `/containers/${container}/json`);
    if (!State.Running) throw new UsageError('You cannot attach to a stopped container, start it first');
    if (State.Paused) throw new UsageError('You cannot attach to a paused container, unpause it first');
    if (Config.Tty && !flags['no-stdin'] && !context.stdin.isTTY) throw new CliError('the input device is not a TTY');
    const stdin = Config.OpenStdin && !flags['no-stdin'];
    const detached = new AbortController();
    const waited = api.json<{ StatusCode: number }>('POST', `/containers/${Id}/wait`, { signal: detached.signal });
    waited.catch(() => undefined);
    const { stream } = await api.hijack('POST', `/containers/${Id}/attach`, {
      query: {
        stream: 1,
        stdin: stdin ? 1 : 0,
        stdout: 1,
        stderr: 1,
        detachKeys: await detachKeys(context, flags['detach-keys']),
      },
    });
    const stopForwarding = Config.Tty || !flags['sig-proxy'] ? () => undefined : forwardSignals(api, Id);
    const resize = async (rows: number, columns: number): Promise<void> => {
      await api.json('POST', `/containers/${Id}/resize`, { query: { h: rows, w: columns } });
    };
    if (Config.Tty && context.stdout.isTTY) {
      // A program draws its screen anew only when its size changes; one that ends now shows in what follows.
      await resize(context.stdout.rows + 1, context.stdout.columns + 1).catch(() => undefined);
      await sendFirstSize(context, resize);
    }
    await attachTerminal(context, stream, { stdin, tty: Config.Tty, resize });
    stopForwarding();
    const after = await api.json<Inspected>('GET', `/containers/${Id}/json`).catch(() => null);
    const exitCode = after?.State.Running === true ? 0 : (await waited).StatusCode;
    detached.abort();
    return exitCode;
  },
});

export const start = command({
  name: 'start',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Start one or more stopped containers',
  specs: {
    attach: { kind: 'boolean', short: 'a', help: 'Attach STDOUT/STDERR and forward signals' },
    checkpoint: { kind: 'string', help: 'Checkpoint to restore it from' },
    'checkpoint-dir': { kind: 'string', help: 'Directory of that checkpoint' },
    'detach-keys': { kind: 'string', help: 'Keys that detach, as ctrl-p,ctrl-q' },
    interactive: { kind: 'boolean', short: 'i', help: "Attach container's STDIN" },
  },
  completes: 'container',
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, flags, containers) => {
    const { api } = context;
    const checkpoint = { checkpoint: flags.checkpoint, 'checkpoint-dir': flags['checkpoint-dir'] };
    if (!flags.attach && !flags.interactive) {
      return eachOf(context, containers, async (container) => {
        await api.json('POST', `/containers/${container}/start`, { query: checkpoint });
        return container;
      });
    }
    if (containers.length !== 1) throw new UsageError('you cannot start and attach multiple containers at once');
    const { Id, Config } = await api.json<Inspected>('GET', `/containers/${containers[0] ?? ''}/json`);
    const stdin = flags.interactive && Config.OpenStdin;
    const { stream } = await api.hijack('POST', `/containers/${Id}/attach`, {
      query: {
        stream: 1,
        stdin: stdin ? 1 : 0,
        stdout: 1,
        stderr: 1,
        detachKeys: await detachKeys(context, flags['detach-keys']),
      },
    });
    const waited = api.json<{ StatusCode: number }>('POST', `/containers/${Id}/wait`, {
      query: { condition: 'next-exit' },
    });
    waited.catch(() => undefined);
    const resize = async (rows: number, columns: number): Promise<void> => {
      await api.json('POST', `/containers/${Id}/resize`, { query: { h: rows, w: columns } });
    };
    const ended = attachTerminal(context, stream, { stdin, tty: Config.Tty, resize });
    ended.catch(() => undefined);
    try {
      await api.json('POST', `/containers/${Id}/start`, { query: checkpoint });
    } catch (error) {
      stream.destroy();
      throw error;
    }
    if (Config.Tty) await sendFirstSize(context, resize);
    await ended;
    return (await waited).StatusCode;
  },
});

export const exec = command({
  name: 'exec',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  summary: 'Execute a command in a running container',
  specs: {
    detach: { kind: 'boolean', short: 'd', help: 'Detached mode: run command in the background' },
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container' },
    env: { kind: 'list', short: 'e', help: 'Set a variable, NAME=VALUE' },
    'env-file': { kind: 'list', help: 'Set the variables a file lists, one a line' },
    interactive: { kind: 'boolean', short: 'i', help: 'Keep STDIN open even if not attached' },
    privileged: { kind: 'boolean', help: 'Give extended privileges to the command' },
    tty: { kind: 'boolean', short: 't', help: 'Allocate a pseudo-TTY' },
    user: { kind: 'string', short: 'u', help: 'Username or UID (format: "<name|uid>[:<group|gid>]")' },
    workdir: { kind: 'string', short: 'w', help: 'Working directory inside the container' },
  },
  stopAtArgument: true,
  completes: 'container',
  arity: [2, Number.POSITIVE_INFINITY],
  run: async (context, flags, [container = '', ...words]) => {
    const { api } = context;
    if (flags.tty && flags.interactive && !context.stdin.isTTY) throw new CliError('the input device is not a TTY');
    const { Id } = await api.json<{ Id: string }>('POST', `/containers/${container}/exec`, {
      body: {
        AttachStdin: !flags.detach && flags.interactive,
        AttachStdout: !flags.detach,
        AttachStderr: !flags.detach,
        Tty: flags.tty,
        Cmd: words,
        Env: environmentOf(flags['env-file'], flags.env, context.environment),
        User: flags.user ?? '',
        WorkingDir: flags.workdir ?? '',
        Privileged: flags.privileged,
        DetachKeys: (await detachKeys(context, flags['detach-keys'])) ?? '',
      },
    });
    if (flags.detach) {
      await api.json('POST', `/exec/${Id}/start`, { body: { Detach: true, Tty: flags.tty } });
      return 0;
    }
    const { stream } = await api.hijack('POST', `/exec/${Id}/start`, {
      body: { Detach: false, Tty: flags.tty },
    });
    const resize = async (rows: number, columns: number): Promise<void> => {
      await api.json('POST', `/exec/${Id}/resize`, { query: { h: rows, w: columns } });
    };
    if (flags.tty) await sendFirstSize(context, resize);
    await attachTerminal(context, stream, { stdin: flags.interactive, tty: flags.tty, resize });
    const { ExitCode } = await api.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`);
    return ExitCode ?? 0;
  },
});
