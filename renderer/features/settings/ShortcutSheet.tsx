import { closeDialog } from '../../data/dialogs.ts';
import { shell } from '../../strings/shell.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { containerCommands } from '../containers/commands.tsx';
import css from './ShortcutSheet.module.css';

interface Shortcut {
  readonly keys: string;
  readonly label: string;
}

const LIST: readonly Shortcut[] = [
  { keys: '↓', label: shell.enterList },
  { keys: '↑ ↓ j k', label: shell.move },
  { keys: 'Enter', label: shell.open },
  { keys: 'x', label: shell.selectRow },
  { keys: 'Shift+↑ ↓', label: shell.extend },
  { keys: 'Ctrl+A', label: shell.selectAll },
  { keys: 'Esc', label: shell.clear },
  { keys: '/', label: shell.find },
];

const OTHERS: readonly Shortcut[] = [
  { keys: 'Ctrl+1 … 9', label: shell.views },
  { keys: 'Ctrl+Enter', label: shell.primary },
  { keys: 'Shift+F10', label: shell.screenMenu },
  { keys: 'Ctrl+S', label: shell.saveLog },
  { keys: 'd i w e', label: shell.levels },
  { keys: 'Ctrl+Shift+`', label: shell.newTerminal },
  { keys: 'Ctrl+Shift+← →', label: shell.nextTerminal },
  { keys: 'Ctrl+Shift+C, V', label: shell.copyPaste },
  { keys: 'F6', label: shell.nextPart },
  { keys: 'F8', label: shell.notifications },
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
export default function ShortcutSheet({ global }: { readonly global: readonly Shortcut[] }) {
  const rows = containerCommands.flatMap(({ key, label }) =>
    key === undefined ? [] : [{ keys: key === 'Delete' ? 'Del' : key, label }],
  );
  return (
    <Dialog open wide isText title={shell.shortcuts} onClose={closeDialog}>
      <div className={css['sheet']}>
        <Group title={shell.everywhere} shortcuts={[...global, ...OTHERS]} />
        <div>
          <Group title={shell.inList} shortcuts={LIST} />
          <Group title={shell.onContainer} shortcuts={rows} />
        </div>
      </div>
    </Dialog>
  );
}
