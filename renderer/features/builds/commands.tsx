import { FileInput, FilePenLine, Hammer } from 'lucide-react';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { builds as texts } from '../../strings/build-commands.ts';
import type { Command } from '../../ui/command.ts';

/** Commands for builds as such; those of one build are in `actions.tsx`. */
export const buildCommands: readonly Command[] = [
  {
    id: 'build',
    label: texts.build,
    group: 'do',
    icon: <Hammer size={16} />,
    run: () => {
      openDialog({ kind: 'build' });
    },
  },
  {
    id: 'edit-dockerfile',
    label: texts.edit,
    group: 'do',
    icon: <FilePenLine size={16} />,
    run: () => {
      openDialog({ kind: 'build', edit: true });
    },
  },
  {
    id: 'import-builds',
    label: texts.takeOver,
    group: 'do',
    icon: <FileInput size={16} />,
    run: () => {
      drop(import('./actions.tsx').then(({ chooseBuilds }) => chooseBuilds()));
    },
  },
];
