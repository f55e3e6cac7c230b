import { Cable, Network } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { openDialog } from '../../data/dialogs.ts';
import { networks as texts } from '../../strings/networks.ts';
import type { Command } from '../../ui/command.ts';
import { NETWORK_VIEWS } from './view-paths.ts';

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
  {
    id: 'network-ports',
    label: texts.portsCommand,
    group: 'go',
    icon: <Cable size={16} />,
    run: () => {
      navigate(NETWORK_VIEWS.ports);
    },
  },
];
