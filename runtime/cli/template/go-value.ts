/**
 * Values as Go's typed data are to a template. They are plain objects, so that `index`, `range` and `len` work on them,
 * with what differs from JSON's under symbols.
 */

const STRUCT = Symbol('struct');
const ZERO = Symbol('zero');

/** A pointer that leads nowhere: `<nil>` as text, `null` as JSON. */
export const NIL = { toJSON: (): null => null };

/** A value with a text of its own: a duration or a time. */
export class GoScalar {
  readonly text: string;
  readonly #source: unknown;

  constructor(text: string, source: unknown) {
    this.text = text;
    this.#source = source;
  }

  toJSON(): unknown {
    return this.#source;
  }
}

function marked(value: object, source: unknown, mark: symbol, zero?: unknown): object {
  Object.defineProperty(value, 'toJSON', { value: () => source });
  return Object.defineProperty(value, mark, { value: zero });
}

/** A struct: it has these fields and no others. `source` is what it is in JSON. */
export function goStruct(fields: Readonly<Record<string, unknown>>, source: unknown): object {
  return marked({ ...fields }, source, STRUCT);
}

/** A map that gives `zero` to `index` for what it does not hold. */
export function goMap(entries: Readonly<Record<string, unknown>>, zero: unknown, source: unknown): object {
  return marked({ ...entries }, source, ZERO, zero);
}

/** A list; one that is absent is empty to all but JSON. */
export function goList(items: readonly unknown[], source: unknown): unknown[] {
  return marked([...items], source, Symbol('list')) as unknown[];
}

export function isStruct(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && STRUCT in value;
}

/** What `index` gives for an absent entry. */
export function zeroOf(map: object): unknown {
  return (map as { readonly [ZERO]?: unknown })[ZERO];
}
