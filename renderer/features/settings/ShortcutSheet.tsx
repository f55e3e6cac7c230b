import { closeDialog } from '../../data/dialogs.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { containerCommands } from '../containers/commands.tsx';
import css from './ShortcutSheet.module.css';

interface Shortcut {
  readonly keys: string;
  readonly label: string;
}

const LIST: readonly Shortcut[] = [
  { keys: '↑ ↓ j k', label: 'Move' },
  { keys: 'Enter', label: 'Open' },
  { keys: 'x', label: 'Select' },
  { keys: 'Shift+↑ ↓', label: 'Extend the selection' },
  { keys: 'Ctrl+A', label: 'Select all that match' },
  { keys: 'Esc', label: 'Clear the selection' },
  { keys: '/', label: 'Filter, or find in a log' },
];

const OTHERS: readonly Shortcut[] = [
  { keys: 'Ctrl+1 … 4', label: 'Views of a container' },
  { keys: 'Ctrl+Enter', label: 'Main button of a dialog' },
  { keys: 'Ctrl+Shift+C, V', label: 'Copy and paste in a terminal' },
  { keys: 'F6', label: 'Next part of the window' },
  { keys: 'F8', label: 'Notifications' },
];

function Group({ title, shortcuts }: { readonly title: string; readonly shortcuts: readonly Shortcut[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl className={css['keys']}>
        {shortcuts.map(({ keys, label }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** All keys on one sheet. */
export function ShortcutSheet({ global }: { readonly global: readonly Shortcut[] }) {
  const rows = containerCommands.flatMap(({ key, label }) =>
    key === undefined ? [] : [{ keys: key === 'Delete' ? 'Del' : key, label }],
  );
  return (
    <Dialog open wide title="Keyboard shortcuts" onClose={closeDialog}>
      <div className={css['sheet']}>
        <Group title="Everywhere" shortcuts={[...global, ...OTHERS]} />
        <div>
          <Group title="In a list" shortcuts={LIST} />
          <Group title="On a container" shortcuts={rows} />
        </div>
      </div>
    </Dialog>
  );
}
