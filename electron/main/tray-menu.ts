import type { MenuItemConstructorOptions } from 'electron';
import type { EngineAction } from '../../runtime/common/engine-supervisor.ts';
import type { RunningContainer, TrayAction } from '../messages/bridge.ts';
import type { TrayStrings } from './strings.ts';

/** Containers that the menu names; the rest is a click further, in the window. */
const MAX_NAMED = 12;

export interface TrayState {
  readonly containers: readonly RunningContainer[];
  /** Whether the app's own engine runs; null when it is not the app's own. */
  readonly engineRuns: boolean | null;
}

/** What the menu can make happen. */
export interface TrayCommands {
  /** Shows the window, on a screen of it when a link is given. */
  open(link?: string): void;
  act(action: TrayAction, container: RunningContainer): void;
  control(action: EngineAction): void;
  quit(): void;
}

/** The tray's menu: what runs, what can be done with it, the engine, and the way out. */
export function trayMenu(
  { containers, engineRuns }: TrayState,
  texts: TrayStrings,
  commands: TrayCommands,
): MenuItemConstructorOptions[] {
  const sorted = containers.toSorted((a, b) => a.name.localeCompare(b.name));
  const others = sorted.length - MAX_NAMED;
  return [
    item(texts.open, () => {
      commands.open();
    }),
    { type: 'separator' },
    { label: containers.length === 0 ? texts.noneRunning : texts.running(containers.length), enabled: false },
    ...sorted.slice(0, MAX_NAMED).map((container) => containerItem(container, texts, commands)),
    ...(others > 0
      ? [
          item(texts.more(others), () => {
            commands.open('berth://containers');
          }),
        ]
      : []),
    { type: 'separator' },
    ...engineItems(engineRuns, texts, commands),
    item(texts.quit, () => {
      commands.quit();
    }),
  ];
}

function containerItem(
  container: RunningContainer,
  texts: TrayStrings,
  commands: TrayCommands,
): MenuItemConstructorOptions {
  return {
    // An ampersand would underline the letter after it.
    label: container.name.replaceAll('&', '&&'),
    submenu: [
      item(texts.show, () => {
        commands.open(`berth://containers/${container.id}`);
      }),
      item(texts.restart, () => {
        commands.act('restart', container);
      }),
      item(texts.stop, () => {
        commands.act('stop', container);
      }),
    ],
  };
}

function engineItems(
  engineRuns: boolean | null,
  texts: TrayStrings,
  commands: TrayCommands,
): MenuItemConstructorOptions[] {
  if (engineRuns === null) return [];
  const items = engineRuns
    ? ([
        [texts.restartEngine, 'restart'],
        [texts.stopEngine, 'stop'],
      ] as const)
    : ([[texts.startEngine, 'start']] as const);
  return [
    ...items.map(([label, action]) =>
      item(label, () => {
        commands.control(action);
      }),
    ),
    { type: 'separator' },
  ];
}

function item(label: string, click: () => void): MenuItemConstructorOptions {
  return { label, click };
}
