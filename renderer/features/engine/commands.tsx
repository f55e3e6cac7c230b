import { SlidersHorizontal } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { engineSettings as texts } from '../../strings/engine-settings.ts';
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
];
