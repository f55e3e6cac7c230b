import { CirclePlay, CircleStop, RotateCw, ServerCog } from 'lucide-react';
import type { EngineEndpoint } from '../../../runtime/contract/system.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { controlEngine, find, type EnginePhase } from '../../data/engine.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { engine as texts } from '../../strings/engine.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';

/** Starts, stops or restarts the engine, and tells when it did not. */
export function control(action: 'start' | 'stop' | 'restart'): void {
  drop(
    controlEngine(action).catch((error: unknown) => {
      showError(texts.didNot[action], error);
    }),
  );
}

/** Has the app show another engine; one that does not answer is told, and the app goes on with the one it had. */
export async function showEngine(name: string): Promise<void> {
  try {
    await call('engines.use', { name });
    await find();
    showToast({ tone: 'good', title: systemCommands.switched(name) });
  } catch (error) {
    showError(systemCommands.notSwitched(name), error);
  }
}

/** What can be done with engines from anywhere: start and stop the app's own, and show another. */
export function engineMenu(
  phase: EnginePhase,
  controllable: boolean,
  endpoints: readonly Pick<EngineEndpoint, 'name' | 'current'>[],
): Exclude<MenuEntry, 'separator'>[] {
  const size = 16;
  const line = (action: 'start' | 'stop' | 'restart', icon: MenuIcon) => ({
    id: `engine-${action}`,
    label: systemCommands.control[action],
    icon,
    run: () => {
      control(action);
    },
  });
  const isUp = phase === 'running';
  const isDown = phase === 'stopped' || phase === 'unreachable';
  return [
    ...(controllable && isUp
      ? [line('stop', <CircleStop size={size} />), line('restart', <RotateCw size={size} />)]
      : []),
    ...(controllable && isDown ? [line('start', <CirclePlay size={size} />)] : []),
    ...endpoints
      .filter(({ current }) => !current)
      .map(({ name }) => ({
        id: `engine-show ${name}`,
        label: systemCommands.showEngine(name),
        icon: <ServerCog size={size} />,
        run: () => {
          drop(showEngine(name));
        },
      })),
  ];
}

type MenuIcon = Exclude<MenuEntry, 'separator'>['icon'];
