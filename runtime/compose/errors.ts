/** A place in a Compose file; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The line's text. */
  readonly excerpt: string;
}

/**
 * Something in a project is off, in words for the person who wrote it. `place` says where, when that is known; the
 * message then begins with `FILE:LINE:COLUMN` and ends with the line itself.
 */
export class ComposeError extends Error {
  readonly place: Place | null;
  /** What is off, without the place. */
  readonly sentence: string;

  constructor(message: string, place: Place | null = null) {
    super(place === null ? message : `${place.file}:${place.line}:${place.column}: ${message}${excerptOf(place)}`);
    this.name = 'ComposeError';
    this.place = place;
    this.sentence = message;
  }
}

/** Columns of a line that are shown; longer ones are cut. */
const SHOWN = 120;

function excerptOf({ line, column, excerpt }: Place): string {
  if (excerpt.trim() === '') return '';
  const number = String(line);
  const mark = column <= SHOWN ? `\n  ${' '.repeat(number.length)} | ${' '.repeat(column - 1)}^` : '';
  return `\n  ${number} | ${excerpt.slice(0, SHOWN)}${mark}`;
}
