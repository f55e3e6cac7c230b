import { ContextMenu, DropdownMenu } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { IconButton } from './Button.tsx';
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

interface MenuButtonProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly tabIndex?: number;
  readonly entries: () => readonly MenuEntry[];
}

/**
 * A button that opens a menu. The menu is only built at the first press: a list has one of these in each row, and
 * a row that scrolls by must cost next to nothing.
 */
export function MenuButton({ label, icon, tabIndex = 0, entries }: MenuButtonProps) {
  const [open, setOpen] = useState<boolean | null>(null);
  if (open === null) {
    return (
      <IconButton
        label={label}
        icon={icon}
        tabIndex={tabIndex}
        aria-haspopup="menu"
        aria-expanded={false}
        onClick={() => {
          setOpen(true);
        }}
      />
    );
  }
  return (
    <DropdownMenu.Root modal={false} open={open} onOpenChange={setOpen}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={label} icon={icon} tabIndex={tabIndex} />
      </DropdownMenu.Trigger>
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
