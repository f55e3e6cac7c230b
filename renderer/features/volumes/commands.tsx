import { HardDrive, Upload } from 'lucide-react';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { volumes as texts } from '../../strings/volumes.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for volumes as such; those of one volume are in `actions.tsx`. */
export const volumeCommands: readonly Command[] = [
  {
    id: 'volume-create',
    label: texts.createCommand,
    group: 'do',
    icon: <HardDrive size={16} />,
    run: () => {
      openDialog({ kind: 'volume-create' });
    },
  },
  {
    id: 'volume-restore',
    label: texts.restore,
    group: 'do',
    icon: <Upload size={16} />,
    run: () => {
      drop(import('./actions.tsx').then(({ chooseBackup }) => chooseBackup('')));
    },
  },
];
