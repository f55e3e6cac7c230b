import { Boxes, ChevronsDownUp, ChevronsUpDown } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import { useContainers } from '../../data/containers.ts';
import { containers as texts } from '../../strings/containers.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { projectPath } from '../compose/path.ts';
import { commandKeys, containerCommands } from './commands.tsx';
import { toggleFolded } from './folded.ts';
import type { ProjectRow } from './projects.ts';

/** What can be done with all containers of a project at once, as lines of a menu. */
export function projectRowMenu({ name, members, folded }: ProjectRow): MenuEntry[] {
  const entries: MenuEntry[] = [
    {
      id: 'open',
      label: texts.openProject,
      icon: <Boxes size={15} />,
      run: () => {
        navigate(projectPath(name));
      },
    },
    {
      id: 'fold',
      label: folded ? texts.expand : texts.collapse,
      icon: folded ? <ChevronsUpDown size={15} /> : <ChevronsDownUp size={15} />,
      keys: folded ? '→' : '←',
      run: () => {
        toggleFolded(name);
      },
    },
    'separator',
  ];
  for (const command of containerCommands) {
    if (!command.bulk || !members.some(command.appliesTo)) continue;
    if (command.id === 'merged' || command.id === 'remove') entries.push('separator');
    entries.push({
      id: command.id,
      label: command.label,
      icon: command.icon,
      // One key starts or stops: it belongs to the one that it does here, which is what the first container needs.
      ...(members[0] !== undefined && command.appliesTo(members[0])
        ? commandKeys(command.id === 'merged' ? { ...command, key: 'l' } : command)
        : {}),
      danger: command.danger ?? false,
      run: () => {
        // As they are by now: one may have started or ended while the menu was open.
        const { byId } = useContainers.getState();
        command.run(members.map((one) => byId.get(one.id) ?? one).filter(command.appliesTo));
      },
    });
  }
  return entries;
}
