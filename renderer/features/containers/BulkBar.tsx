import { X } from 'lucide-react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { common } from '../../strings/common.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { containerCommands } from './commands.tsx';
import css from './ContainersView.module.css';

/** What can be done with all selected containers at once. */
export function BulkBar({
  selected,
  onClear,
}: {
  readonly selected: readonly ContainerSummary[];
  readonly onClear: () => void;
}) {
  return (
    <div className={css['bulk']} role="toolbar" aria-label={common.selectionActions}>
      <span className={css['bulkCount']}>{common.selected(selected.length)}</span>
      {containerCommands
        .filter((command) => command.bulk && selected.some(command.appliesTo))
        .map((command) => (
          <Button
            key={command.id}
            size="small"
            variant="quiet"
            icon={command.icon}
            onClick={() => {
              command.run(selected.filter(command.appliesTo));
              if (command.id === 'remove') onClear();
            }}
          >
            {command.label}
          </Button>
        ))}
      <IconButton label={common.clearSelection} icon={<X size={15} />} onClick={onClear} />
    </div>
  );
}
