import { interpolate, InterpolationError, type Variables } from './interpolate.ts';

/** A line of an environment file that cannot be read; lines count from 1. */
export class DotenvError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads an environment file (Compose spec, "env_file"): `NAME=value` or `NAME: value`, `export` before a name, comments,
 * single quotes taken as they are, double quotes with `\n \r \t \" \\ \$` and variables, both over several lines;
 * unquoted values with variables and without a trailing ` # comment`. `outer` knows what is set outside, which a value
 * may refer to. A name alone takes its value from outside. Throws DotenvError.
 */
export function parseDotenv(text: string, outer: Variables): Map<string, string> {
  const values = new Map<string, string>();
  const lookup: Variables = (name) => outer(name) ?? values.get(name);
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  let at = 0;
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length;
  while (at < source.length) {
    const end = endOfLine(source, at);
    const line = source.slice(at, end);
    if (/^\s*(#.*)?$/.test(line)) {
      at = end + 1;
      continue;
    }
    const head = /^\s*(?:export\s+)?([^\s=:#'"]+)[ \t]*(?:([=:])[ \t]*)?/.exec(line);
    const name = head?.[1];
    if (head === null || name === undefined || !/^[A-Za-z_][\w.\-[\]]*$/.test(name))
      throw new DotenvError(lineAt(at), `unexpected character in variable name near "${line.trim().slice(0, 40)}"`);
    if (head[2] === undefined) {
      if (line.slice(head[0].length).trim() !== '') throw new DotenvError(lineAt(at), `unexpected text after ${name}`);
      const inherited = outer(name);
      if (inherited !== undefined) values.set(name, inherited);
      at = end + 1;
      continue;
    }
    const start = at + head[0].length;
    try {
      const { value, next } = readValue(source, start, lookup);
      values.set(name, value);
      at = next;
    } catch (error) {
      if (error instanceof InterpolationError) throw new DotenvError(lineAt(at), error.message);
      if (error instanceof UnclosedQuote)
        throw new DotenvError(lineAt(at), `the quote of ${name}'s value is not closed`);
      throw error;
    }
  }
  return values;
}

class UnclosedQuote extends Error {}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function readValue(text: string, start: number, lookup: Variables): { value: string; next: number } {
  const quote = text[start];
  if (quote === "'" || quote === '"') {
    const close = closingQuote(text, start, quote);
    const raw = text.slice(start + 1, close);
    return {
      value: quote === "'" ? raw : interpolate(unescape(raw), lookup),
      next: endOfLine(text, close) + 1,
    };
  }
  const end = endOfLine(text, start);
  const raw = text
    .slice(start, end)
    .replace(/(^|\s+)#.*$/, '')
    .trim();
  return { value: interpolate(raw, lookup), next: end + 1 };
}

function closingQuote(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at;
  }
  throw new UnclosedQuote();
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$$' };

/** `\$` becomes `$$`, which the interpolation after it makes a dollar. */
function unescape(text: string): string {
  return text.replaceAll(/\\([nrt"\\$])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}
