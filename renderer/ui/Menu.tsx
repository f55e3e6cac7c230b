import { ContextMenu, DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import css from './Menu.module.css';

/** One line of a menu, or a line between two groups. */
export type MenuEntry =
  | {
      readonly id: string;
      readonly label: string;
      readonly icon?: ReactNode;
      readonly keys?: string;
      readonly danger?: boolean;
      readonly disabled?: boolean;
      readonly run: () => void;
    }
  | 'separator';

/** The lines of a menu, for a button's menu and for a context menu alike. */
export function MenuItems({
  entries,
  kind,
}: {
  readonly entries: readonly MenuEntry[];
  readonly kind: 'dropdown' | 'context';
}) {
  const { Item, Separator } = kind === 'dropdown' ? DropdownMenu : ContextMenu;
  return entries.map((entry, index) =>
    entry === 'separator' ? (
      <Separator key={`separator-${String(index)}`} className={css['separator']} />
    ) : (
      <Item
        key={entry.id}
        className={[css['item'], entry.danger === true ? css['danger'] : ''].join(' ')}
        disabled={entry.disabled ?? false}
        onSelect={entry.run}
      >
        <span className={css['icon']}>{entry.icon}</span>
        <span>{entry.label}</span>
        {entry.keys !== undefined && <kbd className={css['keys']}>{entry.keys}</kbd>}
      </Item>
    ),
  );
}

interface MenuProps {
  readonly trigger: ReactNode;
  readonly entries: () => readonly MenuEntry[];
}

/** A button that opens a menu. */
export function Menu({ trigger, entries }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={css['menu']} align="end" sideOffset={4}>
          <LazyItems entries={entries} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Only rendered while the menu is open, so the entries are those of that moment. */
function LazyItems({ entries }: { readonly entries: () => readonly MenuEntry[] }) {
  return <MenuItems entries={entries()} kind="dropdown" />;
}
