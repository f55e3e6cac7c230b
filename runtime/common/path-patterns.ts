/** A pattern that cannot be read. */
export class PatternError extends Error {}

interface Rule {
  readonly expression: RegExp;
  readonly negated: boolean;
}

/** Patterns of `.dockerignore` and `--exclude`: the last one that matches decides. */
export class Patterns {
  readonly #rules: readonly Rule[];

  /** Throws PatternError. */
  constructor(patterns: readonly string[]) {
    this.#rules = patterns.map((pattern) => {
      const negated = pattern.startsWith('!');
      const body = negated ? pattern.slice(1) : pattern;
      if (body === '') throw new PatternError('illegal exclusion pattern: "!"');
      return { expression: expressionOf(cleanPattern(body)), negated };
    });
  }

  /** Whether something in a directory that is meant may not be. */
  get hasExceptions(): boolean {
    return this.#rules.some(({ negated }) => negated);
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Whether a path without leading slash is meant; what is meant of a directory is meant of all in it. */
  matches(path: string): boolean {
    const prefixes: string[] = [];
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
      prefixes.push(path.slice(0, slash));
    prefixes.push(path);
    let matched = false;
    for (const { expression, negated } of this.#rules) {
      // A rule that would change nothing need not be looked at.
      if (negated !== matched) continue;
      if (prefixes.some((prefix) => expression.test(prefix))) matched = !negated;
    }
    return matched;
  }
}

/** The patterns of a `.dockerignore` file. */
export function dockerignorePatterns(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const negated = trimmed.startsWith('!');
    const body = negated ? trimmed.slice(1).trim() : trimmed;
    if (negated && body === '') throw new PatternError('illegal exclusion pattern: "!"');
    const clean = cleanPattern(body);
    patterns.push(negated ? `!${clean}` : clean);
  }
  return patterns;
}

/** Go's path.Clean, without the leading slash. */
function cleanPattern(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !pattern.startsWith('/')) parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}

function expressionOf(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '*' && pattern[at + 1] === '*') {
      at += 1;
      if (pattern[at + 1] === '/') at += 1;
      source += at + 1 >= pattern.length ? '.*' : '(?:.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\') {
      at += 1;
      if (at >= pattern.length) throw badPattern(pattern);
      source += literal(pattern.charAt(at));
    } else if (character === '[') {
      const end = classEnd(pattern, at);
      source += classSource(pattern.slice(at + 1, end));
      at = end;
    } else source += literal(character);
  }
  return compiled(`^${source}$`, pattern);
}

/** A path pattern of COPY and ADD (Go's filepath.Match): `*` and `?` stay within one part. */
export function globExpression(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\') {
      at += 1;
      if (at >= pattern.length) throw badPattern(pattern);
      source += literal(pattern.charAt(at));
    } else if (character === '[') {
      const end = classEnd(pattern, at);
      source += classSource(pattern.slice(at + 1, end));
      at = end;
    } else source += literal(character);
  }
  return compiled(`^${source}$`, pattern);
}

/** Whether a path of COPY or ADD has a pattern in it. */
export function hasWildcard(path: string): boolean {
  return /(^|[^\\])(?:\\\\)*[*?[]/.test(path);
}

function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') throw badPattern(pattern);
  for (; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']') return at;
  }
  throw badPattern(pattern);
}

function classSource(inside: string): string {
  const negated = inside.startsWith('^');
  const body = (negated ? inside.slice(1) : inside).replaceAll(/\\(.)|[[\]^&]/g, (found, escaped?: string) =>
    escaped === undefined ? `\\${found}` : /[\w]/.test(escaped) ? escaped : `\\${escaped}`,
  );
  return negated ? `[^/${body}]` : `[${body}]`;
}

function compiled(source: string, pattern: string): RegExp {
  try {
    return new RegExp(source, 's');
  } catch (error) {
    throw new PatternError(`${JSON.stringify(pattern)}: syntax error in pattern`, { cause: error });
  }
}

function badPattern(pattern: string): PatternError {
  return new PatternError(`${JSON.stringify(pattern)}: syntax error in pattern`);
}

function literal(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
