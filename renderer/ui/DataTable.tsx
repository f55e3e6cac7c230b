import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { memo, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { common } from '../strings/common.ts';
import css from './DataTable.module.css';
import { fitColumns } from './fit-columns.ts';
import { EMPTY_SELECTION, extendTo, selectAll, toggle, type SelectionState } from './selection.ts';
import { ContextMenuArea, type MenuEntry } from './Menu.tsx';
import { isFocusLost } from './return-focus.ts';
import { noteScroll } from './use-settled.ts';
import { useSteadyOrder } from './use-steady-order.ts';
import { useWidth } from './use-width.ts';

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** A track of CSS grid-template-columns. */
  readonly width: string;
  readonly cell: (row: Row) => ReactNode;
  /** What the column is sorted by; a column without it cannot be sorted. */
  readonly sortBy?: (row: Row) => string | number;
  readonly align?: 'end';
  /** Hidden when the table is narrower than this many pixels. */
  readonly minTableWidth?: number;
  /** Its track in a narrow table, where the cell leaves something out. */
  readonly narrowWidth?: string;
  /** The first to go where not all have room. */
  readonly extra?: true;
  /** What it shows always fits or cuts itself off: a cell that need not clip spares the browser a layer to paint. */
  readonly fits?: true;
}

export interface SortState {
  readonly column: string;
  readonly descending: boolean;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  /** What a screen reader calls the row. */
  readonly rowName: (row: Row) => string;
  readonly sort: SortState;
  readonly onSort: (sort: SortState) => void;
  /** Left out, with `onSelection`, where nothing can be done with several rows. */
  readonly selection?: SelectionState;
  readonly onSelection?: (selection: SelectionState) => void;
  readonly onOpen?: (row: Row) => void;
  readonly menu?: (row: Row) => readonly MenuEntry[];
  /** Single-key commands of a row; return true when the key was used. */
  readonly onRowKey?: (row: Row, key: string) => boolean;
  /** A row that is fading, for example because it is being removed. */
  readonly isBusy?: (row: Row) => boolean;
}

const OVERSCAN = 8;

/** Rows in the order of `sort`; equal ones stay as they came. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: SortState): Row[] {
  const sortBy = columns.find((column) => column.id === sort.column)?.sortBy;
  if (sortBy === undefined) return [...rows];
  const sign = sort.descending ? -1 : 1;
  const keyed = rows.map((row) => {
    const key = sortBy(row);
    return { row, key: typeof key === 'string' ? naturalKey(key) : key };
  });
  keyed.sort((a, b) => sign * compare(a.key, b.key));
  return keyed.map(({ row }) => row);
}

/** Sort keys of texts, kept because making one costs more than ten comparisons. */
const naturalKeys = new Map<string, string>();
/** More texts than any list has; beyond it the keys are made anew. */
const MAX_KEYS = 50_000;

