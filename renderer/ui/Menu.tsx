import { Ellipsis } from 'lucide-react';
import { ContextMenu, DropdownMenu } from 'radix-ui';
import { useEffect, useState, type ReactNode } from 'react';
import { common } from '../strings/common.ts';
import { IconButton } from './Button.tsx';
import css from './Menu.module.css';
import { useLatest } from './use-latest.ts';

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
function MenuItems({
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

interface ContextMenuAreaProps {
  /** The lines for what was pressed, or null where there is no menu. */
  readonly entriesAt: (target: HTMLElement) => readonly MenuEntry[] | null;
  /** One element, with everything that has such a menu in it. */
  readonly children: ReactNode;
}

/** One menu for many rows, by the pointer or the menu key: built when it opens, so that a row costs nothing for it. */
export function ContextMenuArea({ entriesAt, children }: ContextMenuAreaProps) {
  const [entries, setEntries] = useState<readonly MenuEntry[]>([]);
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger
        asChild
        onContextMenu={(event) => {
          const found = entriesAt(event.target as HTMLElement);
          if (found === null) event.preventDefault();
          else setEntries(found);
        }}
      >
        {children}
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className={css['menu']}>
          <MenuItems entries={entries} kind="context" />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

interface MenuButtonProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly tabIndex?: number;
  /** The menu of a whole screen: the menu key, or Shift+F10, opens it while the keyboard is at no part of the screen. */
  readonly ofScreen?: boolean;
  readonly entries: () => readonly MenuEntry[];
}

/** Opens a screen's menu by the key that every keyboard has for it. */
function useMenuKey(on: boolean, open: () => void): void {
  const latest = useLatest(open);
  useEffect(() => {
    if (!on) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return;
      const { target } = event;
      if (target !== document.body && !(target instanceof HTMLHeadingElement)) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [on, latest]);
}

/**
 * A button that opens a menu. The menu is only built at the first press: a list has one of these in each row, and
 * a row that scrolls by must cost next to nothing.
 */
export function MenuButton({ label, icon, tabIndex = 0, ofScreen = false, entries }: MenuButtonProps) {
  const [open, setOpen] = useState<boolean | null>(null);
  useMenuKey(ofScreen, () => {
    setOpen(true);
  });
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

/** What else can be done with the thing that a screen is about. */
export function ScreenMenu({ entries }: Pick<MenuButtonProps, 'entries'>) {
  return <MenuButton ofScreen label={common.moreActions} icon={<Ellipsis size={17} />} entries={entries} />;
}

/** Only rendered while the menu is open, so the entries are those of that moment. */
function LazyItems({ entries }: { readonly entries: () => readonly MenuEntry[] }) {
  return <MenuItems entries={entries()} kind="dropdown" />;
}
