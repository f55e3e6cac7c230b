import type { Prunable } from '../../../runtime/contract/system.ts';
import { call } from '../../data/connection.ts';
import { slowly } from '../../data/slow.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import { system as texts } from '../../strings/system.ts';
import { confirm } from '../../ui/confirm.ts';
import { formatBytes } from '../../ui/format.ts';
import { isRunning } from '../containers/model.ts';
import { nameOf } from '../images/actions.tsx';
import { shownName } from '../volumes/actions.tsx';

/** Things that are named in the question; of the others how many there are. */
const NAMED = 8;

/** Names of what would go, as far as it has any; null where only the engine knows. */
async function unusedOf(what: Prunable): Promise<readonly string[] | null> {
  switch (what) {
    case 'containers':
      return (await call('containers.list', {})).filter((one) => !isRunning(one)).map(({ name }) => name);
    case 'dangling':
    case 'images': {
      const unused = (await call('images.list', {})).filter(({ usedBy }) => usedBy.length === 0);
      return what === 'images' ? unused.map(nameOf) : unused.filter(({ tag }) => tag === '').map(nameOf);
    }
    case 'volumes':
      return (await call('volumes.list', {})).filter(({ usedBy }) => usedBy.length === 0).map(shownName);
    case 'networks': {
      const rows = await call('networks.list', {});
      return rows.filter(({ builtIn, members }) => !builtIn && members.length === 0).map(({ name }) => name);
    }
    case 'cache':
      return null;
  }
}

/** Asks with the names of what would go, and removes what nothing uses. Tells what came of it; calls `onDone` when there is room to be counted anew. */
export async function clean(what: Prunable, onDone: () => void = () => {}): Promise<void> {
  const title = systemCommands.prunes[what];
  try {
    const going = await unusedOf(what);
    if (going?.length === 0) {
      showToast({ title: texts.noneToClean(title) });
      return;
    }
    const names = going === null ? texts.cleanText : texts.goes(going.slice(0, NAMED), going.length - NAMED);
    const body = `${texts.pruneTexts[what]} ${names}`;
    if (!(await confirm({ title: texts.pruneTitle(title), body, action: common.remove }))) return;
    const { deleted, reclaimedBytes } = await slowly(systemCommands.clean(title), (signal) =>
      call('system.prune', { what }, { signal }),
    );
    showToast({ tone: 'good', title: common.freed(formatBytes(reclaimedBytes)), details: [texts.pruned(deleted)] });
    onDone();
  } catch (error) {
    showError(texts.pruneFailed, error);
  }
}
