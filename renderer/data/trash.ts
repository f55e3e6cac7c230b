import type { TrashedContainer } from '../../runtime/contract/trash.ts';
import { trash as texts } from '../strings/trash.ts';
import { call } from './connection.ts';
import { createResource } from './resource.ts';
import { showError, showToast } from './toasts.ts';

let kept = false;

/** Whether the engine keeps removed containers, as far as is known. */
export const keepsRemoved = (): boolean => kept;

/** Removed containers that can come back, the last removed first. */
export const trash = createResource<TrashedContainer>(
  async () => {
    const answer = await call('trash.list', {});
    kept = answer.kept;
    return answer.rows;
  },
  (event) => event.type === 'container' && (event.action === 'create' || event.action === 'destroy'),
);

/** Brings containers back, one after the other; tells what became of it. */
export async function restoreContainers(chosen: readonly Pick<TrashedContainer, 'id' | 'name'>[]): Promise<void> {
  for (const { id, name } of chosen) {
    try {
      const made = await call('trash.restore', { id });
      showToast({
        tone: 'good',
        title: made.name === name ? texts.restored(name) : texts.restoredAs(name, made.name),
        lifetimeMs: 4000,
      });
    } catch (error) {
      showError(texts.notRestored(name), error);
    }
  }
  await trash.refetch();
}
