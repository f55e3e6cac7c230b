import { Play } from 'lucide-react';
import { openDialog } from '../../data/dialogs.ts';
import { run } from '../../strings/run.ts';
import type { Command } from '../../ui/command.ts';

/** Commands of the Run dialog. */
export const runCommands: readonly Command[] = [
  {
    id: 'run',
    label: run.command,
    group: 'do',
    icon: <Play size={16} />,
    keys: 'Ctrl+Alt+N',
    run: () => {
      openDialog({ kind: 'run', image: '' });
    },
  },
];
