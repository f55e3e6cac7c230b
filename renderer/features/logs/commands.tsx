import { BellPlus, BellRing, TextSearch } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { openDialog } from '../../data/dialogs.ts';
import { alerts } from '../../strings/alerts.ts';
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
  {
    id: 'alert-create',
    label: alerts.command,
    group: 'do',
    icon: <BellPlus size={16} />,
    run: () => {
      openDialog({ kind: 'alert-rule', given: {} });
    },
  },
  {
    id: 'alerts',
    label: alerts.show,
    group: 'do',
    icon: <BellRing size={16} />,
    run: () => {
      navigate('/logs/alerts');
    },
  },
];
