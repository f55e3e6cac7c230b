import { setTimeout as sleep } from 'node:timers/promises';
import { ComposeError } from '../errors.ts';
import { inspectContainer } from '../objects/containers.ts';
import type { ComposeContext } from './context.ts';

/** Between two looks at a container, in ms: short at first, since most things are ready soon. */
const LOOKS = [20, 50, 100, 200, 500];

/** Looks, and so 370 ms, after which one that runs without a healthcheck is taken to stay: what is broken ends at once. */
const STAYING = 4;

/** What a container is waited for. */
export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully' | 'running_or_healthy';

/** Waits until a container is as a condition wants it. Rejects with ComposeError when that cannot come any more. */
export async function waitFor(
  context: ComposeContext,
  container: { readonly id: string; readonly name: string },
  condition: Condition,
): Promise<void> {
  if (condition === 'service_started') return;
  if (condition === 'service_completed_successfully') {
    const { StatusCode } = await context.api.json<{ StatusCode: number }>('POST', `/containers/${container.id}/wait`, {
      signal: context.signal,
    });
    if (StatusCode !== 0)
      throw new ComposeError(`container ${container.name} did not complete successfully: exit code ${StatusCode}`);
    return;
  }
  for (let look = 0; ; look += 1) {
    context.signal.throwIfAborted();
    const { State } = await inspectContainer(context.api, container.id);
    const health = State.Health?.Status;
    const hasCheck = health !== undefined && health !== 'none' && health !== '';
    if (State.Status === 'running' || State.Status === 'restarting') {
      // One that ends at once is told to have ended, which says more.
      if (!hasCheck && condition === 'service_healthy' && look >= LOOKS.length)
        throw new ComposeError(`container ${container.name} has no healthcheck configured`);
      const stays = !hasCheck && condition !== 'service_healthy' && look >= STAYING;
      if (State.Running && (health === 'healthy' || stays)) return;
      if (health === 'unhealthy') throw new ComposeError(`container ${container.name} is unhealthy`);
    } else if (State.Status !== 'created') {
      throw new ComposeError(`container ${container.name} exited (${State.ExitCode})`);
    }
    await sleep(LOOKS[Math.min(look, LOOKS.length - 1)], undefined, { signal: context.signal });
  }
}