/** A text that sorts by plain comparison as a person would sort: case aside, and numbers by their value. */
function naturalKey(text: string): string {
  let key = naturalKeys.get(text);
  if (key === undefined) {
    if (naturalKeys.size > MAX_KEYS) naturalKeys.clear();
    key = text.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(12, '0'));
    naturalKeys.set(text, key);
  }
  return key;
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * A list of any length as a grid: virtual rows, one roving tab stop, selection with the usual keys, sortable headers.
 * Rows arrive already filtered and sorted.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns: allColumns, rowId, sort, onSort, selection = EMPTY_SELECTION, onSelection } = props;
  const rows = useSteadyOrder(props.rows, rowId, sort);
  const scroller = useRef<HTMLDivElement>(null);
  const [activeId, setActiveId] = useState<string | null>(null);
  const width = useWidth(scroller, 2000);
  const wantsFocus = useRef(false);
  const order = useMemo(() => rows.map(rowId), [rows, rowId]);
  const activeIndex = Math.max(0, activeId === null ? 0 : order.indexOf(activeId));
  const rowHeight = useRowHeight();

  const columns = useMemo(() => fitColumns(allColumns, width), [allColumns, width]);
  const isSelectable = onSelection !== undefined;
  const template = useMemo(
    () => [...(isSelectable ? ['36px'] : []), ...columns.map(({ width: track }) => track)].join(' '),
    [columns, isSelectable],
  );

  // The compiler's memoisation is off in this project; the rule only says that it would skip this component.

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // A scroll that renders at once would do so in the middle of a frame; the next one is soon enough.
    useFlushSync: false,
  });
  useEffect(() => {
    virtualizer.measure();
  }, [rowHeight, virtualizer]);

  const focusRow = (index: number) => {
    const id = order[Math.min(Math.max(index, 0), order.length - 1)];
    if (id === undefined) return;
    wantsFocus.current = true;
    setActiveId(id);
    virtualizer.scrollToIndex(order.indexOf(id));
  };

  // The row may only exist after the scroll, so focus follows the render.
  useEffect(() => {
    if (!wantsFocus.current || activeId === null) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(activeId)}"]`);
    if (row === null || row === undefined) return;
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  });

  // Whoever removes row after row by the keyboard goes on at the one that takes its place.
  const removing = useRef<{ readonly id: string; readonly index: number } | null>(null);
  useEffect(() => {
    const { current } = removing;
    if (current === null || order.includes(current.id)) return;
    removing.current = null;
    if (isFocusLost()) focusRow(current.index);
  });

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    if (target.dataset['row'] === undefined || event.altKey) return;
    const row = rows[activeIndex];
    const id = order[activeIndex];
    if (row === undefined || id === undefined) return;
    const command = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const move = (index: number) => {
      const next = Math.min(Math.max(index, 0), order.length - 1);
      if (event.shiftKey && onSelection !== undefined) {
        const nextId = order[next];
        const anchored = selection.anchor === null ? toggle(selection, id) : selection;
        if (nextId !== undefined) onSelection(extendTo(anchored, nextId, order));
      }
      focusRow(next);
    };
    if (command) {
      if (event.key !== 'a' || onSelection === undefined) return;
      onSelection(selectAll(order));
    } else {
      switch (event.key) {
        case 'ArrowDown':
        case 'j':
          move(activeIndex + 1);
          break;
        case 'ArrowUp':
        case 'k':
          move(activeIndex - 1);
          break;
        case 'Home':
          move(0);
          break;
        case 'End':
          move(order.length - 1);
          break;
        case 'PageDown':
          move(activeIndex + page);
          break;
        case 'PageUp':
          move(activeIndex - page);
          break;
        case 'Enter':
          props.onOpen?.(row);
          break;
        case 'x':
        case ' ':
          if (onSelection === undefined) return;
          onSelection(toggle(selection, id));
          break;
        case 'Escape':
          if (selection.selected.size === 0) return;
          onSelection?.({ selected: new Set(), anchor: null });
          break;
        default:
          if (props.onRowKey?.(row, event.key) !== true) return;
          if (event.key === 'Delete') removing.current = { id, index: activeIndex };
      }
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const allSelected = order.length > 0 && order.every((id) => selection.selected.has(id));
  const someSelected = selection.selected.size > 0;

  // Stable for the memoised rows; reads what is current when it runs.
  const latest = useRef({ props, order, selection });
  latest.current = { props, order, selection };
  const handlers = useMemo(
    () => ({
      select: (id: string, range: boolean) => {
        const { order: now, selection: state, props: current } = latest.current;
        current.onSelection?.(range ? extendTo(state, id, now) : toggle(state, id));
        setActiveId(id);
      },
      open: (row: Row) => latest.current.props.onOpen?.(row),
      focus: (id: string) => {
        setActiveId(id);
      },
    }),
    [],
  );

  const entriesAt = (target: HTMLElement): readonly MenuEntry[] | null => {
    const id = target.closest<HTMLElement>('[data-row]')?.dataset['row'];
    const row = rows[id === undefined ? -1 : order.indexOf(id)];
    return row === undefined || props.menu === undefined ? null : props.menu(row);
  };

  return (
    <div className={css['frame']}>
      <ContextMenuArea entriesAt={entriesAt}>
        <div
          ref={scroller}
          className={[css['scroller'], isSelectable ? '' : css['plain']].join(' ')}
          role="grid"
          aria-label={label}
          aria-rowcount={rows.length + 1}
          aria-colcount={columns.length + (isSelectable ? 1 : 0)}
          aria-multiselectable={isSelectable}
          onKeyDown={onKeyDown}
          onScroll={noteScroll}
        >
          <div role="rowgroup" className={css['head']}>
            <div role="row" aria-rowindex={1} className={css['headRow']} style={{ gridTemplateColumns: template }}>
              {onSelection !== undefined && (
                <div role="columnheader" className={css['check']}>
                  <input
                    type="checkbox"
                    aria-label={common.selectAll}
                    checked={allSelected}
                    ref={(element) => {
                      if (element !== null) element.indeterminate = someSelected && !allSelected;
                    }}
                    onChange={() => {
                      onSelection(allSelected ? { selected: new Set(), anchor: null } : selectAll(order));
                    }}
                  />
                </div>
              )}
              {columns.map((column) => (
                <div
                  key={column.id}
                  role="columnheader"
                  className={column.align === 'end' ? css['end'] : undefined}
                  aria-sort={sort.column !== column.id ? undefined : sort.descending ? 'descending' : 'ascending'}
                >
                  {column.sortBy === undefined ? (
                    <span className={css['headText']}>{column.header}</span>
                  ) : (
                    <button
                      type="button"
                      className={css['sort']}
                      onClick={() => {
                        onSort({ column: column.id, descending: sort.column === column.id && !sort.descending });
                      }}
                    >
                      {column.header}
                      {sort.column === column.id &&
                        (sort.descending ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}
                    </button>
                  )}
                </div>
              ))}
            </div>
          </div>
          <div role="rowgroup" className={css['body']} style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              const id = order[item.index];
              if (row === undefined || id === undefined) return null;
              return (
                <TableRow
                  key={id}
                  row={row}
                  id={id}
                  name={props.rowName(row)}
                  index={item.index}
                  top={item.start}
                  height={rowHeight}
                  template={template}
                  columns={columns as readonly Column<unknown>[]}
                  tabStop={item.index === activeIndex}
                  selected={isSelectable ? selection.selected.has(id) : null}
                  busy={props.isBusy?.(row) ?? false}
                  handlers={handlers as RowHandlers}
                />
              );
            })}
          </div>
        </div>
      </ContextMenuArea>
    </div>
  );
}

