import { htmlSafe } from '../../common/go-json.ts';
import { TemplateError } from '../template/errors.ts';
import { compileTemplate, type TemplateOptions } from '../template/evaluate.ts';
import { jsonText } from '../template/functions.ts';
import { entriesInOrder } from '../template/go-text.ts';

/** A row as a template sees it: fields, and methods such as `.Label "name"`. */
export type Row = Readonly<Record<string, unknown>>;

/** How a kind of rows is listed. */
export interface ListLayout {
  /** Headings by field. */
  readonly headers: Readonly<Record<string, string>>;
  /** The template of the default table, without its word `table`. */
  readonly table: string;
  /** What `--quiet` prints of a row. */
  readonly quiet?: string;
}

export interface ListChoice {
  readonly format?: string | undefined;
  readonly quiet?: boolean;
}

/** Functions that leave a heading as it is, so that `table {{lower .Names}}` still has its heading. */
const HEADER_FUNCTIONS = Object.fromEntries(
  ['json', 'title', 'lower', 'upper', 'truncate', 'pad', 'join', 'split'].map((name) => [
    name,
    (value: unknown): unknown => value,
  ]),
);

/** The text of a list: a table, a template for each row, or JSON with a row on each line. Throws TemplateError. */
export function listText(
  rows: readonly Row[],
  layout: ListLayout,
  { format: asked = '', quiet = false }: ListChoice,
): string {
  const format = asked === '' ? 'table' : asked;
  if (format === 'json') return rows.map((row) => `${rowJson(row)}\n`).join('');
  const isTable = /^table(\s|$)/.test(format);
  const own = unescaped(format.replace(/^table\s*/, '').trim());
  if (isTable && quiet && layout.quiet !== undefined && own === '') return lines(rows, layout.quiet);
  if (!isTable) return lines(rows, own);
  const template = own === '' ? layout.table : own;
  const heading = compileList(template, HEADER_FUNCTIONS, false)({ ...layout.headers, Label: labelHeader });
  return alignedTable([heading, ...lines(rows, template).split('\n').slice(0, -1)]);
}

function lines(rows: readonly Row[], template: string): string {
  const print = compileList(template, { json: (value) => (isRow(value) ? rowJson(value) : jsonText(value)) }, true);
  return rows.map((row) => `${print(row)}\n`).join('');
}

/** A list's template that cannot be parsed is an ordinary failure to docker's client. */
function compileList(
  template: string,
  functions: TemplateOptions['functions'],
  strict: boolean,
): (value: unknown) => string {
  try {
    return compileTemplate(template, { functions: functions ?? {}, strict });
  } catch (error) {
    throw error instanceof TemplateError
      ? new TemplateError(error.message.replace('template parsing error', 'failed to parse template'))
      : error;
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rowJson(row: Row): string {
  return htmlSafe(JSON.stringify(Object.fromEntries(entriesInOrder(row))));
}

function unescaped(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}

/** `com.example.some-label` is headed `some label`. */
function labelHeader(name: unknown): string {
  return String(name).split('.').at(-1)?.replaceAll(/[-_]/g, ' ') ?? '';
}

/** Least width of a column, and the spaces between two. */
const LEAST_WIDTH = 10;
const SPACES = 3;

/** Aligns cells parted by tabs; the last cell of a line takes part in no column. */
export function alignedTable(
  rows: readonly string[],
  { leastWidth = LEAST_WIDTH, spaces = SPACES }: { readonly leastWidth?: number; readonly spaces?: number } = {},
): string {
  const cells = rows.map((row) => row.split('\t'));
  const widths: number[] = [];
  for (const row of cells)
    for (const [at, cell] of row.slice(0, -1).entries())
      widths[at] = Math.max(widths[at] ?? leastWidth, characters(cell).length + spaces);
  const padded = (cell: string, at: number, count: number): string =>
    at === count - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - characters(cell).length);
  return cells.map((row) => `${row.map((cell, at) => padded(cell, at, row.length)).join('')}\n`).join('');
}

/** Labels as rows show them, and the method that gives one. */
export function labelFields(labels: Readonly<Record<string, string>> | null | undefined): Row {
  return {
    Labels: Object.entries(labels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(','),
    Label: (name: unknown) => labels?.[String(name)] ?? '',
  };
}

/** The characters of a text, where one may be two code units. */
export function characters(text: string): string[] {
  return Array.from(text);
}

/** Cuts to `length` characters, the last an ellipsis. */
export function ellipsis(text: string, length: number): string {
  const all = characters(text);
  return all.length <= length ? text : `${all.slice(0, length - 1).join('')}…`;
}

/** The 12 characters of an id that people read. */
export function shortId(id: string, full = false): string {
  return full ? id : id.replace(/^sha256:/, '').slice(0, 12);
}

/** Go's time.Time as text, in the zone of this machine. `seconds` since 1970. */
export function goTime(seconds: number, fraction = ''): string {
  const date = new Date(seconds * 1000);
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().replace('T', ' ').slice(0, 19);
  const part = (value: number): string => String(value).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${part(Math.floor(Math.abs(minutes) / 60))}${part(Math.abs(minutes) % 60)}`;
  const zone =
    minutes === 0
      ? 'UTC'
      : (new Intl.DateTimeFormat('en', { timeZoneName: 'short' })
          .formatToParts(date)
          .find(({ type }) => type === 'timeZoneName')?.value ?? offset);
  return `${local}${fraction} ${offset} ${zone}`;
}
