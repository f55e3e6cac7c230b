import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { common } from '../../strings/common.ts';
import { IconButton } from '../../ui/Button.tsx';
import css from './BulkBar.module.css';

interface BulkBarProps {
  /** How many rows are selected. */
  readonly count: number;
  readonly onClear: () => void;
  /** The buttons for what can be done with them. */
  readonly children: ReactNode;
}

/** What can be done with all selected rows at once, above the end of their list. */
export function BulkBar({ count, onClear, children }: BulkBarProps) {
  return (
    <div className={css['bulk']} data-bulk-bar="" role="toolbar" aria-label={common.selectionActions}>
      <span className={css['count']}>{common.selected(count)}</span>
      <div className={css['buttons']}>{children}</div>
      <IconButton label={common.clearSelection} icon={<X size={15} />} onClick={onClear} />
    </div>
  );
}
