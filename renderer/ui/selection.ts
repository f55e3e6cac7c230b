/** What a click or key does to a selection, apart from any component. */
export interface SelectionState {
  readonly selected: ReadonlySet<string>;
  /** The row a Shift range starts from. */
  readonly anchor: string | null;
}

export const EMPTY_SELECTION: SelectionState = { selected: new Set(), anchor: null };

/** Adds or removes one row; it becomes the anchor. */
export function toggle(state: SelectionState, id: string): SelectionState {
  const selected = new Set(state.selected);
  if (!selected.delete(id)) selected.add(id);
  return { selected, anchor: id };
}

/** Selects from the anchor to `id`, both included; the anchor stays. */
export function extendTo(state: SelectionState, id: string, order: readonly string[]): SelectionState {
  const from = state.anchor === null ? -1 : order.indexOf(state.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return toggle(state, id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { selected: new Set([...state.selected, ...range]), anchor: state.anchor };
}

export function selectAll(order: readonly string[]): SelectionState {
  return { selected: new Set(order), anchor: order[0] ?? null };
}

/** Drops rows that no longer exist; the same object when nothing changed. */
export function prune(state: SelectionState, exists: (id: string) => boolean): SelectionState {
  const kept = [...state.selected].filter(exists);
  return kept.length === state.selected.size ? state : { ...state, selected: new Set(kept) };
}
