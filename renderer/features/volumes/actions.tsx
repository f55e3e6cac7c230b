import { CalendarClock, Copy, CopyPlus, Download, FolderOpen, Trash2, Upload } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import type { VolumeSummary } from '../../../runtime/contract/volumes.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { downloadAs } from '../../data/byte-streams.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { runByteTask } from '../../data/tasks.ts';
import { slowly } from '../../data/slow.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { useVolumeSizes, volumes } from '../../data/volumes.ts';
import { chooseFile, copyText } from '../../platform/host.ts';
import { backups } from '../../strings/backups.ts';
import { common } from '../../strings/common.ts';
import { tasks } from '../../strings/tasks.ts';
import { volumes as texts } from '../../strings/volumes.ts';
import { confirm } from '../../ui/confirm.ts';
import { formatBytes } from '../../ui/format.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';

/** Address of a volume's files. */
export function volumePath(name: string): string {
  return `/volumes/${encodeURIComponent(name)}`;
}

/** A name for people: the long ones that nobody chose are cut. */
export function shownName(volume: Pick<VolumeSummary, 'name'>): string {
  return /^[0-9a-f]{64}$/.test(volume.name) ? volume.name.slice(0, 12) : volume.name;
}

/** Asks, and removes volumes. One that a container has is not even tried: it says who has it. */
export async function removeVolumes(chosen: readonly VolumeSummary[]): Promise<void> {
  const [first] = chosen;
  if (first === undefined) return;
  const used = chosen.find(({ usedBy }) => usedBy.length > 0);
  if (used !== undefined) {
    showError(
      texts.inUse(shownName(used)),
      new BridgeError('in-use', texts.inUseText(used.usedBy.map(({ name }) => name).join(', '))),
    );
    return;
  }
  const what = chosen.length === 1 ? common.quoted(shownName(first)) : common.volumes(chosen.length);
  const sure = await confirm({
    title: common.removeQuestion(what),
    body: texts.removeBody(chosen.length),
    action: common.remove,
  });
  if (!sure) return;
  const names = chosen.map(({ name }) => name);
  volumes.setHidden(names, true);
  const failures: BridgeError[] = [];
  for (const name of names) {
    try {
      await call('volumes.remove', { name });
    } catch (error) {
      failures.push(BridgeError.from(error));
    }
  }
  await volumes.refetch();
  volumes.setHidden(names, false);
  if (failures.length > 0) showError(texts.notRemoved(common.volumes(failures.length)), failures[0]);
  else showToast({ tone: 'good', title: common.removed(what), lifetimeMs: 3000 });
}

/** Asks, and removes every volume that no container has. */
export async function pruneVolumes(all: readonly VolumeSummary[]): Promise<void> {
  const unused = all.filter(({ usedBy }) => usedBy.length === 0);
  const sizes = useVolumeSizes.getState();
  const bytes = unused.reduce((sum, { name }) => sum + (sizes.byName[name] ?? 0), 0);
  if (unused.length === 0) {
    showToast({ title: texts.pruneNone });
    return;
  }
  const sure = await confirm({
    title: texts.pruneTitle,
    body: texts.pruneText(common.volumes(unused.length), sizes.known ? formatBytes(bytes) : ''),
    action: common.remove,
  });
  if (!sure) return;
  try {
    const { deleted, reclaimedBytes } = await slowly(texts.prune, (signal) =>
      call('volumes.prune', { all: true }, { signal }),
    );
    showToast({
      tone: 'good',
      title: common.freed(formatBytes(reclaimedBytes)),
      details: [texts.pruned(common.volumes(deleted))],
    });
  } catch (error) {
    showError(texts.notRemoved(common.volumes(unused.length)), error);
  }
}

/** Saves a volume's files as a file of the person's choice. */
export function backUp(name: string): void {
  drop(
    runByteTask(tasks.backup(name), 0, async (task) => {
      const bytes = await downloadAs(`${name}.tar.gz`, 'volumes.backup', { name }, task);
      return tasks.backedUp(name, formatBytes(bytes));
    }),
  );
}

/** Lets a backup be chosen, and asks where to. `name` is proposed. */
export async function chooseBackup(name: string): Promise<void> {
  const file = await chooseFile('.tar,.gz,.tgz,application/x-tar,application/gzip');
  if (file === null) return;
  openDialog({
    kind: 'volume-restore',
    name: name === '' ? file.name.replace(/\.(tar\.gz|tgz|tar)$/, '') : name,
    file,
  });
}

/** What can be done with a volume, as lines of a menu. */
export function volumeMenu(volume: VolumeSummary): MenuEntry[] {
  const size = 15;
  return [
    {
      id: 'browse',
      label: texts.browse,
      icon: <FolderOpen size={size} />,
      keys: 'Enter',
      run: () => {
        navigate(volumePath(volume.name));
      },
    },
    {
      id: 'clone',
      label: texts.clone,
      icon: <CopyPlus size={size} />,
      run: () => {
        openDialog({ kind: 'volume-clone', name: volume.name });
      },
    },
    {
      id: 'backup',
      label: texts.backup,
      icon: <Download size={size} />,
      run: () => {
        backUp(volume.name);
      },
    },
    {
      id: 'backups',
      label: backups.menu,
      icon: <CalendarClock size={size} />,
      run: () => {
        navigate(`${volumePath(volume.name)}/backups`);
      },
    },
    {
      id: 'restore',
      label: texts.restore,
      icon: <Upload size={size} />,
      run: () => {
        drop(chooseBackup(volume.name));
      },
    },
    {
      id: 'copy',
      label: common.copy,
      icon: <Copy size={size} />,
      run: () => {
        drop(copyText(volume.name));
      },
    },
    'separator',
    {
      id: 'remove',
      label: common.remove,
      icon: <Trash2 size={size} />,
      keys: 'Del',
      danger: true,
      run: () => {
        drop(removeVolumes([volume]));
      },
    },
  ];
}