interface RowHandlers {
  readonly select: (id: string, range: boolean) => void;
  readonly open: (row: unknown) => void;
  readonly focus: (id: string) => void;
}

interface TableRowProps {
  readonly row: unknown;
  readonly id: string;
  readonly name: string;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly template: string;
  readonly columns: readonly Column<unknown>[];
  readonly tabStop: boolean;
  /** null where rows cannot be selected. */
  readonly selected: boolean | null;
  readonly busy: boolean;
  readonly handlers: RowHandlers;
}

const TableRow = memo(function TableRow(props: TableRowProps) {
  const { row, id, name, index, top, height, template, columns, tabStop, selected, busy, handlers } = props;
  return (
    <div
      role="row"
      data-row={id}
      aria-rowindex={index + 2}
      aria-selected={selected ?? undefined}
      aria-label={name}
      tabIndex={tabStop ? 0 : -1}
      className={[css['row'], selected === true ? css['selected'] : '', busy ? css['busy'] : ''].join(' ')}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${String(top)}px)` }}
      onFocus={() => {
        handlers.focus(id);
      }}
      onClick={(event) => {
        const target = event.target as HTMLElement;
        // A menu of the row sends its clicks here too, though it hangs elsewhere in the document.
        if (!event.currentTarget.contains(target) || target.closest('a, button, input') !== null) return;
        if (selected !== null && (event.ctrlKey || event.metaKey || event.shiftKey))
          handlers.select(id, event.shiftKey);
        else handlers.open(row);
      }}
    >
      {selected !== null && (
        <div role="gridcell" className={css['check']}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={common.select(name)}
            checked={selected}
            onChange={() => {}}
            onClick={(event) => {
              handlers.select(id, event.shiftKey);
            }}
          />
        </div>
      )}
      <RowCells row={row} columns={columns} />
    </div>
  );
});

/** The cells apart from the row's place: a row that only moves, as all do when the order changes, keeps them. */
const RowCells = memo(function RowCells({
  row,
  columns,
}: {
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
}) {
  return columns.map((column) => (
    <div
      key={column.id}
      role="gridcell"
      className={column.align === 'end' ? css['end'] : column.fits === true ? css['fits'] : undefined}
    >
      {column.cell(row)}
    </div>
  ));
});

/** Height of a row in pixels, as the density setting has it. */
function useRowHeight(): number {
  const read = () => Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row'), 10) || 38;
  const [height, setHeight] = useState(read);
  useEffect(() => {
    const observer = new MutationObserver(() => {
      setHeight(read());
    });
    observer.observe(document.documentElement, { attributeFilter: ['data-density'] });
    return () => {
      observer.disconnect();
    };
  }, []);
  return height;
}
