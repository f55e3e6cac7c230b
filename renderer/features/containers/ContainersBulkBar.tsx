import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { Button } from '../../ui/Button.tsx';
import { BulkBar } from '../lists/BulkBar.tsx';
import { containerCommands } from './commands.tsx';

/** What can be done with all selected containers at once. */
export function ContainersBulkBar({
  selected,
  onClear,
}: {
  readonly selected: readonly ContainerSummary[];
  readonly onClear: () => void;
}) {
  return (
    <BulkBar count={selected.length} onClear={onClear}>
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
    </BulkBar>
  );
}
