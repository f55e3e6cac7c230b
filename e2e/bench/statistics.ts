/** The middle value (mean of the two middle ones), or NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that this share (0 to 1) of all does not exceed, or NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}

/** One thing measured with one engine. */
export interface Series {
  /** What is counted a second is better when it is more; all else when it is less. */
  readonly unit: 'ms' | 'MB' | 'MB/s' | '/s';
  readonly values: readonly number[];
}

/** One row: what was measured, with which engines, and what it should be. */
export interface Row {
  readonly name: string;
  /** Where and how, in a few words. */
  readonly note: string;
  /** By engine name; the first is ours. */
  readonly series: ReadonlyMap<string, Series>;
}

/** Digits that mean something: two below 10, one below 100. */
function digits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

const isRate = ({ unit }: Series): boolean => unit.endsWith('/s');

/** How many times better ours is. */
function ratio(ours: Series, theirs: Series): number {
  const quotient = median(theirs.values) / median(ours.values);
  return isRate(ours) ? 1 / quotient : quotient;
}

function cell(series: Series): string {
  const { unit, values } = series;
  const bestValue = isRate(series) ? Math.max(...values) : Math.min(...values);
  const best = values.length > 1 ? ` (${digits(bestValue)})` : '';
  return `${digits(median(values))}${best} ${unit}`;
}

/** A plain text table of medians with the best value in parentheses, and how many times ours each other one takes. */
export function table(rows: readonly Row[], engines: readonly string[]): string {
  const [ours = '', ...others] = engines;
  const head = ['', ours, ...others.flatMap((name) => [name, 'x ours'])];
  const lines = rows.map(({ name, series }) => {
    const own = series.get(ours);
    return [
      name,
      own === undefined ? '-' : cell(own),
      ...others.flatMap((other) => {
        const theirs = series.get(other);
        if (theirs === undefined) return ['-', '-'];
        return [cell(theirs), own === undefined ? '-' : ratio(own, theirs).toFixed(2)];
      }),
    ];
  });
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => (line[column] ?? '').length)));
  const text = all.map((line) =>
    line
      .map((entry, column) => (column === 0 ? entry.padEnd(widths[0] ?? 0) : entry.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  const notes = rows.filter(({ note }) => note !== '').map(({ name, note }) => `  ${name}: ${note}`);
  return [...text, '', ...notes].join('\n');
}
