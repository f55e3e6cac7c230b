import { useDialog } from '../data/dialogs.ts';
import { RenameDialog } from '../features/containers/RenameDialog.tsx';
import { PullDialog } from '../features/images/PullDialog.tsx';
import { TagDialog } from '../features/images/TagDialog.tsx';
import { Palette } from '../features/palette/Palette.tsx';
import { RunDialog } from '../features/run/RunDialog.tsx';
import { ShortcutSheet } from '../features/settings/ShortcutSheet.tsx';
import { commands } from './commands.tsx';

const paletteEntries = commands
  .filter((command) => command.id !== 'palette')
  .map((command) => ({ ...command, note: command.group === 'Go to' ? 'Go to' : '' }));
const globalShortcuts = commands.flatMap(({ keys, label }) => (keys === undefined ? [] : [{ keys, label }]));

/** The dialog that is open, if any. */
export function Dialogs() {
  const current = useDialog((state) => state.current);
  switch (current?.kind) {
    case 'run':
      return <RunDialog image={current.image} />;
    case 'pull':
      return <PullDialog initial={current.reference} />;
    case 'rename':
      return <RenameDialog id={current.id} name={current.name} />;
    case 'tag':
      return <TagDialog reference={current.reference} />;
    case 'palette':
      return <Palette commands={paletteEntries} />;
    case 'shortcuts':
      return <ShortcutSheet global={globalShortcuts} />;
    case undefined:
      return null;
  }
}
