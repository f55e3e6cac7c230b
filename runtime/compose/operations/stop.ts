import type { Service } from '../model/project.ts';
import { unlessGone, type ProjectContainer } from '../objects/containers.ts';
import { reported, type ComposeContext } from './context.ts';
import { runHooks } from './hooks.ts';

/** Stops a container after its `pre_stop` commands. `timeout` in seconds before it is killed; undefined for its own. */
export async function stopContainer(
  context: ComposeContext,
  container: ProjectContainer,
  service: Service | undefined,
  timeout: number | undefined,
): Promise<void> {
  if (!['running', 'paused', 'restarting'].includes(container.state)) return;
  await reported(context, `Container ${container.name}`, ['Stopping', 'Stopped'], async () => {
    if (service !== undefined && container.state === 'running') await runHooks(context, service, 'pre_stop', container);
    await unlessGone(
      context.api.json('POST', `/containers/${container.id}/stop`, { query: { t: timeout }, signal: context.signal }),
    );
  });
}
