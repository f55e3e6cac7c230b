import { Scissors } from 'lucide-react';
import type { Prunable } from '../../../runtime/contract/system.ts';
import { drop } from '../../data/drop.ts';
import { systemCommands as texts } from '../../strings/system-commands.ts';
import type { Command } from '../../ui/command.ts';

/** What can be cleaned up, in the order from harmless to not. */
export const PRUNES: readonly Prunable[] = ['dangling', 'networks', 'containers', 'images', 'volumes', 'cache'];

/** Everything that the Disk usage screen can clean up, from anywhere. */
export const diskCommands: readonly Command[] = PRUNES.map((what) => ({
  id: `clean-${what}`,
  label: texts.clean(texts.prunes[what]),
  group: 'do',
  icon: <Scissors size={16} />,
  run: () => {
    drop(import('./clean.ts').then(({ clean }) => clean(what)));
  },
}));
