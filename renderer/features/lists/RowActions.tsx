import { Ellipsis } from 'lucide-react';
import type { ReactNode } from 'react';
import { common } from '../../strings/common.ts';
import { IconButton } from '../../ui/Button.tsx';
import type { Column } from '../../ui/DataTable.tsx';
import { MenuButton, type MenuEntry } from '../../ui/Menu.tsx';
import css from './RowActions.module.css';

interface RowButtonProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly className?: string | undefined;
  readonly onClick: () => void;
}

/** What can be done with a row by one press. The keyboard has keys of its own for it, so that Tab passes by. */
export function RowButton(props: RowButtonProps) {
  return <IconButton tabIndex={-1} {...props} />;
}

interface RowActionsProps {
  readonly children?: ReactNode;
  /** The name of what the row shows, and what else can be done with it. */
  readonly menu?: { readonly name: string; readonly entries: () => readonly MenuEntry[] };
}

/** The buttons at the end of a row, quiet until the row is pointed at. */
export function RowActions({ children, menu }: RowActionsProps) {
  return (
    <span className={css['actions']}>
      {children}
      {menu !== undefined && (
        <MenuButton
          tabIndex={-1}
          label={common.moreActionsFor(menu.name)}
          icon={<Ellipsis size={15} />}
          entries={menu.entries}
        />
      )}
    </span>
  );
}

/** The last column of a list. `width` has room for its buttons. */
export function actionsColumn<Row>(width: string, cell: (row: Row) => ReactNode): Column<Row> {
  return { id: 'actions', header: common.actions, width, align: 'end', cell };
}
