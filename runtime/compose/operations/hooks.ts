import { ComposeError } from '../errors.ts';
import type { Hook, Service } from '../model/project.ts';
import type { ComposeContext } from './context.ts';
import { readLines } from './logs.ts';

/** What a command is run for. */
export interface HookOccasion {
  readonly service: string;
  /** `post_start`, `exec`. */
  readonly what: string;
  /** Told of each line that the command prints. */
  readonly onLine?: (text: string) => void;
}

/** Runs a service's commands in one of its containers, one after the other. Throws ComposeError when one fails. */
export async function runHooks(
  context: ComposeContext,
  service: Service,
  what: 'post_start' | 'pre_stop',
  container: { readonly id: string; readonly name: string },
): Promise<void> {
  const onLine = (text: string): void => context.hookOutput?.({ service: service.name, name: container.name }, text);
  for (const hook of service[what] ?? [])
    await runHook(context, hook, { service: service.name, what, onLine }, container);
}

/** Runs one command in a container and waits for it. Throws ComposeError, with what it said last, when it fails. */
export async function runHook(
  { api, variable }: ComposeContext,
  hook: Hook,
  { service, what, onLine }: HookOccasion,
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
  let last = '';
  await readLines(stream, true, (text) => {
    if (text.trim() !== '') last = text.trim();
    onLine?.(text);
  });
  const { ExitCode } = await api.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`);
  if (ExitCode === 0) return;
  throw new ComposeError(
    `${service} hook exited with status ${String(ExitCode)} (${what} of ${container.name})${last === '' ? '' : `: ${last}`}`,
  );
}
