import { Diff, Download, Upload } from 'lucide-react';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
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
  {
    id: 'load-images',
    label: images.loadCommand,
    group: 'do',
    icon: <Upload size={16} />,
    run: () => {
      drop(import('./actions.tsx').then(({ chooseArchive }) => chooseArchive()));
    },
  },
  {
    id: 'compare-images',
    label: images.compareCommand,
    group: 'do',
    icon: <Diff size={16} />,
    run: () => {
      openDialog({ kind: 'image-compare', reference: '' });
    },
  },
];
