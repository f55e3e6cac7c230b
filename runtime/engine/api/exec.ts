import { LaunchError } from '../launcher/types.ts';
import { EngineError } from '../errors.ts';
import { parseDetachKeys } from '../containers/detach-keys.ts';
import type { Execs, ExecSession } from '../containers/exec.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { pump } from '../containers/stream-pump.ts';
import { terminalSize } from './attach.ts';
import { sendEmpty, sendJson, type ApiContext, type Router } from './router.ts';

/** `/containers/{id}/exec` and `/exec/*`. */
export function registerExecRoutes(router: Router, parts: { registry: ContainerRegistry; execs: Execs }): void {
  const { registry, execs } = parts;
  const find = (context: ApiContext): ExecSession => execs.find(context.params['id'] ?? '');

  router.add('POST', '/containers/{id}/exec', async (context) => {
    const handle = registry.find(context.params['id'] ?? '');
    sendJson(context, 201, { Id: execs.create(handle, await context.json()).id });
  });

  router.add('POST', '/exec/{id}/start', async (context) => {
    await start(context, find(context), execs);
  });

  router.add('POST', '/exec/{id}/resize', async (context) => {
    const session = find(context);
    const { rows, columns } = terminalSize(context.query);
    if (session.supervised === null) throw new EngineError('conflict', `exec ${session.id} is not running`);
    await session.supervised.resize(rows, columns);
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

async function start(context: ApiContext, session: ExecSession, execs: Execs): Promise<void> {
  const body = (await context.json()) as { Detach?: unknown; ConsoleSize?: unknown } | undefined;
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
  const outcome = await execs.start(session, true, size).catch((error: unknown) => failure(error));
  const client = context.hijack(!tty);
  if (outcome instanceof LaunchError) {
    // As Docker: the connection is taken over all the same, and the reason is the exec's only output.
    client.end(stdoutFrame(`OCI runtime exec failed: exec failed: ${outcome.message}\r\n`, tty));
    return;
  }
  if (outcome !== null) await pump(client, outcome, { stdin, detachKeys });
}

function failure(error: unknown): LaunchError {
  if (error instanceof LaunchError && error.kind !== 'process-gone') return error;
  throw error;
}

/** Text on the stream's stdout channel, framed when there is no terminal. */
function stdoutFrame(text: string, tty: boolean): Buffer {
  const body = Buffer.from(text);
  if (tty) return body;
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** Docker's words, from which the CLI makes 126 and 127. */
function explain(error: unknown): never {
  if (!(error instanceof LaunchError)) throw error;
  throw new LaunchError(error.kind, `OCI runtime exec failed: ${error.message}`, error.errno);
}
