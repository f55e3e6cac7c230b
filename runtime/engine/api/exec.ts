import { LaunchError } from '../launcher/types.ts';
import { EngineError } from '../errors.ts';
import { parseDetachKeys } from '../containers/detach-keys.ts';
import type { Execs, ExecSession } from '../containers/exec.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { pump } from '../containers/stream-pump.ts';
import { terminalSize } from './attach.ts';
import { stdoutFrame, withFrames } from './framed.ts';
import { sendEmpty, sendJson, type ApiContext, type Router } from './router.ts';

/** `/containers/{id}/exec` and `/exec/*`. */
export function registerExecRoutes(router: Router, parts: { registry: ContainerRegistry; execs: Execs }): void {
  const { registry, execs } = parts;
  const find = (context: ApiContext): ExecSession => execs.find(context.params['id'] ?? '');

  router.add('POST', '/containers/{id}/exec', async (context) => {
    const body = await context.json();
    const session = await execs.create(registry.find(context.params['id'] ?? ''), body);
    sendJson(context, 201, { Id: session.id });
  });

  router.add('POST', '/exec/{id}/start', async (context) => {
    const body = (await context.json()) as StartBody;
    await start(context, find(context), execs, body);
  });

  router.add('POST', '/exec/{id}/resize', async (context) => {
    const { rows, columns } = terminalSize(context.query);
    const session = find(context);
    await execs.resize(session, rows, columns);
    sendEmpty(context, 200);
  });

  router.add('GET', '/exec/{id}/json', (context) => {
    const session = find(context);
    const { config, container } = session;
    const [entrypoint = '', ...args] = config.Cmd ?? [];
    sendJson(context, 200, {
      ID: session.id,
      ContainerID: container.id,
      Running: session.running,
      ExitCode: session.exitCode,
      Pid: session.pid,
      CanRemove: session.exitCode !== null,
      DetachKeys: config.DetachKeys ?? '',
      OpenStdin: config.AttachStdin === true,
      OpenStdout: config.AttachStdout === true,
      OpenStderr: config.AttachStderr === true,
      ProcessConfig: {
        entrypoint,
        arguments: args,
        privileged: config.Privileged === true,
        tty: config.Tty === true,
        user: config.User ?? '',
      },
    });
  });
}

type StartBody = { readonly Detach?: unknown; readonly Tty?: unknown; readonly ConsoleSize?: unknown } | undefined;

async function start(context: ApiContext, session: ExecSession, execs: Execs, body: StartBody): Promise<void> {
  const detach = body?.Detach === true;
  const size = Array.isArray(body?.ConsoleSize) ? body.ConsoleSize.map(Number) : null;
  if (detach) {
    await execs.start(session, false, size).catch(explain);
    sendEmpty(context, 200);
    return;
  }
  const tty = session.config.Tty === true;
  const stdin = session.config.AttachStdin === true;
  const detachKeys = tty && stdin ? parseDetachKeys(session.config.DetachKeys ?? '') : null;
  execs.assertStartable(session);
  // Taken over before the process is made, as Docker does: the client readies its streams meanwhile.
  // A client that does not say again that it has a terminal gets frames, as from dockerd.
  const isRaw = tty && body?.Tty === true;
  const taken = context.hijack(!isRaw);
  const client = tty && !isRaw ? withFrames(taken) : taken;
  const stream = await execs.start(session, true, size).catch((error: unknown) => reason(error));
  if (typeof stream === 'string') {
    const text = Buffer.from(`${stream}\r\n`);
    client.end(tty ? text : stdoutFrame(text));
    return;
  }
  if (stream !== null) await pump(client, stream, { stdin, detachKeys });
}

/** Why an exec failed, as the only output of its connection; what is not an answer to the client is thrown on. */
function reason(error: unknown): string {
  if (error instanceof EngineError) return error.message;
  if (!(error instanceof LaunchError)) throw error;
  if (error.kind === 'process-gone') return `container is not running: ${error.message}`;
  return `OCI runtime exec failed: exec failed: ${error.message}`;
}

/** Docker's words, from which the CLI makes 126 and 127. */
function explain(error: unknown): never {
  if (!(error instanceof LaunchError)) throw error;
  throw new LaunchError(error.kind, `OCI runtime exec failed: ${error.message}`, error.errno);
}
