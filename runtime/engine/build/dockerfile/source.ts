import { EngineError, messageOf } from '../../errors.ts';

/** Lines of a Dockerfile that something is said about, counted from 1, both included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A Dockerfile's text with its name, for messages. */
export interface SourceFile {
  readonly name: string;
  readonly lines: readonly string[];
  /** The same with the carriage returns of Windows, which are part of what a heredoc copies. */
  readonly rawLines?: readonly string[];
  /** The whole, as it was given. */
  readonly text?: string;
}

/** A file's whole text. */
export function wholeText({ lines, text }: SourceFile): string {
  return text ?? lines.join('\n');
}

/** Lines shown before and after the ones that are meant. */
const CONTEXT_LINES = 2;

/** A mistake in a Dockerfile, or a failure of one of its instructions: says where, and shows the lines. */
export class DockerfileError extends EngineError {
  readonly span: Span;
  readonly source: SourceFile | null;
  /** The message without the excerpt. */
  readonly summary: string;

  constructor(summary: string, span: Span, source: SourceFile | null, options?: ErrorOptions) {
    super('invalid', source === null ? summary : `${summary}\n${excerpt(source, span)}`, options);
    this.name = 'DockerfileError';
    this.summary = summary;
    this.span = span;
    this.source = source;
  }
}

/** An image that a Dockerfile names could not be had. The message is what its registry said. */
export class UnresolvedImage extends EngineError {
  readonly span: Span;
  readonly source: SourceFile;
  /** The same in BuildKit's words. */
  readonly summary: string;

  constructor(
    error: Error,
    { span, source, summary }: { readonly span: Span; readonly source: SourceFile; readonly summary: string },
  ) {
    super(error instanceof EngineError ? error.kind : 'internal', error.message, { cause: error });
    this.name = 'UnresolvedImage';
    this.span = span;
    this.source = source;
    this.summary = summary;
  }
}

/** A mistake that was found while an instruction was read; the parser adds where. */
export class SyntaxMistake extends Error {}

/** One of which BuildKit does not say the line in words. */
export class BareMistake extends SyntaxMistake {}

/** A mistake in the words in which it is told: mostly with the line. */
export function mistakeText(error: unknown, line: number): string {
  const text = messageOf(error);
  return error instanceof BareMistake ? text : `dockerfile parse error on line ${line}: ${text}`;
}

/** The lines around `span`, those meant marked, as BuildKit shows them. */
export function excerpt(source: SourceFile, span: Span): string {
  const first = Math.max(1, span.start - CONTEXT_LINES);
  const last = Math.min(source.lines.length, span.end + CONTEXT_LINES);
  const rows: string[] = [];
  for (let line = first; line <= last; line += 1) {
    const isMeant = line >= span.start && line <= span.end;
    const text = (source.lines[line - 1] ?? '').slice(0, EXCERPT_WIDTH);
    rows.push(`${String(line).padStart(4)} | ${isMeant ? '>>>' : '   '} ${text}`.trimEnd());
  }
  const where = span.start === span.end ? String(span.start) : `${span.start}-${span.end}`;
  return [`${source.name}:${where}`, RULE, ...rows, RULE].join('\n');
}

const RULE = '-'.repeat(20);
/** Characters of a line that are shown. */
const EXCERPT_WIDTH = 400;

/** ` (did you mean X?)` when one of `known` is at most two changes away, else nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const best = nearest(word, known);
  return best === null ? '' : ` (did you mean ${best}?)`;
}

/** Longer words were not mistyped; two of 100,000 characters would take minutes to compare. */
const MISTYPED_MAX = 100;

/** The one of `known` that is at most two changes away; null when none is. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let fewest = 3;
  if (word.length > MISTYPED_MAX) return null;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const changes = distance(word.toLowerCase(), candidate.toLowerCase());
    if (changes < fewest && changes < candidate.length) {
      fewest = changes;
      best = candidate;
    }
  }
  return best;
}

/** Edits (insert, delete, replace, swap of neighbours) from one word to another. */
function distance(a: string, b: string): number {
  const table: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => table[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    table.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, replaced);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) row[j] = Math.min(row[j] ?? 0, at(i - 2, j - 2) + 1);
    }
  }
  return at(a.length, b.length);
}
