import { TextSearch } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { logSearch as texts } from '../../strings/log-search.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for logs of several containers. */
export const logCommands: readonly Command[] = [
  {
    id: 'log-search',
    label: texts.command,
    group: 'do',
    icon: <TextSearch size={16} />,
    run: () => {
      navigate('/logs/search');
    },
  },
];
