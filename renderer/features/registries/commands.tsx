import { KeyRound, Tags } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { openDialog } from '../../data/dialogs.ts';
import { systemCommands as texts } from '../../strings/system-commands.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for registries as such. */
export const registryCommands: readonly Command[] = [
  {
    id: 'login',
    label: texts.login,
    group: 'do',
    icon: <KeyRound size={16} />,
    run: () => {
      navigate('/registries');
      openDialog({ kind: 'login' });
    },
  },
  {
    id: 'browse-registry',
    label: texts.browse,
    group: 'do',
    icon: <Tags size={16} />,
    run: () => {
      navigate('/registries/browse');
    },
  },
];
