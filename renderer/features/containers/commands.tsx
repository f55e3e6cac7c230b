import {
  AppWindow,
  Camera,
  Combine,
  Copy,
  ExternalLink,
  FileText,
  FolderTree,
  Info,
  Pause,
  Pencil,
  Play,
  Plug,
  RotateCw,
  SlidersHorizontal,
  Square,
  SquareCode,
  SquareTerminal,
  Terminal,
  Trash2,
  Wrench,
  Zap,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { actOn, setHidden, type ContainerAction } from '../../data/containers.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useTerminalRequest, type TerminalRequest } from '../../data/terminal-request.ts';
import { showToast } from '../../data/toasts.ts';
import { keepsRemoved, restoreContainers, trash } from '../../data/trash.ts';
import { useSettings } from '../../data/settings.ts';
import { containerLink } from '../../platform/editor-link.ts';
import { openExternal } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { containers as texts } from '../../strings/containers.ts';
import { trash as trashTexts } from '../../strings/trash.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { confirm } from '../../ui/confirm.ts';
import { copyRunCommand, copyWithToast } from './copy.ts';
import { addressOf, isRunning } from './model.ts';
import { takeSnapshot } from './snapshot.ts';

/** Something that can be done to containers: one object feeds rows, menus, the bulk bar, keys and the palette. */
export interface ContainerCommand {
  readonly id: string;
  readonly label: string;
  readonly icon: ReactNode;
  /** Key in the list, as `KeyboardEvent.key` has it. */
  readonly key?: string;
  readonly danger?: boolean;
  readonly bulk: boolean;
  readonly appliesTo: (container: ContainerSummary) => boolean;
  readonly run: (containers: readonly ContainerSummary[]) => void;
}

/** Eight at a time: enough to keep the engine busy, few enough that one slow stop does not hold all the others. */
const CONCURRENCY = 8;
/** Time to think again about a removal, in milliseconds. */
const UNDO_MS = 8000;

/** Runs an action on many containers, with one toast for all of them. */
export async function runBulk(
  containers: readonly ContainerSummary[],
  action: ContainerAction,
  force = false,
): Promise<void> {
  const doing = texts.doing[action];
  const failed: { container: ContainerSummary; error: BridgeError }[] = [];
  let finished = 0;
  const queue = [...containers];
  const isLong = containers.length > CONCURRENCY;
  /** What is not begun yet is let be. */
  const stop = () => {
    const left = queue.splice(0).map((container) => container.id);
    if (action === 'remove') setHidden(left, false);
  };
  const id = `bulk-${action}-${crypto.randomUUID()}`;
  const report = () => {
    // One row shows its own state; a toast would only repeat it.
    if (containers.length === 1) return;
    showToast({
      id,
      tone: 'busy',
      title: texts.bulk(doing, common.containers(containers.length)),
      details: [texts.bulkProgress(finished, failed.length)],
      lifetimeMs: null,
      actions: isLong && queue.length > 0 ? [{ label: common.cancel, run: stop }] : [],
    });
  };
  report();
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      try {
        await actOn(next.id, action, force);
      } catch (error) {
        failed.push({ container: next, error: BridgeError.from(error) });
      }
      finished += 1;
      report();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  if (failed.length > 0) {
    if (action === 'remove')
      setHidden(
        failed.map(({ container }) => container.id),
        false,
      );
    showToast({
      id,
      tone: 'bad',
      title: texts.bulkFailed(
        doing,
        failed.length === 1 ? (failed[0]?.container.name ?? '') : common.containers(failed.length),
      ),
      details: failed
        .slice(0, 4)
        .map(({ container, error }) =>
          failed.length === 1
            ? [error.message, error.hint ?? ''].join(' ').trim()
            : `${container.name}: ${error.message}`,
        ),
      lifetimeMs: 12_000,
      actions: [
        {
          label: common.tryAgain,
          run: () => {
            drop(
              runBulk(
                failed.map(({ container }) => container),
                action,
                force,
              ),
            );
          },
        },
      ],
    });
  } else if (containers.length > 1) {
    showToast({
      id,
      tone: 'good',
      title: `${texts.done[action]} ${common.containers(finished)}`,
      details: [],
      lifetimeMs: 4000,
    });
  }
}

/**
 * Removes containers. Stopped ones leave the list at once and are removed when the Undo toast ends, so that undo is
 * real; a running one is asked about first.
 */
async function removeContainers(containers: readonly ContainerSummary[]): Promise<void> {
  const running = containers.filter(isRunning);
  const first = containers[0];
  if (first === undefined) return;
  const what = containers.length === 1 ? common.quoted(first.name) : common.containers(containers.length);
  if (running.length > 0) {
    const one = containers.length === 1;
    const words = keepsRemoved() ? trashTexts : texts;
    const sure = await confirm({
      title: common.removeQuestion(what),
      body: one ? words.removeBody : words.removeBodyMany(running.length),
      action: common.remove,
    });
    if (!sure) return;
    await runBulk(containers, 'remove', true);
    const gone = new Set(trash.use.getState().rows.map(({ id }) => id));
    await trash.refetch();
    const kept = trash.use.getState().rows.filter(({ id }) => !gone.has(id) && containers.some((one) => one.id === id));
    if (kept.length === 0) return;
    showToast({
      title: common.removed(what),
      lifetimeMs: UNDO_MS,
      actions: [
        {
          label: common.undo,
          run: () => {
            drop(restoreContainers(kept));
          },
        },
      ],
    });
    return;
  }
  const ids = containers.map((container) => container.id);
  setHidden(ids, true);
  showToast({
    title: common.removed(what),
    lifetimeMs: UNDO_MS,
    actions: [
      {
        label: common.undo,
        run: () => {
          setHidden(ids, false);
        },
      },
    ],
    onExpire: () => {
      drop(runBulk(containers, 'remove'));
    },
  });
}

const SIZE = 15;
const act = (action: ContainerAction) => (containers: readonly ContainerSummary[]) => {
  drop(runBulk(containers, action));
};
const goTo = (tab: string) => (containers: readonly ContainerSummary[]) => {
  const [container] = containers;
  if (container !== undefined) navigate(`/containers/${container.id}/${tab}`);
};

const askFor =
  (kind: TerminalRequest['kind']) =>
  ([container]: readonly ContainerSummary[]) => {
    if (container === undefined) return;
    useTerminalRequest.setState({ request: { containerId: container.id, kind } });
    navigate(`/containers/${container.id}/terminal`);
  };

/** In the order of menus. */
export const containerCommands: readonly ContainerCommand[] = [
  {
    id: 'start',
    label: texts.words.start,
    icon: <Play size={SIZE} />,
    key: 's',
    bulk: true,
    appliesTo: (container) => !isRunning(container) && container.state !== 'removing',
    run: act('start'),
  },
  {
    id: 'stop',
    label: texts.words.stop,
    // Filled and a little smaller than its box, so that it does not look like a checkbox.
    icon: <Square size={SIZE} fill="currentColor" viewBox="-3 -3 30 30" />,
    key: 's',
    bulk: true,
    appliesTo: isRunning,
    run: act('stop'),
  },
  {
    id: 'restart',
    label: texts.words.restart,
    icon: <RotateCw size={SIZE} />,
    key: 'r',
    bulk: true,
    appliesTo: isRunning,
    run: act('restart'),
  },
  {
    id: 'pause',
    label: texts.words.pause,
    icon: <Pause size={SIZE} />,
    key: 'p',
    bulk: true,
    appliesTo: (container) => container.state === 'running',
    run: act('pause'),
  },
  {
    id: 'unpause',
    label: texts.words.unpause,
    icon: <Play size={SIZE} />,
    key: 'p',
    bulk: true,
    appliesTo: (container) => container.state === 'paused',
    run: act('unpause'),
  },
  {
    id: 'kill',
    label: texts.words.kill,
    icon: <Zap size={SIZE} />,
    bulk: true,
    appliesTo: isRunning,
    run: act('kill'),
  },
  {
    id: 'logs',
    label: texts.words.logs,
    icon: <FileText size={SIZE} />,
    key: 'l',
    bulk: false,
    appliesTo: () => true,
    run: goTo('logs'),
  },
  {
    id: 'terminal',
    label: texts.words.terminal,
    icon: <SquareTerminal size={SIZE} />,
    key: 't',
    bulk: false,
    appliesTo: (container) => container.state === 'running',
    run: goTo('terminal'),
  },
  {
    id: 'debug',
    label: texts.words.debug,
    icon: <Wrench size={SIZE} />,
    bulk: false,
    appliesTo: (container) => container.state === 'running',
    run: askFor('debug'),
  },
  {
    id: 'attach',
    label: texts.words.attach,
    icon: <Plug size={SIZE} />,
    bulk: false,
    appliesTo: (container) => container.state === 'running',
    run: askFor('attach'),
  },
  {
    id: 'external-terminal',
    label: texts.words.outside,
    icon: <AppWindow size={SIZE} />,
    bulk: false,
    appliesTo: (container) => container.state === 'running',
    run: (containers) => {
      drop(import('./external-terminal.ts').then(({ openOutside }) => openOutside(containers)));
    },
  },
  {
    id: 'editor',
    label: texts.words.editor,
    icon: <SquareCode size={SIZE} />,
    bulk: false,
    appliesTo: (container) => container.state === 'running',
    run: ([container]) => {
      if (container === undefined) return;
      drop(
        call('containers.inspect', { id: container.id }).then(({ workingDir }) => {
          openExternal(containerLink(useSettings.getState().editor, container.name, workingDir));
        }),
      );
    },
  },
  {
    id: 'files',
    label: texts.words.files,
    icon: <FolderTree size={SIZE} />,
    key: 'f',
    bulk: false,
    appliesTo: (container) => container.state !== 'removing',
    run: goTo('files'),
  },
  {
    id: 'snapshot',
    label: texts.words.snapshot,
    icon: <Camera size={SIZE} />,
    key: 'c',
    bulk: false,
    appliesTo: (container) => container.state !== 'removing' && container.state !== 'dead',
    run: ([container]) => {
      if (container !== undefined) drop(takeSnapshot(container));
    },
  },
  {
    id: 'merged',
    label: texts.words.mergedLogs,
    icon: <Combine size={SIZE} />,
    bulk: true,
    appliesTo: () => true,
    run: (containers) => {
      navigate(`/logs/${containers.map(({ id }) => id.slice(0, 12)).join('+')}`);
    },
  },
  {
    id: 'visit',
    label: texts.words.visit,
    icon: <ExternalLink size={SIZE} />,
    key: 'o',
    bulk: false,
    appliesTo: (container) => isRunning(container) && addressOf(container) !== null,
    run: ([container]) => {
      const url = container === undefined ? null : addressOf(container);
      if (url !== null) openExternal(url);
    },
  },
  {
    id: 'inspect',
    label: texts.words.inspect,
    icon: <Info size={SIZE} />,
    key: 'i',
    bulk: false,
    appliesTo: () => true,
    run: goTo('inspect'),
  },
  {
    id: 'edit',
    label: texts.words.edit,
    icon: <SlidersHorizontal size={SIZE} />,
    key: 'e',
    bulk: false,
    appliesTo: (container) => container.state !== 'removing',
    run: ([container]) => {
      if (container !== undefined) openDialog({ kind: 'run', image: '', replace: container.id });
    },
  },
  {
    id: 'copy-run',
    label: texts.words.copyRun,
    icon: <Terminal size={SIZE} />,
    bulk: false,
    appliesTo: (container) => container.state !== 'removing',
    run: ([container]) => {
      if (container !== undefined) drop(copyRunCommand(container));
    },
  },
  {
    id: 'copy-id',
    label: texts.words.copyId,
    icon: <Copy size={SIZE} />,
    bulk: false,
    appliesTo: () => true,
    run: ([container]) => {
      if (container !== undefined) copyWithToast(container.id, texts.idCopied);
    },
  },
  {
    id: 'rename',
    label: texts.words.rename,
    icon: <Pencil size={SIZE} />,
    bulk: false,
    appliesTo: (container) => container.state !== 'removing',
    run: ([container]) => {
      if (container !== undefined) openDialog({ kind: 'rename', id: container.id, name: container.name });
    },
  },
  {
    id: 'remove',
    label: texts.words.remove,
    icon: <Trash2 size={SIZE} />,
    key: 'Delete',
    danger: true,
    bulk: true,
    appliesTo: (container) => container.state !== 'removing',
    run: (containers) => {
      drop(removeContainers(containers));
    },
  },
];

/** The key of a command as a menu shows it. */
export function commandKeys({ key }: ContainerCommand): { readonly keys?: string } {
  return key === undefined ? {} : { keys: key === 'Delete' ? 'Del' : key.toUpperCase() };
}

/** The commands that fit, as lines of a menu. */
export function containerMenu(container: ContainerSummary): MenuEntry[] {
  const entries: MenuEntry[] = [];
  for (const command of containerCommands) {
    if (!command.appliesTo(container)) continue;
    if (command.id === 'logs' || command.id === 'remove') entries.push('separator');
    entries.push({
      id: command.id,
      label: command.label,
      icon: command.icon,
      ...commandKeys(command),
      danger: command.danger ?? false,
      run: () => {
        command.run([container]);
      },
    });
  }
  return entries;
}
