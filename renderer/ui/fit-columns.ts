/** What a column says of its width. */
interface Fitting {
  readonly id: string;
  /** A track of CSS grid-template-columns: a number of pixels, or `minmax(pixels, share)`. */
  readonly width: string;
  /** Hidden when the table is narrower than this many pixels. */
  readonly minTableWidth?: number;
  /** Its track in a narrow table, where it leaves something out. */
  readonly narrowWidth?: string;
  /** The first to go where not all have room. */
  readonly extra?: true;
}

/** Below so many pixels a table is narrow; `@container` rules say the same number. */
const NARROW = 1000;

/** A box to tick, and what is left free at both ends of a line, in pixels. */
const AROUND = 36 + 16 + 20;
/** Without these a line says nothing, or nothing can be done with it. */
const KEPT: ReadonlySet<string> = new Set(['state', 'name', 'actions']);

/** The least that a column takes, in pixels. */
function least({ width }: Fitting): number {
  return Number(/(\d+)px/.exec(width)?.[1] ?? 0);
}

/**
 * The columns that a table of so many pixels has room for: none is wider than the window, because a list that must be
 * moved sideways to be read is none. Extra ones go first, then the last; what a line cannot be without stays.
 */
export function fitColumns<C extends Fitting>(all: readonly C[], width: number): C[] {
  const columns = all
    .filter((column) => (column.minTableWidth ?? 0) <= width)
    .map((column) =>
      column.narrowWidth === undefined || width >= NARROW ? column : { ...column, width: column.narrowWidth },
    );
  const taken = (): number => columns.reduce((sum, column) => sum + least(column), AROUND);
  while (taken() > width) {
    const extra = columns.findLastIndex((column) => column.extra === true);
    const at = extra >= 0 ? extra : columns.findLastIndex(({ id }, index) => index > 0 && !KEPT.has(id));
    if (at < 0) break;
    columns.splice(at, 1);
  }
  return columns;
}
