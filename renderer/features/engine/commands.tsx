import { Import, SlidersHorizontal } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { engineSettings as texts } from '../../strings/engine-settings.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for the engine as such. */
export const engineCommands: readonly Command[] = [
  {
    id: 'engine-settings',
    label: texts.command,
    group: 'do',
    icon: <SlidersHorizontal size={16} />,
    run: () => {
      navigate('/engine/settings');
    },
  },
  {
    id: 'engine-bring',
    label: systemCommands.bring,
    group: 'do',
    icon: <Import size={16} />,
    run: () => {
      navigate('/engine/bring');
    },
  },
];
