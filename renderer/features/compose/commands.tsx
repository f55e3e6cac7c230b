import { Boxes, FilePlus } from 'lucide-react';
import { openDialog } from '../../data/dialogs.ts';
import { compose as texts } from '../../strings/compose.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for projects as such; those of one project are in `actions.tsx`. */
export const composeCommands: readonly Command[] = [
  {
    id: 'compose-open',
    label: texts.openCommand,
    group: 'do',
    icon: <Boxes size={16} />,
    run: () => {
      openDialog({ kind: 'compose-open' });
    },
  },
  {
    id: 'compose-create',
    label: texts.createCommand,
    group: 'do',
    icon: <FilePlus size={16} />,
    run: () => {
      openDialog({ kind: 'compose-create' });
    },
  },
];
