/** Reads the colours of terminal output (SGR sequences of ECMA-48) in one line of a log; all other sequences are dropped. */

export interface Span {
  readonly text: string;
  /** CSS classes. */
  readonly classes: string;
  /** CSS colours for what is not one of the sixteen; empty for none. */
  readonly color: string;
  readonly background: string;
}

// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b(?:\[([0-9;:?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;

/** The line without any sequence. */
export function stripAnsi(line: string): string {
  return line.includes('\x1b') ? line.replace(SEQUENCE, '') : line;
}

interface Pen {
  foreground: string;
  background: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

const plainPen = (): Pen => ({
  foreground: '',
  background: '',
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
});

/** Cuts a line into spans of one look each. */
export function parseAnsi(line: string): Span[] {
  const spans: Span[] = [];
  let pen = plainPen();
  let from = 0;
  for (const match of line.matchAll(SEQUENCE)) {
    if (match.index > from) spans.push(spanOf(line.slice(from, match.index), pen));
    from = match.index + match[0].length;
    if (match[2] === 'm') pen = applySgr(pen, match[1] ?? '');
  }
  if (from < line.length) spans.push(spanOf(line.slice(from), pen));
  return spans;
}

function spanOf(text: string, pen: Pen): Span {
  const classes: string[] = [];
  if (pen.bold) classes.push('ansi-bold');
  if (pen.dim) classes.push('ansi-dim');
  if (pen.italic) classes.push('ansi-italic');
  if (pen.underline) classes.push('ansi-underline');
  if (pen.inverse) classes.push('ansi-inverse');
  const named = (value: string) => /^\d+$/.test(value);
  if (named(pen.foreground)) classes.push(`ansi-f${pen.foreground}`);
  if (named(pen.background)) classes.push(`ansi-b${pen.background}`);
  return {
    text,
    classes: classes.join(' '),
    color: named(pen.foreground) ? '' : pen.foreground,
    background: named(pen.background) ? '' : pen.background,
  };
}

function applySgr(before: Pen, parameters: string): Pen {
  const codes = parameters.split(/[;:]/).map((part) => (part === '' ? 0 : Number(part)));
  let pen = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 0) pen = plainPen();
    else if (code === 1) pen.bold = true;
    else if (code === 2) pen.dim = true;
    else if (code === 3) pen.italic = true;
    else if (code === 4) pen.underline = true;
    else if (code === 7) pen.inverse = true;
    else if (code === 22) pen.bold = pen.dim = false;
    else if (code === 23) pen.italic = false;
    else if (code === 24) pen.underline = false;
    else if (code === 27) pen.inverse = false;
    else if (code >= 30 && code <= 37) pen.foreground = String(code - 30);
    else if (code >= 90 && code <= 97) pen.foreground = String(code - 82);
    else if (code === 39) pen.foreground = '';
    else if (code >= 40 && code <= 47) pen.background = String(code - 40);
    else if (code >= 100 && code <= 107) pen.background = String(code - 92);
    else if (code === 49) pen.background = '';
    else if (code === 38 || code === 48) {
      const [color, used] = extendedColor(codes, index + 1);
      if (code === 38) pen.foreground = color;
      else pen.background = color;
      index += used;
    }
  }
  return pen;
}

function extendedColor(codes: readonly number[], at: number): [color: string, used: number] {
  const byte = (offset: number) => Math.min(255, Math.max(0, codes[at + offset] ?? 0));
  if (codes[at] === 2) return [`rgb(${String(byte(1))} ${String(byte(2))} ${String(byte(3))})`, 4];
  if (codes[at] !== 5) return ['', 0];
  const color = byte(1);
  if (color < 16) return [String(color), 2];
  if (color >= 232) {
    const grey = 8 + (color - 232) * 10;
    return [`rgb(${String(grey)} ${String(grey)} ${String(grey)})`, 2];
  }
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = color - 16;
  const red = level(Math.floor(cube / 36));
  const green = level(Math.floor(cube / 6) % 6);
  return [`rgb(${String(red)} ${String(green)} ${String(level(cube % 6))})`, 2];
}
