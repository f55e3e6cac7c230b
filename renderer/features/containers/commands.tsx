import { FileText, Info, Pause, Pencil, Play, RotateCw, Square, SquareTerminal, Trash2, Zap } from 'lucide-react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { actOn, setHidden, type ContainerAction } from '../../data/containers.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { showToast } from '../../data/toasts.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { plural } from '../../ui/format.ts';
import { confirm } from '../../ui/confirm.ts';
import { isRunning } from './model.ts';

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

const WORDS: Readonly<Record<ContainerAction, readonly [doing: string, done: string]>> = {
  start: ['Starting', 'Started'],
  stop: ['Stopping', 'Stopped'],
  restart: ['Restarting', 'Restarted'],
  pause: ['Pausing', 'Paused'],
  unpause: ['Resuming', 'Resumed'],
  kill: ['Killing', 'Killed'],
  remove: ['Removing', 'Removed'],
};

/** Runs an action on many containers, with one toast for all of them. */
export async function runBulk(
  containers: readonly ContainerSummary[],
  action: ContainerAction,
  force = false,
): Promise<void> {
  const [doing, done] = WORDS[action];
  const failed: { container: ContainerSummary; error: BridgeError }[] = [];
  let finished = 0;
  const id = `bulk-${action}-${crypto.randomUUID()}`;
  const report = () => {
    // One row shows its own state; a toast would only repeat it.
    if (containers.length === 1) return;
    showToast({
      id,
      tone: 'busy',
      title: `${doing} ${plural(containers.length, 'container')}`,
      details: [`${String(finished)} done${failed.length > 0 ? `, ${String(failed.length)} failed` : ''}`],
      lifetimeMs: null,
    });
  };
  report();
  const queue = [...containers];
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
      title: `${doing} failed for ${failed.length === 1 ? (failed[0]?.container.name ?? '') : plural(failed.length, 'container')}`,
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
          label: 'Try again',
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
      title: `${done} ${plural(containers.length, 'container')}`,
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
  const what = containers.length === 1 ? `“${first.name}”` : plural(containers.length, 'container');
  if (running.length > 0) {
    const one = containers.length === 1;
    const sure = await confirm({
      title: `Remove ${what}?`,
      body: one
        ? 'It is running. It will be stopped at once, and everything written inside it is lost.'
        : `${running.length === 1 ? '1 of them is' : `${String(running.length)} of them are`} running and will be stopped at once. Everything written inside them is lost.`,
      action: 'Remove',
    });
    if (!sure) return;
    await runBulk(containers, 'remove', true);
    return;
  }
  const ids = containers.map((container) => container.id);
  setHidden(ids, true);
  showToast({
    title: `Removed ${what}`,
    lifetimeMs: UNDO_MS,
    actions: [
      {
        label: 'Undo',
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

/** In the order of menus. */
export const containerCommands: readonly ContainerCommand[] = [
  {
    id: 'start',
    label: 'Start',
    icon: <Play size={SIZE} />,
    key: 's',
    bulk: true,
    appliesTo: (container) => !isRunning(container) && container.state !== 'removing',
    run: act('start'),
  },
  {
    id: 'stop',
    label: 'Stop',
    // Filled and a little smaller than its box, so that it does not look like a checkbox.
    icon: <Square size={SIZE} fill="currentColor" viewBox="-3 -3 30 30" />,
    key: 's',
    bulk: true,
    appliesTo: isRunning,
    run: act('stop'),
  },
  {
    id: 'restart',
    label: 'Restart',
    icon: <RotateCw size={SIZE} />,
    key: 'r',
    bulk: true,
    appliesTo: isRunning,
    run: act('restart'),
  },
  {
    id: 'pause',
    label: 'Pause',
    icon: <Pause size={SIZE} />,
    key: 'p',
    bulk: true,
    appliesTo: (container) => container.state === 'running',
    run: act('pause'),
  },
  {
    id: 'unpause',
    label: 'Resume',
    icon: <Play size={SIZE} />,
    key: 'p',
    bulk: true,
    appliesTo: (container) => container.state === 'paused',
    run: act('unpause'),
  },
  { id: 'kill', label: 'Kill', icon: <Zap size={SIZE} />, bulk: true, appliesTo: isRunning, run: act('kill') },
  {
    id: 'logs',
    label: 'Logs',
    icon: <FileText size={SIZE} />,
    key: 'l',
    bulk: false,
    appliesTo: () => true,
    run: goTo('logs'),
  },
  {
    id: 'terminal',
    label: 'Open terminal',
    icon: <SquareTerminal size={SIZE} />,
    key: 't',
    bulk: false,
    appliesTo: (container) => container.state === 'running',
    run: goTo('terminal'),
  },
  {
    id: 'inspect',
    label: 'Inspect',
    icon: <Info size={SIZE} />,
    key: 'i',
    bulk: false,
    appliesTo: () => true,
    run: goTo('inspect'),
  },
  {
    id: 'rename',
    label: 'Rename',
    icon: <Pencil size={SIZE} />,
    bulk: false,
    appliesTo: (container) => container.state !== 'removing',
    run: ([container]) => {
      if (container !== undefined) openDialog({ kind: 'rename', id: container.id, name: container.name });
    },
  },
  {
    id: 'remove',
    label: 'Remove',
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
      ...(command.key === undefined ? {} : { keys: command.key === 'Delete' ? 'Del' : command.key.toUpperCase() }),
      danger: command.danger ?? false,
      run: () => {
        command.run([container]);
      },
    });
  }
  return entries;
}
