import { parseAnsi, type Span } from './ansi.ts';
import { SEARCHED_CHARACTERS, type LogBuffer, type LogLine } from './log-buffer.ts';

/** How the log is to look. */
export interface LogLook {
  readonly timestamps: boolean;
  readonly wrapColumns: number;
  /** What is marked; without the flags `g` and `y`. */
  readonly pattern: RegExp | null;
  /** Absolute number of the line that the search is at, or -1. */
  readonly current: number;
}

/** One visual row of the pool. */
interface RowElement {
  readonly element: HTMLDivElement;
  readonly time: HTMLSpanElement;
  readonly text: HTMLSpanElement;
  /** What it shows now, so that an unchanged row is not touched. */
  key: string;
}

/**
 * Paints visual rows into a fixed pool of elements. Plain DOM: at 100,000 lines a second a framework would spend the
 * frame on telling what changed, and everything changes.
 */
export class LogPainter {
  readonly #layer: HTMLElement;
  readonly #rows: RowElement[] = [];

  constructor(layer: HTMLElement) {
    this.#layer = layer;
  }

  /** Paints `count` rows from visual row `first` on. */
  paint(buffer: LogBuffer, first: number, count: number, look: LogLook): void {
    this.#resize(count);
    const total = buffer.rowCount;
    for (const [index, row] of this.#rows.entries()) {
      const visual = first + index;
      if (visual >= total) {
        if (row.key !== '') {
          row.key = '';
          row.time.textContent = '';
          row.text.textContent = '';
          row.element.className = 'log-row';
        }
        continue;
      }
      const { line: number, piece } = buffer.locate(visual);
      const isCurrent = number === look.current;
      const key = `${String(number)}.${String(piece)}.${String(look.timestamps)}.${String(look.wrapColumns)}.${String(isCurrent)}.${String(look.pattern)}`;
      if (row.key === key) continue;
      row.key = key;
      const line = buffer.line(number);
      if (line !== null) fill(row, line, piece, look, isCurrent);
    }
  }

  #resize(count: number): void {
    while (this.#rows.length < count) {
      const element = document.createElement('div');
      element.className = 'log-row';
      const time = document.createElement('span');
      time.className = 'log-time';
      const text = document.createElement('span');
      text.className = 'log-text';
      element.append(time, text);
      this.#layer.append(element);
      this.#rows.push({ element, time, text, key: '' });
    }
    while (this.#rows.length > count) this.#rows.pop()?.element.remove();
  }
}

function fill(row: RowElement, line: LogLine, piece: number, look: LogLook, isCurrent: boolean): void {
  row.element.className = `log-row${line.stderr ? ' log-stderr' : ''}${isCurrent ? ' log-current' : ''}`;
  row.time.textContent = look.timestamps && piece === 0 ? localTime(line.time) : '';
  const from = look.wrapColumns === 0 ? 0 : piece * look.wrapColumns;
  const to = look.wrapColumns === 0 ? Number.MAX_SAFE_INTEGER : from + look.wrapColumns;
  const plain = !line.text.includes('\x1b');
  if (plain && look.pattern === null) {
    // The common case: one text node, changed in place.
    const text = line.text.slice(from, to);
    const node = row.text.firstChild;
    if (node instanceof Text && row.text.childNodes.length === 1) node.data = text;
    else row.text.textContent = text;
    return;
  }
  const spans = cut(
    plain ? [{ text: line.text, classes: '', color: '', background: '' }] : parseAnsi(line.text),
    from,
    to,
  );
  row.text.replaceChildren(...spans.flatMap((span) => spanNodes(span, look.pattern)));
}

function cut(spans: readonly Span[], from: number, to: number): Span[] {
  const result: Span[] = [];
  let offset = 0;
  for (const span of spans) {
    const text = span.text.slice(Math.max(0, from - offset), Math.max(0, to - offset));
    if (text !== '') result.push({ ...span, text });
    offset += span.text.length;
  }
  return result;
}

let last: { of: RegExp; everywhere: RegExp } | null = null;

/** The pattern with the flag `g`; kept, because every row asks for the same. */
function globally(pattern: RegExp): RegExp {
  if (last?.of !== pattern) last = { of: pattern, everywhere: new RegExp(pattern.source, `${pattern.flags}g`) };
  return last.everywhere;
}

function spanNodes(span: Span, pattern: RegExp | null): Node[] {
  const element = document.createElement('span');
  if (span.classes !== '') element.className = span.classes;
  if (span.color !== '') element.style.color = span.color;
  if (span.background !== '') element.style.backgroundColor = span.background;
  let from = 0;
  const found = pattern === null ? [] : span.text.slice(0, SEARCHED_CHARACTERS).matchAll(globally(pattern));
  for (const { index, 0: text } of found) {
    if (text === '') continue;
    const mark = document.createElement('mark');
    mark.textContent = text;
    element.append(span.text.slice(from, index), mark);
    from = index + text.length;
  }
  element.append(span.text.slice(from));
  return [element];
}

/** "14:03:22.123" in the person's own time zone. */
function localTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
