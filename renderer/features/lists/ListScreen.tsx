import { useMemo, useState, type ReactNode } from 'react';
import type { BridgeError } from '../../../runtime/rpc/error.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { common } from '../../strings/common.ts';
import { Button } from '../../ui/Button.tsx';
import { DataTable, sortRows, type Column, type SortState } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { EMPTY_SELECTION, prune, type SelectionState } from '../../ui/selection.ts';
import { Trash2 } from 'lucide-react';
import { ErrorState } from '../engine/ErrorState.tsx';
import { NotYet } from '../engine/NotYet.tsx';
import { BulkBar } from './BulkBar.tsx';

/** How far a list has come from the engine, and how to ask once more. */
interface ListSource {
  readonly status: 'loading' | 'ready' | 'error';
  readonly error: BridgeError | null;
  readonly onRetry: () => void;
}

const AT_HAND: ListSource = { status: 'ready', error: null, onRetry: () => {} };

interface ListScreenProps<Row> {
  /** Key of what is remembered of the list. */
  readonly id: string;
  readonly title: string;
  /** Before the title: the way back. */
  readonly before?: ReactNode;
  readonly note?: ReactNode;
  readonly filterLabel: string;
  readonly noneMatches: string;
  readonly rows: readonly Row[];
  /** Left out where what there is is shown as it comes. */
  readonly source?: ListSource;
  readonly columns: readonly Column<Row>[];
  readonly defaultSort: SortState;
  readonly rowId: (row: Row) => string;
  readonly rowName: (row: Row) => string;
  /** Text that the filter looks in. */
  readonly textOf: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly menu?: (row: Row) => readonly MenuEntry[];
  /** What Delete and the bulk bar's button do. */
  readonly onRemove?: (rows: readonly Row[]) => void;
  /** Other single keys of a row; true when the key was used. */
  readonly onRowKey?: (row: Row, key: string) => boolean;
  /** More buttons of the bulk bar. */
  readonly bulk?: (rows: readonly Row[]) => ReactNode;
  /** Whether a choice among the tools hides rows: then an empty list says that nothing matches. */
  readonly hasOthers?: boolean;
  /** Undoes that choice. */
  readonly onShowAll?: () => void;
  readonly tools?: ReactNode;
  readonly primary?: ReactNode;
  readonly empty: ReactNode;
  /** Takes the table's place, for another view of the same rows. */
  readonly instead?: ((rows: readonly Row[]) => ReactNode) | undefined;
}

/* By list: going to something and back finds the list as it was. */
const remembered = new Map<string, string>();

/** A screen that is a list: filter, sort, selection, its empty and failing states. */
export function ListScreen<Row>(props: ListScreenProps<Row>) {
  const { id, rows: all, columns, rowId, rowName, textOf, source = AT_HAND, hasOthers = false } = props;
  const [filter, setFilterText] = useState(remembered.get(id) ?? '');
  const setFilter = (next: string) => {
    remembered.set(id, next);
    setFilterText(next);
  };
  const [chosen, setSelection] = useState<SelectionState>(EMPTY_SELECTION);
  const sort = useSettings((settings) => settings.sorts[id]) ?? props.defaultSort;
  const rows = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = all.filter((row) => {
      const text = textOf(row).toLowerCase();
      return words.every((word) => text.includes(word));
    });
    return sortRows(matching, columns, sort);
  }, [all, columns, filter, sort, textOf]);
  const selection = useMemo(() => {
    const keys = new Set(all.map(rowId));
    return prune(chosen, (key) => keys.has(key));
  }, [chosen, all, rowId]);
  const hasBulk = props.bulk !== undefined || props.onRemove !== undefined;
  const selected = all.filter((row) => selection.selected.has(rowId(row)));

  return (
    <Page
      title={props.title}
      before={props.before}
      note={all.length > 0 || hasOthers ? props.note : undefined}
      actions={
        <>
          {(all.length > 0 || hasOthers) && <FilterBox value={filter} onChange={setFilter} label={props.filterLabel} />}
          {props.tools}
          {props.primary}
        </>
      }
    >
      {source.status === 'error' && source.error !== null ? (
        <ErrorState error={source.error} onRetry={source.onRetry} />
      ) : source.status === 'loading' ? (
        <NotYet />
      ) : all.length === 0 && !hasOthers ? (
        props.empty
      ) : rows.length === 0 ? (
        <EmptyState
          title={props.noneMatches}
          actions={
            <Button
              onClick={() => {
                setFilter('');
                props.onShowAll?.();
              }}
            >
              {common.clearFilter}
            </Button>
          }
        >
          {all.length > 0 && common.noneMatches(all.length, filter)}
        </EmptyState>
      ) : props.instead !== undefined ? (
        props.instead(rows)
      ) : (
        <DataTable
          label={props.title}
          columns={columns}
          rows={rows}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={(next) => {
            updateSettings({ sorts: { ...useSettings.getState().sorts, [id]: next } });
          }}
          {...(hasBulk ? { selection, onSelection: setSelection } : {})}
          {...(props.onOpen === undefined ? {} : { onOpen: props.onOpen })}
          {...(props.menu === undefined ? {} : { menu: props.menu })}
          onRowKey={(row, key) => {
            if (key !== 'Delete' || props.onRemove === undefined) return props.onRowKey?.(row, key) ?? false;
            props.onRemove(selected.length > 0 ? selected : [row]);
            return true;
          }}
        />
      )}
      {selected.length > 0 && props.instead === undefined && (
        <BulkBar
          count={selected.length}
          onClear={() => {
            setSelection(EMPTY_SELECTION);
          }}
        >
          {props.bulk?.(selected)}
          {props.onRemove !== undefined && (
            <Button
              size="small"
              variant="quiet"
              icon={<Trash2 size={15} />}
              onClick={() => {
                props.onRemove?.(selected);
              }}
            >
              {common.remove}
            </Button>
          )}
        </BulkBar>
      )}
    </Page>
  );
}
