import { useEffect, useReducer, useRef } from 'react';
import { isMoving, onRest } from './use-settled.ts';

/** `rows` in the order that `before` has them, or null where they are not the same ones. */
export function inOrderOf<Row>(
  before: readonly Row[],
  rows: readonly Row[],
  rowId: (row: Row) => string,
): readonly Row[] | null {
  if (before.length !== rows.length) return null;
  const byId = new Map(rows.map((row) => [rowId(row), row]));
  const ordered: Row[] = [];
  for (const row of before) {
    const now = byId.get(rowId(row));
    if (now === undefined) return null;
    ordered.push(now);
  }
  return ordered;
}

/**
 * Rows that keep their places while the list is on the move: what somebody scrolls to must not jump away below them, and
 * to place all rows anew costs a frame or two. They go where they belong when it rests, or at once when `sort` changes or
 * rows come or go.
 */
export function useSteadyOrder<Row>(rows: readonly Row[], rowId: (row: Row) => string, sort: unknown): readonly Row[] {
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  const shown = useRef({ given: rows, sort, placed: rows });
  const last = shown.current;
  if (!isMoving()) shown.current = { given: rows, sort, placed: rows };
  else if (last.given !== rows) {
    const steady = last.sort === sort ? inOrderOf(last.placed, rows, rowId) : null;
    shown.current = { given: rows, sort, placed: steady ?? rows };
  }
  const { placed } = shown.current;
  const held = placed !== rows;
  useEffect(() => (held ? onRest(renderAgain) : undefined), [held]);
  return placed;
}
