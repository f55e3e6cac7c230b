import { ComposeError } from '../errors.ts';
import type { Hook, Service } from '../model/project.ts';
import type { ComposeContext } from './context.ts';

/** Runs a service's commands in one of its containers, one after the other. Throws ComposeError when one fails. */
export async function runHooks(
  context: ComposeContext,
  service: Service,
  kind: 'post_start' | 'pre_stop',
  container: { readonly id: string; readonly name: string },
): Promise<void> {
  for (const hook of service[kind] ?? []) await runHook(context, hook, kind, container);
}

/** Runs one command in a container and waits for it. Throws ComposeError when it fails. */
export async function runHook(
  { api, variable }: ComposeContext,
  hook: Hook,
  what: string,
  container: { readonly id: string; readonly name: string },
): Promise<void> {
  const { Id } = await api.json<{ Id: string }>('POST', `/containers/${container.id}/exec`, {
    body: {
      Cmd: hook.command ?? [],
      User: hook.user ?? '',
      Privileged: hook.privileged ?? false,
      WorkingDir: hook.working_dir ?? '',
      Env: Object.entries(hook.environment ?? {}).map(([name, value]) => `${name}=${value ?? variable(name) ?? ''}`),
      AttachStdout: true,
      AttachStderr: true,
    },
  });
  const { stream } = await api.hijack('POST', `/exec/${Id}/start`, { body: { Detach: false, Tty: false } });
  stream.end();
  stream.resume();
  await new Promise<void>((resolve, reject) => {
    stream.on('end', resolve);
    stream.on('error', reject);
  });
  const { ExitCode } = await api.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`);
  if (ExitCode !== 0) throw new ComposeError(`${what} of ${container.name} failed with exit code ${String(ExitCode)}`);
}
