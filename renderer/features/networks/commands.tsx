import { Network } from 'lucide-react';
import { openDialog } from '../../data/dialogs.ts';
import { networks as texts } from '../../strings/networks.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for networks as such; those of one network are in `actions.tsx`. */
export const networkCommands: readonly Command[] = [
  {
    id: 'network-create',
    label: texts.createCommand,
    group: 'do',
    icon: <Network size={16} />,
    run: () => {
      openDialog({ kind: 'network-create' });
    },
  },
];
