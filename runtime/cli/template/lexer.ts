import { PARSE_FAILURE, TemplateError } from './errors.ts';

/** A word of an action. */
export interface Token {
  readonly kind: 'field' | 'variable' | 'string' | 'number' | 'word' | 'mark';
  /** Strings are without their quotes and escapes. */
  readonly text: string;
  /** Whether white space stands before it. */
  readonly spaced: boolean;
}

/** Text as it is, or what stands between braces. */
export type Piece =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'action'; readonly tokens: readonly Token[] };

const TOKEN =
  /(?<string>"(?:\\.|[^"\\])*"|`[^`]*`)|(?<field>(?:\.[A-Za-z_]\w*)+|\.(?![\d.]))|(?<variable>\$\w*)|(?<number>[+-]?\d+(?:\.\d+)?)|(?<word>[A-Za-z_]\w*)|(?<mark>:=|[=|,()])/y;

/** Splits a template into text and actions, with `{{-` and `-}}` done. Throws TemplateError. */
export function lexTemplate(template: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = template;
  let trimsNext = false;
  for (;;) {
    const open = rest.indexOf('{{');
    let text = open < 0 ? rest : rest.slice(0, open);
    if (trimsNext) text = text.trimStart();
    if (open < 0) {
      pieces.push({ kind: 'text', text });
      return pieces;
    }
    rest = rest.slice(open + 2);
    if (/^-\s/.test(rest)) {
      text = text.trimEnd();
      rest = rest.slice(1);
    }
    pieces.push({ kind: 'text', text });
    const { inside, length } = actionAt(rest);
    trimsNext = /\s-$/.test(inside);
    const body = trimsNext ? inside.slice(0, -1) : inside;
    if (!/^\s*\/\*[\s\S]*\*\/\s*$/.test(body)) pieces.push({ kind: 'action', tokens: lexAction(body) });
    rest = rest.slice(length);
  }
}

/** An action ends at the first braces outside of quotes. */
function actionAt(text: string): { inside: string; length: number } {
  const found = /^((?:"(?:\\.|[^"\\])*"|`[^`]*`|(?!\}\})[^"`])*)\}\}/.exec(text);
  if (found === null) throw new TemplateError('template parsing error: template: :1: unclosed action', PARSE_FAILURE);
  return { inside: found[1] ?? '', length: found[0].length };
}

function lexAction(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const space = /\s*/y;
    space.lastIndex = at;
    const blank = space.exec(text)?.[0].length ?? 0;
    at += blank;
    if (at >= text.length) return tokens;
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    const groups: Readonly<Record<string, string | undefined>> = found?.groups ?? {};
    const [entry] = Object.entries(groups).filter(([, value]) => value !== undefined);
    if (entry === undefined) {
      throw new TemplateError(
        `template parsing error: template: :1: unexpected ${JSON.stringify(text.charAt(at))} in operand`,
        PARSE_FAILURE,
      );
    }
    const [kind, value] = entry as [Token['kind'], string];
    tokens.push({ kind, text: kind === 'string' ? unquote(value) : value, spaced: blank > 0 });
    at += value.length;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

function unquote(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  return text
    .slice(1, -1)
    .replaceAll(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|(.))/g, (all, hex?: string, wide?: string, one?: string) =>
      hex !== undefined || wide !== undefined
        ? String.fromCodePoint(Number.parseInt(hex ?? wide ?? '', 16))
        : (ESCAPES[one ?? ''] ?? all),
    );
}
