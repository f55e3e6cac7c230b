import type { Prunable } from '../../../runtime/contract/system.ts';
import { call } from '../../data/connection.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import { system as texts } from '../../strings/system.ts';
import { confirm } from '../../ui/confirm.ts';
import { formatBytes } from '../../ui/format.ts';

/** Asks, and removes what nothing uses. Tells what came of it; calls `onDone` when there is room to be counted anew. */
export async function clean(what: Prunable, onDone: () => void = () => {}): Promise<void> {
  const sure = await confirm({
    title: texts.pruneTitle(systemCommands.prunes[what]),
    body: `${texts.pruneTexts[what]} ${texts.cleanText}`,
    action: common.remove,
  });
  if (!sure) return;
  try {
    const { deleted, reclaimedBytes } = await call('system.prune', { what });
    showToast({ tone: 'good', title: common.freed(formatBytes(reclaimedBytes)), details: [texts.pruned(deleted)] });
    onDone();
  } catch (error) {
    showError(texts.pruneFailed, error);
  }
}
