import { Download } from 'lucide-react';
import { openDialog } from '../../data/dialogs.ts';
import { images } from '../../strings/images.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for images as such; those of one image are in `actions.tsx`. */
export const imageCommands: readonly Command[] = [
  {
    id: 'pull',
    label: images.pullCommand,
    group: 'do',
    icon: <Download size={16} />,
    run: () => {
      openDialog({ kind: 'pull', reference: '' });
    },
  },
];
